"""Which page, slice or frame of a file is looked at: a slider below the picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.widgets.controls.step_slider import StepSlider


class PageBar(QWidget):
    """Play, slider and the number; hidden where there is one page.

    Signals
    -------
    page_chosen(int, bool)
        The page, counted from 0, and whether the edit is finished.
    """

    page_chosen = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._of: tuple[str, int] = ("", 0)
        self._names: tuple[str, ...] = ()
        self.steps = StepSlider("Play")
        self.steps.stepped.connect(self.page_chosen)
        self.steps.play_button.setToolTip("Show one after the other")
        self.steps.slider.setToolTip("Page Up, Page Down; arrow up, arrow down")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.addWidget(self.steps)
        self.hide()

    def set_pages(self, word: str, count: int, page: int) -> None:
        """Show `page`, from 0, of `count`, which are called `word`; hide where there is one."""
        if (word, count) != self._of:
            self._of = word, count
            self._names = tuple(f"{word} {number:,} of {count:,}" for number in range(1, count + 1))
        self.setVisible(count > 1)
        if count > 1:
            self.steps.set_steps(self._names, page)

    def page(self) -> int:
        """The page that the slider shows, from 0."""
        return self.steps.index()

    def count(self) -> int:
        """How many there are."""
        return self._of[1]
