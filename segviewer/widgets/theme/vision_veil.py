"""The window as other eyes see it: a picture of it over it, which no click notices."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

SETTLE_MS = 120  # after a change, in which more of them may come
LATEST_MS = 1000  # for a change that came while the last was drawn


class VisionVeil(QWidget):
    """Covers a window and says when a new picture of it is wanted.

    Signals
    -------
    grabbed(QImage)
        The window as it is, to be drawn over in other colours by :meth:`set_picture`.
    """

    grabbed = Signal(QImage)

    def __init__(self, window: QWidget):
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._picture: QImage | None = None
        self._looking = self._own_update = False
        self._settle = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._grab)
        self._latest = QTimer(self, interval=LATEST_MS)
        self._latest.timeout.connect(self._grab)
        self.hide()

    def start(self) -> None:
        """Cover the window, and go on doing so."""
        window = self.window()
        self._picture = None
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        window.installEventFilter(self)
        self._latest.start()
        self._grab()

    def stop(self) -> None:
        """Take it away; safe to call twice."""
        self.window().removeEventFilter(self)
        self._settle.stop()
        self._latest.stop()
        self._picture = None
        self.hide()

    def set_picture(self, picture: QImage) -> None:
        """Show this in place of the window, unless it is of another size or too late."""
        if self.isVisible():
            picture.setDevicePixelRatio(self.devicePixelRatioF())
            self._picture = picture
            self._own_update = True
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.UpdateRequest:
            if not self._own_update and not self._looking and not self._settle.isActive():
                self._settle.start()
            self._own_update = False
        elif event.type() == QEvent.Type.Resize:
            self._picture = None  # a picture of another size would lie
            self.setGeometry(self.window().rect())
            self._settle.start()
        elif event.type() == QEvent.Type.ChildAdded:
            self.raise_()
        return False

    def _grab(self) -> None:
        self._looking = True
        try:
            picture = self.window().grab().toImage()
        finally:
            self._looking = False
        self.grabbed.emit(picture.convertToFormat(QImage.Format.Format_RGB888))

    def paintEvent(self, event) -> None:  # noqa: N802
        # What lies below is looked at through it.
        if self._picture is None or self._looking:
            return
        painter = QPainter(self)
        painter.drawImage(0, 0, self._picture)
