"""Where a window is too narrow for all it shows, the side panels make room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QSplitter, QWidget

LEFT, CENTRE, RIGHT = range(3)


class SideRoom(QObject):
    """Folds panels away that would lie over the photograph, and back where there is room again.

    The left one first: what is chosen on the right is about the labels on screen. A panel that a
    person has folded, or that is hidden, is left alone.

    Attributes
    ----------
    kept : list of int
        Widths of all three before; empty where nothing is folded.
    """

    def __init__(self, splitter: QSplitter):
        super().__init__(splitter)
        self.splitter = splitter
        self.kept: list[int] = []
        # A panel that has come in sight has its width only when the splitter has laid out anew.
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self.fit)
        splitter.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Resize:
            self.fit()
        elif event.type() == QEvent.Type.LayoutRequest:
            self._fitting.start()
        return False

    def restore(self) -> None:
        """Give the panels their widths back, whatever room there is: for a layout to be kept."""
        if self.kept:
            kept, self.kept = self.kept, []
            self.splitter.setSizes(kept)

    def fit(self) -> None:
        """Fold or unfold as there is room."""
        widgets = (self.splitter.widget(place) for place in (LEFT, CENTRE, RIGHT))
        panels = [widget for widget in widgets if widget is not None]
        if panels[LEFT].maximumWidth() == 0:  # all controls stand in one column
            self.kept = []
            return
        now, room = self.splitter.sizes(), self.splitter.width()
        # A panel that was hidden before has its width from now, which may be less than it needs.
        wanted = [
            (before or size) and max(before or size, _least(panel))
            for before, size, panel in zip(self.kept or now, now, panels, strict=True)
        ]
        sizes = list(wanted)
        for place in (LEFT, RIGHT):
            if _needed(panels, sizes) + 2 * self.splitter.handleWidth() > room:
                sizes[place] = 0
        if sizes == wanted:  # there is room for all that is to be seen
            self.restore()
        elif [bool(size) for size in sizes] != [bool(size) for size in now]:
            self.kept = wanted
            sizes[CENTRE] = max(1, room - sizes[LEFT] - sizes[RIGHT])
            self.splitter.setSizes(sizes)


def _needed(panels: list[QWidget], sizes: list[int]) -> int:
    """Least width of what is shown."""
    shown = zip(panels, sizes, strict=True)
    return sum(_least(panel) for panel, size in shown if size and not panel.isHidden())


def _least(panel: QWidget) -> int:
    return max(panel.minimumWidth(), panel.minimumSizeHint().width())
