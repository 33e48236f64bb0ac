"""Where a person has put the regions of the window, to be given back after presenting."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget

from segviewer.app.frame.main_window import MainWindow


@dataclass(frozen=True)
class Regions:
    """Panels shown, their widths, and sizes of the docks.

    Attributes
    ----------
    shown : (bool, bool)
        Of the left and the right panel.
    sides : QByteArray
        Widths of the panels, shown or not.
    folded : list of int
        Their widths before one was folded for want of room; empty where none was.
    lesson, drawer : int
        Width of the lesson, and height of the drawer or its width where it stands beside the
        picture, in pixels; 0 where it was not shown.
    """

    shown: tuple[bool, bool]
    sides: QByteArray
    folded: list[int]
    lesson: int
    drawer: int

    @classmethod
    def of(cls, window: MainWindow, lesson: QDockWidget, drawer: QDockWidget) -> Regions:
        """Measure them."""
        return cls(
            (not window.left.isHidden(), not window.right.isHidden()),
            window.splitter.saveState(),
            list(window.side_room.kept),
            0 if lesson.isHidden() else lesson.width(),
            0 if drawer.isHidden() else _length(window, drawer),
        )

    def put_back(self, window: MainWindow, lesson: QDockWidget, drawer: QDockWidget) -> None:
        """Give every region the place that it had, in a window of whatever size.

        A dock that came meanwhile, as a lesson's lab does, keeps the place that it took.
        """
        for panel, shown in zip((window.left, window.right), self.shown, strict=True):
            panel.setVisible(shown)
        window.splitter.restoreState(self.sides)
        window.side_room.kept = list(self.folded)
        for dock, length, along in (
            (lesson, self.lesson, Qt.Orientation.Horizontal),
            (drawer, self.drawer, _along(window, drawer)),
        ):
            if length and not dock.isHidden():
                window.resizeDocks([dock], [length], along)
        window.side_room.fit()


def _along(window: MainWindow, drawer: QDockWidget) -> Qt.Orientation:
    beside = window.dockWidgetArea(drawer) == Qt.DockWidgetArea.RightDockWidgetArea
    return Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical


def _length(window: MainWindow, drawer: QDockWidget) -> int:
    beside = _along(window, drawer) == Qt.Orientation.Horizontal
    return drawer.width() if beside else drawer.height()
