"""A tour of the window: stops that point at a place while the rest is dimmed.

What is lit can be used, and drops come through. What is dimmed takes no clicks, and no key acts on
the window beneath while the callout has the keyboard: it goes on, back, or away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPainterPath, QPen, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from segviewer.widgets.text.plain_text import RichLabel
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, semibold

CALLOUT_WIDTH = 336
GAP = 12  # between a target's edge and the callout
MARGIN = 2  # of light around a target
DIM = 150  # of 255
HIDES_LITTLE = 0.12  # of a target
MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


@dataclass(frozen=True)
class Stop:
    """One place of the tour.

    Attributes
    ----------
    title, text : str
        What is said there.
    targets : tuple of QWidget
        What stays lit; the callout stands beside the first where there is room.
    prepare : callable or None
        Called before, to unfold or scroll to the targets.
    """

    title: str
    text: str
    targets: tuple[QWidget, ...]
    prepare: Callable[[], None] | None = None


class Tour(QObject):
    """Walks through `stops` in `window`.

    Parameters
    ----------
    window : QWidget
    stops : sequence of Stop
    spared : sequence of QWidget
        Stay lit at every stop while they are visible: what cannot wait for the tour's end.

    Signals
    -------
    ended()
        After the last stop, or when the person leaves it.
    """

    ended = Signal()

    def __init__(self, window: QWidget, stops: Sequence[Stop], spared: Sequence[QWidget] = ()):
        super().__init__(window)
        self.window, self.stops, self.spared = window, tuple(stops), tuple(spared)
        self.place = -1
        self.dimming = _Dimming(window)
        self.callout = Callout(window)
        self._focus_before: QWidget | None = None
        self._arranging = QTimer(self, interval=0, singleShot=True)
        self._arranging.timeout.connect(self._arrange)
        self.callout.next_button.clicked.connect(self.go_on)
        self.callout.back_button.clicked.connect(self.go_back)
        self.callout.skip_button.clicked.connect(self.end)
        self.dimming.pressed.connect(self.callout.next_button.setFocus)

    def start(self) -> None:
        """Show the first stop and give it the keyboard."""
        self._focus_before = self.window.focusWidget()
        self.window.installEventFilter(self)
        for target in self._watched():
            target.installEventFilter(self)
        self._show(0)

    def go_on(self) -> None:
        """The next stop, or the end."""
        if self.place + 1 < len(self.stops):
            self._show(self.place + 1)
        else:
            self.end()

    def go_back(self) -> None:
        """The stop before."""
        self._show(max(0, self.place - 1))

    def end(self) -> None:
        """Take everything away and give the keyboard back; safe to call twice."""
        if self.place < 0:
            return
        self.place = -1
        self._arranging.stop()
        self.window.removeEventFilter(self)
        for target in self._watched():
            if isValid(target):
                target.removeEventFilter(self)
        for widget in (self.callout, self.dimming):
            widget.hide()
            widget.deleteLater()
        # What had it may be gone: a form is built anew for another network.
        if self._focus_before is not None and isValid(self._focus_before):
            self._focus_before.setFocus()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        kind = event.type()
        if kind in MOVES:
            self._arranging.start()
        elif watched is self.window:
            keys = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
            if kind in keys and isinstance(event, QKeyEvent):
                return self._on_key(event)
            if kind == QEvent.Type.WindowStateChange and self.window.isFullScreen():
                self.end()  # somebody presents
        return False

    def _watched(self) -> list[QWidget]:
        return [*(target for stop in self.stops for target in stop.targets), *self.spared]

    def _on_key(self, event: QKeyEvent) -> bool:
        """Esc, which no widget had a use for; it would else stop what runs."""
        if event.key() != Qt.Key.Key_Escape:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self.end()
        return True

    def _show(self, place: int) -> None:
        self.place = place
        stop = self.stops[place]
        if stop.prepare is not None:
            stop.prepare()
        self.callout.show_stop(stop, place, len(self.stops))
        self._arrange()
        for widget in (self.dimming, self.callout):
            widget.show()
            widget.raise_()
        self.callout.next_button.setFocus()

    def _arrange(self) -> None:
        if self.place < 0:
            return
        whole = self.window.rect()
        lit = [w for w in (*self.stops[self.place].targets, *self.spared) if isValid(w)]
        holes = [lit_area(self.window, target) for target in lit]
        holes = [hole for hole in holes if not hole.isEmpty()]
        self.dimming.setGeometry(whole)
        self.dimming.set_holes(holes)
        for target in lit:
            target.update()  # what a mask uncovers is not painted anew by itself
        size = self.callout.size_in(whole.size())
        self.callout.setGeometry(QRect(callout_place(whole, size, holes), size))


def lit_area(window: QWidget, target: QWidget) -> QRect:
    """What can be seen of `target`, in the window's coordinates; empty if nothing."""
    if not target.isVisibleTo(window):
        return QRect()
    seen = target.visibleRegion().boundingRect()
    # The offscreen window has no visible region before it is first painted.
    seen = target.rect() if seen.isEmpty() else seen
    area = QRect(target.mapTo(window, seen.topLeft()), seen.size())
    return area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) & window.rect()


def callout_place(whole: QRect, size: QSize, holes: Sequence[QRect]) -> QPoint:
    """Where a callout of `size` stands inside `whole`: beside the first of `holes`.

    Below, right, left or above, the first of these that hides next to nothing of any; where
    there is none, what hides least.
    """
    room = whole.adjusted(GAP, GAP, -GAP - size.width() + 1, -GAP - size.height() + 1)
    if not holes:
        box = QRect(QPoint(), size)
        box.moveCenter(whole.center())
        return box.topLeft()
    wished = []
    for hole in holes:
        wished += [
            QPoint(hole.left(), hole.bottom() + GAP),
            QPoint(hole.right() + GAP, hole.top()),
            QPoint(hole.left() - GAP - size.width(), hole.top()),
            QPoint(hole.left(), hole.top() - GAP - size.height()),
        ]
    places = [
        QPoint(
            min(max(point.x(), room.left()), max(room.left(), room.right())),
            min(max(point.y(), room.top()), max(room.top(), room.bottom())),
        )
        for point in wished
    ]

    def hidden(place: QPoint) -> float:
        # As a share of each hole: to hide part of a small one is worse than of the picture.
        areas = (QRect(place, size) & hole for hole in holes)
        return sum(
            area.width() * area.height() / (hole.width() * hole.height())
            for area, hole in zip(areas, holes, strict=True)
        )

    good = (place for place in places if hidden(place) <= HIDES_LITTLE)
    return next(good, None) or min(places, key=hidden)


class Callout(QFrame):
    """What is said at a stop, and the buttons to go on, back and away."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("callout")
        self.setAutoFillBackground(True)
        self.title = RichLabel()
        self.title.setFont(semibold(resized(self.font(), 1.2)))
        self.text = RichLabel()
        self.count = RichLabel()
        self.count.setProperty("role", "muted")
        for label in (self.title, self.text):
            label.setWordWrap(True)
        self.skip_button = QPushButton("Skip")
        self.skip_button.setProperty("role", "quiet")
        self.skip_button.setToolTip("End the tour (Esc). Help ▸ Tour repeats it.")
        self.back_button = QPushButton("Back")
        self.next_button = QPushButton("Next")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.count, 1)
        for button in (self.skip_button, self.back_button, self.next_button):
            button.setAutoDefault(True)  # so that Return presses it outside a dialog, too
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        for widget in (self.title, self.text):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        for first, second in (
            (self.next_button, self.back_button),
            (self.back_button, self.skip_button),
        ):
            QWidget.setTabOrder(first, second)
        self.hide()
        self._dress()

    def event(self, event: QEvent) -> bool:
        """Keep keys that belong to nothing here from the window's actions, but for quitting."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not event.matches(QKeySequence.StandardKey.Quit)
        ):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        """Tab and arrows go round the buttons of the callout, and no farther."""
        order = (self.next_button, self.back_button, self.skip_button)
        buttons = [button for button in order if not button.isHidden()]
        focused = self.focusWidget()
        now = buttons.index(focused) if focused in buttons else 0
        buttons[(now + (1 if forward else -1)) % len(buttons)].setFocus(
            Qt.FocusReason.TabFocusReason
        )
        return True

    def show_stop(self, stop: Stop, place: int, of: int) -> None:
        """Say what belongs to `stop`, the one numbered `place` from 0."""
        self.title.setText(stop.title)
        self.text.setText(stop.text)
        self.count.setText(f"{place + 1} of {of}")
        self.back_button.setVisible(place > 0)
        last = place + 1 == of
        self.skip_button.setVisible(not last)
        self.next_button.setText("Done" if last else "Next")
        self.setAccessibleName(f"Tour, {place + 1} of {of}: {stop.title}")
        self.next_button.setAccessibleDescription(f"{stop.title}. {stop.text}")

    def size_in(self, whole: QSize) -> QSize:
        """Size that holds all of the text, in a window of size `whole`."""
        width = min(CALLOUT_WIDTH, whole.width() - 2 * GAP)
        self.ensurePolished()
        layout = self.layout()
        assert layout is not None
        return QSize(width, layout.totalHeightForWidth(width))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colours = tokens()
        sheet = (
            f"QFrame#callout {{ background: {colours.raised}; border: 1px solid "
            f"{colours.accent}; border-radius: 6px; }}"
        )
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)


class _Dimming(QWidget):
    """Darkens the window but for a few holes, through which the mouse goes.

    Signals
    -------
    pressed()
        On what is dimmed.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._holes: list[QRect] = []
        self.hide()

    def set_holes(self, holes: Sequence[QRect]) -> None:
        """Leave these rectangles lit, in the window's coordinates."""
        self._holes = list(holes)
        dark = QRegion(self.rect())
        for hole in self._holes:
            # Its outline, which lies on the edge, stays.
            dark -= QRegion(hole.adjusted(2, 2, -2, -2))
        self.setMask(dark)
        self.update()

    def mousePressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        event.accept()
        self.pressed.emit()

    def wheelEvent(self, event) -> None:  # noqa: N802
        event.accept()

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark = QPainterPath()
        dark.addRect(QRectF(self.rect()))
        lit = QPainterPath()
        for hole in self._holes:
            lit.addRoundedRect(QRectF(hole), 6, 6)
        painter.fillPath(dark.subtracted(lit), QColor(0, 0, 0, DIM))
        painter.setPen(QPen(QColor(tokens().accent), 2))
        painter.drawPath(lit)
