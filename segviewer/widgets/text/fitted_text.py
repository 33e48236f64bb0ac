"""Text as large as asked for, but no larger than its panel's width allows.

Words wrap; rows of controls do not, and a cut control is worse than a smaller one.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QScrollArea, QWidget

from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.theme.typography import resized, set_size

SMALLEST = 0.3  # of the size asked for
CLOSE = 0.98
FULL = 0.93  # of the room, from which on it is not tried whether larger text fits
WORTH = 1.15  # times as large, before text grows again
ROUNDS = 6  # a size that fits is found in so many steps or taken as it is


class FittedText(QObject):
    """Watches what is in a scroll area and shrinks its text where it would be cut.

    Parameters
    ----------
    area : QScrollArea
        Without a horizontal scroll bar.

    Attributes
    ----------
    share : float
        Size of the text as it is now, 1 for all that was asked for.

    Signals
    -------
    fitted(int)
        It is settled; the width that the content needs, in pixels.
    """

    fitted = Signal(int)

    def __init__(self, area: QScrollArea):
        super().__init__(area)
        self.area = area
        self.share = 1.0
        self._font: QFont | None = None
        self._room = 0
        self._slope = 0.0  # pixels that the whole size more would need, once it is known
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._fit)

    def begin(self, font: QFont, room: int) -> None:
        """Show text in `font` where it is no wider than `room`, in pixels."""
        if (font, room) == (self._font, self._room):
            self.again()
            return
        if self._font is None:
            self.area.viewport().installEventFilter(self)
        self._font, self._room, self._slope = QFont(font), room, 0.0
        self._set(1.0)
        self._fit()

    def again(self) -> None:
        """Grow again where other content leaves room for it."""
        inside = self.area.widget()
        if self._font is None or inside is None or not self.area.isVisible():
            return
        possible = self._share_for(_needed(inside))
        # Each size costs the whole panel a new look: not for a hair's breadth.
        if possible > WORTH * self.share:
            self._try(possible)
        self._fit()

    def end(self) -> None:
        """Leave the text to the program's own font."""
        if self._font is not None:
            self.area.viewport().removeEventFilter(self)
            self._font = None
            self.share = 1.0
            self.area.setStyleSheet("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() in (QEvent.Type.ChildAdded, QEvent.Type.LayoutRequest):
            self._timer.start()
        return False

    def _fit(self) -> None:
        inside = self.area.widget()
        # What is put away says nothing of what it needs.
        if self._font is None or inside is None or not self.area.isVisible():
            return
        wanted = _needed(inside)
        fits = cut = 0.0  # shares
        for _ in range(ROUNDS):
            if wanted <= self._room:
                # Rows that break into lines need less of a sudden: it may be larger, then.
                if not cut or wanted >= FULL * self._room:
                    break
                fits = self.share
            elif self.share <= SMALLEST:
                break
            else:
                cut = self.share
            next_one = (fits + cut) / 2 if fits else self._share_for(wanted)
            wanted = self._try(next_one)
        if fits and wanted > self._room:
            wanted = self._try(fits)
        self.fitted.emit(wanted)

    def _share_for(self, wanted: int) -> float:
        """Share at which content that needs `wanted` pixels now needs all but a little room."""
        # What needs so little in all has no more of it in words.
        slope = min(self._slope or wanted / self.share, wanted / self.share)
        share = self.share + (CLOSE * self._room - wanted) / slope
        return min(1.0, max(SMALLEST, share))

    def _try(self, share: float) -> int:
        """Set a share; the width that the content then needs."""
        inside = self.area.widget()
        assert inside is not None
        before, had = self.share, _needed(inside)
        self._set(share)
        wanted = _needed(inside)
        if share != before and (had - wanted) / (before - share) > 0:
            # Margins and symbols keep their width: it is no mere proportion.
            self._slope = (had - wanted) / (before - share)
        return wanted

    def _set(self, share: float) -> None:
        self.share = share
        assert self._font is not None
        set_size(self.area, resized(self._font, share))


def _needed(inside: QWidget) -> int:
    """Width in pixels that `inside` needs so that nothing is cut, words wrapped."""
    inside.ensurePolished()
    layouts = [part.layout() for part in (inside, *inside.findChildren(QWidget))]
    for layout in reversed(layouts):
        if layout is not None:
            layout.activate()
    wanted = [inside.minimumSizeHint().width()]
    for buttons in inside.findChildren(SegmentedButtons):
        if buttons.isVisibleTo(inside):
            # Joined buttons share out whatever room there is, and would cut their words.
            row = buttons.parentWidget()
            assert row is not None
            margin = row.mapTo(inside, row.rect().topLeft()).x()
            wanted.append(row.sizeHint().width() + 2 * margin)
    return max(wanted)
