"""Space peeks at the photograph wherever the keyboard's focus is, while it is held."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget


class PeekKey(QObject):
    """Notifies when Space goes down and up in a window.

    A shortcut, because buttons and lists would keep the key for themselves; text and number
    fields, and what paints or ticks with Space, say that they want it and get it. A button or a
    choice that was reached with Tab keeps it, too: it has no other key.

    Signals
    -------
    changed(bool)
        Space is held, or let go.
    """

    changed = Signal(bool)

    def __init__(self, window: QWidget):
        super().__init__(window)
        self._held = False
        self._by_tab: QWidget | None = None
        self._shortcut = QShortcut(QKeySequence(Qt.Key.Key_Space), window)
        self._shortcut.setAutoRepeat(False)
        self._shortcut.activated.connect(self._on_pressed)

    def note_tab(self) -> None:
        """The focus has just gone on by Tab."""
        self._by_tab = QApplication.focusWidget()

    def let_go(self) -> None:
        """Space is up, or nobody would be notified that it is."""
        if not self._held:
            return
        self._held = False
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.changed.emit(False)

    def _on_pressed(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and focus is self._by_tab:
            if isinstance(focus, QAbstractButton):
                focus.click()
                return
            if isinstance(focus, QComboBox):
                focus.showPopup()
                return
        application = QApplication.instance()
        if self._held or application is None:
            return
        self._held = True
        # Whoever has the focus gets the release; only while the key is held is it looked for.
        application.installEventFilter(self)
        self.changed.emit(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
            and not event.isAutoRepeat()
        ):
            self.let_go()
        return False
