"""A row of joined buttons: one of a few choices, or several switches side by side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget


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
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        labels = list(labels)
        for index, label in enumerate(labels):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setProperty("role", "segment")
            first, last = index == 0, index == len(labels) - 1
            button.setProperty(
                "place", "only" if first and last else "first" if first else "last" if last else ""
            )
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            layout.addWidget(button)
            self._group.addButton(button, index)
        self._row = layout
        self._group.idClicked.connect(self._on_clicked)

    def buttons(self) -> list[QPushButton]:
        """The buttons, from first to last."""
        found = (self._group.button(i) for i in range(len(self._group.buttons())))
        return [button for button in found if isinstance(button, QPushButton)]

    def set_checked(self, index: int, on: bool = True) -> None:
        """Switch a button without notifying anyone."""
        self._group.button(index).setChecked(on)

    def event(self, event: QEvent) -> bool:
        """Share out the room by what each button's words need, so that none are cut."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Polish):
            for place, button in enumerate(self.buttons()):
                wanted = button.sizeHint().width()
                if self._row.stretch(place) != wanted:
                    self._row.setStretch(place, wanted)
        return super().event(event)

    def _on_clicked(self, index: int) -> None:
        self.toggled.emit(index, self._group.button(index).isChecked())
