"""A slider over named steps, the layers of a network for example, that also plays them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

PACE_MS = 160  # a step stands at least so long while it plays
NAME_WIDTH = 90


class NumberedSteps(Sequence[str]):
    """Names that are made when they are asked for: a film has a hundred thousand.

    Parameters
    ----------
    word : str
        What a step is called.
    count : int
    """

    def __init__(self, word: str, count: int):
        self.word, self.count_of = word, count

    def __len__(self) -> int:
        return self.count_of

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(self.count_of)[index]
        return f"{self.word} {place + 1:,} of {self.count_of:,}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumberedSteps):
            return False
        return (self.word, self.count_of) == (other.word, other.count_of)

    __hash__ = None  # type: ignore[assignment]  # equal by what can be changed


class StepSlider(QWidget):
    """Play button, slider, and the name of the step.

    It waits for :meth:`set_steps` after each step that it plays, so that steps that take
    their time to compute are all seen.

    Signals
    -------
    stepped(int, bool)
        Number of the chosen step, and whether the edit is finished.
    """

    stepped = Signal(int, bool)

    def __init__(self, play_text: str = "Grow", parent: QWidget | None = None):
        super().__init__(parent)
        self._names: Sequence[str] = ()
        self._index = 0
        self.pace = 1
        """How many steps at once it plays."""
        self.least_ms = PACE_MS
        """How long a step stands at least while it plays."""
        self.play_button = QPushButton(play_text)
        self.play_button.setCheckable(True)
        self.play_button.setToolTip("Step from the first to the last")
        self.play_button.clicked.connect(self._on_play)
        self.slider = ValueSlider()
        self.slider.moved.connect(self._on_moved)
        self.slider.let_go.connect(lambda: self.stepped.emit(self._index, True))
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name = PlainLabel()
        # Its share of the row, whatever it says, so that the slider does not jump.
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setMinimumWidth(NAME_WIDTH)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(PACE_MS)
        self._next.timeout.connect(self._on_next)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.play_button)
        layout.addWidget(self.slider, 3)
        layout.addWidget(self.name, 2)
        self.set_steps((), 0)

    def set_steps(self, names: Sequence[str], index: int) -> None:
        """Show step `index` of `names` without a signal; a drag keeps its own place."""
        names = names if isinstance(names, NumberedSteps) else tuple(names)
        if names != self._names:
            self._names = names
            self.slider.set_steps(max(1, len(names) - 1))
            self.slider.setSingleStep(1)
        self.setEnabled(len(names) > 1)
        if not self.slider.isSliderDown():
            self._index = min(max(index, 0), max(0, len(names) - 1))
            self.slider.set_position(self._index / max(1, len(names) - 1))
        self._say()
        if self.play_button.isChecked():
            self._next.start(self.least_ms)

    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self.play_button.isChecked()

    def stop(self) -> None:
        """Play no further step, not even one that is due; nothing is emitted."""
        self._next.stop()
        self.play_button.setChecked(False)

    def index(self) -> int:
        """Number of the step shown."""
        return self._index

    def count(self) -> int:
        """Number of steps."""
        return len(self._names)

    def step_name(self) -> str:
        """Name of the step shown, or nothing."""
        return self._names[self._index] if self._names else ""

    def _say(self) -> None:
        words = self.name.fontMetrics().elidedText(
            self.step_name(), Qt.TextElideMode.ElideLeft, self.name.width()
        )
        self.name.setText(words)
        self.name.setToolTip(plain_tip(self.step_name()))
        self.slider.setAccessibleName(self.step_name())

    def _on_moved(self, position: float) -> None:
        index = round(position * max(1, len(self._names) - 1))
        if not self._names or index == self._index:
            return
        self.play_button.setChecked(False)
        self._index = min(index, len(self._names) - 1)
        self._say()
        self.stepped.emit(self._index, not self.slider.isSliderDown())

    def _on_play(self, on: bool) -> None:
        if not on:
            self._next.stop()
            self.stepped.emit(self._index, True)
        elif self._index >= len(self._names) - 1:
            self._go(0)
        else:
            self._on_next()

    def _on_next(self) -> None:
        self._go(min(self._index + self.pace, len(self._names) - 1))

    def _go(self, index: int) -> None:
        last = len(self._names) - 1
        if index >= last:
            self.play_button.setChecked(False)
        self._index = min(index, last)
        self.slider.set_position(self._index / max(1, last))
        self._say()
        self.stepped.emit(self._index, index >= last)

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._say()

    def hideEvent(self, event) -> None:  # noqa: N802
        super().hideEvent(event)
        self.stop()
