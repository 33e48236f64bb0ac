"""The legend's list as a person uses it: clicks, and keys that the window wants too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from segviewer.widgets.panels.class_delegate import ClassDelegate, row_height
from segviewer.widgets.panels.class_model import CLASS_ROLE, IOU_ROLE

SHOWN_ROWS = 12
NAME_LETTERS, MOST_LETTERS = 10, 16  # of a class, for which there is always room: least and most
_MOST_NAMES = 200  # that are measured for it


class ClassList(QListView):
    """The list: a press toggles, keys walk, so selection stays a mere marker."""

    clicked_on = Signal(int, bool)
    toggled = Signal(int)
    soloed = Signal(int)
    double_clicked_on = Signal(int)

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.pressing = False
        self._by_mouse = False  # how the focus came, or was used last
        self._twice = False  # the release that follows is that of a double click
        self.setAccessibleName("Classes")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(ClassDelegate(self))

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        # A usual label set shows whole: a list of three rows inside a scrolling panel is
        # one scroll bar too many.
        rows = self.model().rowCount() if self.model() else 0
        metrics = self.fontMetrics()
        numbers = metrics.horizontalAdvance("<0.1 %")
        if rows and self.model().index(0, 0).data(IOU_ROLE) is not None:
            numbers += metrics.horizontalAdvance("0.00") + 14
        letter = metrics.averageCharWidth()
        names = (self.model().index(i, 0).data() for i in range(min(rows, _MOST_NAMES)))
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        width = 54 + max(NAME_LETTERS * letter, min(longest, MOST_LETTERS * letter)) + numbers
        return QSize(max(160, width), row_height(self) * max(1, min(rows, SHOWN_ROWS)))

    def focusInEvent(self, event) -> None:  # noqa: N802
        self._by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def mousePressEvent(self, event) -> None:  # noqa: N802
        self._by_mouse = True
        self.pressing = True
        super().mousePressEvent(event)
        self.pressing = False

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if self._twice:
            self._twice = False
            return
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if index == self.currentIndex():
                self.clicked_on.emit(index.data(CLASS_ROLE), alone)

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self._twice = True
            self.double_clicked_on.emit(index.data(CLASS_ROLE))

    def keyPressEvent(self, event) -> None:  # noqa: N802
        index = self.currentIndex()
        self._by_mouse = False
        if index.isValid() and event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.toggled.emit(index.data(CLASS_ROLE))
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.soloed.emit(index.data(CLASS_ROLE))
        elif event.text() and not event.modifiers():
            # Letters belong to the window's keys, not to a search by typing.
            event.ignore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Who goes through the list by keys ticks with Space; who has clicked a class holds it to
        # peek at the photograph, as anywhere else.
        keys = [Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Down]
        if not self._by_mouse:
            keys.append(Qt.Key.Key_Space)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in keys
        ):
            event.accept()
            return True
        return super().event(event)
