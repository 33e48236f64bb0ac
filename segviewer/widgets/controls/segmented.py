"""Joined buttons: one of a few choices, or several switches; in two lines where one is short."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QSizePolicy, QWidget

A_LINE = 240  # pixels: what a side panel leaves between its margins


class SegmentedButtons(QWidget):
    """Joined checkable buttons.

    Parameters
    ----------
    labels : sequence of str
        One for each button.
    exclusive : bool
        Exactly one is on, or any number of them.

    Signals
    -------
    toggled(int, bool)
        A person switched this button; in an exclusive row only the one switched on.
    """

    toggled = Signal(int, bool)

    def __init__(self, labels, exclusive: bool, parent: QWidget | None = None):
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._group.setExclusive(exclusive)
        layout = self._grid = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        # The widget says itself how narrow it may be: in two lines narrower than in one.
        layout.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)
        labels = list(labels)
        self._in_line = len(labels)
        for index, label in enumerate(labels):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setProperty("place", _place(index, len(labels)))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            layout.addWidget(button, 0, index)
            self._group.addButton(button, index)
        self._group.idClicked.connect(self._on_clicked)

    def buttons(self) -> list[QPushButton]:
        """The buttons, from first to last."""
        found = (self._group.button(i) for i in range(len(self._group.buttons())))
        return [button for button in found if isinstance(button, QPushButton)]

    def set_checked(self, index: int, on: bool = True) -> None:
        """Switch a button without notifying anyone."""
        self._group.button(index).setChecked(on)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        wide = [button.minimumSizeHint().width() for button in self.buttons()]
        least, half = sum(wide), ceil(len(wide) / 2)
        if _may_break(wide):
            least = max(sum(wide[:half]), sum(wide[half:]))
        return QSize(least, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Share out the room by what each button's words need, so that none are cut."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Polish):
            self._share_out([button.sizeHint().width() for button in self.buttons()])
        return super().event(event)

    def _share_out(self, wanted: list[int]) -> None:
        fits = not _may_break(wanted) or sum(wanted) <= self.width()
        in_line = len(wanted) if fits else ceil(len(wanted) / 2)
        if in_line != self._in_line:
            self._in_line = in_line
            for index, button in enumerate(self.buttons()):
                self._grid.addWidget(button, index // in_line, index % in_line)
                lines = [len(wanted[start : start + in_line]) for start in (0, in_line)]
                place = _place(index % in_line, lines[index // in_line])
                button.setProperty("place", place)
                button.style().unpolish(button)
                button.style().polish(button)
            self.updateGeometry()
        for column in range(len(wanted)):
            stretch = max(wanted[column::in_line]) if column < in_line else 0
            if self._grid.columnStretch(column) != stretch:
                self._grid.setColumnStretch(column, stretch)

    def _on_clicked(self, index: int) -> None:
        self.toggled.emit(index, self._group.button(index).isChecked())


def _may_break(wide: list[int]) -> bool:
    """Whether the buttons may stand in two lines: where one is more than a side panel has."""
    return len(wide) > 2 and sum(wide) > A_LINE


def _place(index: int, count: int) -> str:
    """Which end of its line a button is; the style sheet rounds those."""
    first, last = index == 0, index == count - 1
    return "only" if first and last else "first" if first else "last" if last else ""
