"""Which page, slice or frame of a file is looked at: a slider below the picture."""

from __future__ import annotations

import time
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.widgets.controls.step_slider import PACE_MS, NumberedSteps, StepSlider
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

_SMOOTHED = 0.3  # share of the latest frame in the rate that is said
_LONGEST = 5.0  # seconds that one frame may pass over
_PLAY_TIP = "Show one after the other"


class PageBar(QWidget):
    """Play, slider and the number; hidden where there is one page.

    Pages are played one after the other, each until it is labelled. Of a film as many frames are
    passed over as went by meanwhile, and how many a second are seen is said.

    Signals
    -------
    page_chosen(int, bool)
        The page, counted from 0, and whether the edit is finished.
    """

    page_chosen = Signal(int, bool)
    MOST_LIVE: ClassVar[int] = 10_000_000
    """How many frames of a camera are counted."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._names = NumberedSteps("", 0)
        self._fps, self._live = 0.0, False
        self._shown_at: float | None = None
        self._rate = 0.0
        self.steps = StepSlider("Play")
        self.steps.stepped.connect(self.page_chosen)
        self.steps.play_button.setToolTip(plain_tip(_PLAY_TIP))
        self.steps.play_button.toggled.connect(self._on_toggled)
        self.steps.slider.setToolTip("Page Up, Page Down; arrow up, arrow down")
        self.rate_label = PlainLabel()
        self.rate_label.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(8)
        layout.addWidget(self.steps, 1)
        layout.addWidget(self.rate_label)
        self.hide()

    def set_pages(self, word: str, count: int, page: int, fps: float = 0.0) -> None:
        """Show `page`, from 0, of `count`, which are called `word`; hide where there is one.

        While it plays, this is what the next page waits for.

        Parameters
        ----------
        word : str
        count, page : int
        fps : float
            Frames a second of a film; 0 for pages.
        """
        self._set_live(False)
        names = NumberedSteps(word, count)
        if names != self._names:
            self._names = names
        self._fps = fps
        self.steps.least_ms = 1 if fps else PACE_MS
        self.setVisible(count > 1)
        if self.is_playing() and fps:
            self._keep_pace(time.perf_counter())
        if count > 1:
            self.steps.set_steps(self._names, page)

    def set_live(self, page: int) -> None:
        """Show that frame `page` of a camera is there; a camera that was not there plays."""
        begins = not self._live
        self._set_live(True)
        self._names, self._fps = NumberedSteps("frame", self.MOST_LIVE), 0.0
        self.steps.least_ms = 1
        self.show()
        if begins:
            self.steps.play_button.setChecked(True)
        elif self.is_playing():
            self._keep_pace(time.perf_counter())
        self.steps.set_steps(self._names, page)

    def _set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.steps.stop()
            for widget in (self.steps.slider, self.steps.name):
                widget.setVisible(not live)
            self.steps.play_button.setText("Camera" if live else "Play")
            tip = "Newest frames, each until it is labelled; Esc keeps one as a picture"
            self.steps.play_button.setToolTip(plain_tip(tip if live else _PLAY_TIP))

    def is_playing(self) -> bool:
        """Whether pages go by."""
        return self.steps.is_playing()

    def page(self) -> int:
        """The page that the slider shows, from 0."""
        return self.steps.index()

    def count(self) -> int:
        """How many there are."""
        return len(self._names)

    def _keep_pace(self, now: float) -> None:
        """Pass over what went by since the last frame, and say how many are seen."""
        if self._shown_at is not None and now > self._shown_at:
            passed = min(now - self._shown_at, _LONGEST)
            self.steps.pace = max(1, round(passed * self._fps))
            rate = 1 / passed
            self._rate = rate if not self._rate else self._rate + _SMOOTHED * (rate - self._rate)
            self.rate_label.setText(f"live: {self._rate:.2g} fps")
            self.rate_label.show()
        self._shown_at = now

    def _on_toggled(self, on: bool) -> None:
        self._shown_at, self._rate, self.steps.pace = None, 0.0, 1
        if not on:
            self.rate_label.hide()
