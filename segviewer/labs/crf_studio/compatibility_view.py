"""How the lab “Label compatibility” is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.crf.settings.compatibility_matrix import with_cost
from segviewer.labs.crf_studio.compatibility import CompatibilityShown
from segviewer.labs.crf_studio.drawings.cost_triangle import CostTriangle
from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip


class CompatibilityView(QWidget):
    """Costs on the left, meetings on the right, ready-made matrices below."""

    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._shown: CompatibilityShown | None = None
        self.triangle = CostTriangle()
        self.triangle.cost_changed.connect(self._on_cost_changed)
        self.table = FigureTable(
            ("Labels that meet", "cost", "before ‰", "after ‰"), "How often labels meet"
        )
        self.buttons: dict[str, QPushButton] = {}
        row = QGridLayout()
        row.setSpacing(8)
        for place, (name, text, tip) in enumerate(
            (
                ("potts", "Potts", "Every two different labels cost 1"),
                (
                    "semantic",
                    "By name",
                    "0.5 within a group of classes (road and pavement), 1 "
                    "between groups, more where they hardly ever touch (sky and road)",
                ),
                (
                    "from_labels",
                    "From these labels",
                    "Labels that meet often in the network's own "
                    "label map cost less, rare meetings more; 1 on average",
                ),
                ("from_target", "From the target", "The same, counted in the target mask"),
            )
        ):
            button = QPushButton(text)
            button.setToolTip(plain_tip(tip))
            button.clicked.connect(lambda checked=False, name=name: self._ask(name))
            row.addWidget(button, place // 2, place % 2)  # two rows: large text leaves no more room
            self.buttons[name] = button
        row.setColumnStretch(2, 1)
        self.hint = PlainLabel("Drag a cell up or down, click for +0.5")
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.triangle, 1)
        left.addLayout(row)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self.table, 1)
        right.addWidget(self.hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(left, 3)
        layout.addLayout(right, 2)
        self.show_result(None)

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        # Where there is no room for both, the tooltips of the cells say the same.
        for widget in (self.table, self.hint):
            widget.setVisible(event.size().width() >= ROOM_FOR_BOTH)

    def show_result(self, shown: CompatibilityShown | None) -> None:
        self._shown = shown
        for name, button in self.buttons.items():
            button.setEnabled(shown is not None and self._overrides(name) is not None)
        if shown is None:
            self.triangle.set_costs(np.zeros((0, 0)), (), (), lambda i, j: "")
            self.table.set_rows(())
            return
        self.triangle.set_costs(shown.costs, shown.names, shown.colours, self._tip)
        self.table.set_rows(meeting_rows(shown))

    def _tip(self, i: int, j: int) -> str:
        shown = self._shown
        if shown is None:
            return ""
        total = max(1, int(np.triu(shown.before).sum()))
        first, second = (1000 * counts[i, j] / total for counts in (shown.before, shown.after))
        return f"They meet at {first:.2f} ‰ of neighbours before, {second:.2f} ‰ after the CRF"

    def _overrides(self, name: str) -> Any:
        return () if name == "potts" else getattr(self._shown, name)

    def _ask(self, name: str) -> None:
        self.asked.emit({"crf": {"compatibility": self._overrides(name)}})

    def _on_cost_changed(self, i: int, j: int, cost: float) -> None:
        shown = self._shown
        if shown is None:
            return
        first, second = shown.numbers[i], shown.numbers[j]
        changed = with_cost(shown.overrides, first, second, cost)
        self.asked.emit({"crf": {"compatibility": changed}})


MOST_ROWS = 30


ROOM_FOR_BOTH = 720  # pixels


def meeting_rows(shown: CompatibilityShown) -> list[tuple[str, str, str, str]]:
    """Pairs that meet, the most frequent before the CRF first: per million neighbours."""
    total = max(1, int(np.triu(shown.before).sum()))
    rows = []
    for i in range(len(shown.names)):
        for j in range(i + 1, len(shown.names)):
            first, second = int(shown.before[i, j]), int(shown.after[i, j])
            if first or second:
                rows.append((max(first, second), i, j, first, second))
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    return [
        (
            f"{shown.names[i]} – {shown.names[j]}",
            f"{shown.costs[i, j]:.3g}",
            f"{1000 * first / total:.2f}",
            f"{1000 * second / total:.2f}",
        )
        for _, i, j, first, second in rows[:MOST_ROWS]
    ]
