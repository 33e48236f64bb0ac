"""Label compatibility: what it costs that two classes meet, pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from segviewer.crf.settings.compatibility_matrix import (
    Overrides,
    dense,
    measured,
    meetings,
    semantic,
    sparse,
    with_cost,
)
from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.labs.shared.refined_labels import (
    content_key,
    label_set_of,
    labels_of,
    refined_probs,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

MOST_ROWS = 30
ROOM_FOR_BOTH = 720  # pixels


class CompatibilityConfig(Settings):
    """Settings of the lab."""

    every_class: bool = control(
        False, kind="lab", label="Every class",
        tip="Off: only classes that the photograph shows, before or after the CRF, and those "
        "whose cost is not 1.",
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class CompatibilityShown:
    """Costs of the classes shown, how often they meet, and what the buttons would set.

    Attributes
    ----------
    numbers : tuple of int
        The network's numbers of the classes shown.
    names : tuple of str
    colours : tuple of (int, int, int)
    costs : ndarray of float (S, S)
    before, after : ndarray of int (S, S)
        Neighbouring pixels with the two labels.
    overrides : tuple
        What the session holds.
    semantic, from_labels, from_target : tuple or None
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]
    costs: np.ndarray
    before: np.ndarray
    after: np.ndarray
    overrides: Overrides
    semantic: Overrides
    from_labels: Overrides
    from_target: Overrides | None


class CompatibilityLab(Lab):
    """A triangle of costs to edit, and which labels meet how often."""

    name = "compatibility"
    Config = CompatibilityConfig

    def compute(self, context: LabContext, config: CompatibilityConfig) -> Iterator[LabResult]:
        num_classes, overrides = len(context.probs), context.crf.compatibility
        costs = dense(overrides, num_classes)
        raw, refined = labels_of(context.probs), _refined(context)
        context.check()
        before, after = (meetings(label_map, num_classes) for label_map in (raw, refined))
        shown = _classes_shown(before, after, overrides, config.every_class)
        labels = label_set_of(context)
        names = context.classes or labels.classes
        target = context.target
        pick = np.ix_(shown, shown)
        yield LabResult(
            self.name,
            CompatibilityShown(
                numbers=tuple(shown),
                names=tuple(names[index] for index in shown),
                colours=tuple(labels.colours[index] for index in shown),
                costs=costs[pick],
                before=before[pick],
                after=after[pick],
                overrides=overrides,
                semantic=sparse(semantic(names)),
                from_labels=sparse(measured(raw, num_classes)),
                from_target=sparse(measured(target, num_classes)) if target is not None else None,
            ),
            caption=_caption(overrides, before, after, float((raw != refined).mean())),
            formula="Q<sub>i</sub>(l) ∝ exp(−ψ<sub>u</sub> − Σ<sub>l′</sub> <b>μ(l, l′)</b> "
            "Σ<sub>k</sub> θ<sub>k</sub> m<sub>k</sub>(l′)); Potts: μ = 1 for l ≠ l′",
            label_map=refined,
            heat_name="labels with these costs",
        )

    def make_view(self):
        return _make_view()


def _refined(context: LabContext) -> np.ndarray:
    key = (content_key(context), settings_key(context.crf))
    return remembered(context, key, lambda: labels_of(refined_probs(context, context.crf)))


def _classes_shown(
    before: np.ndarray, after: np.ndarray, overrides: Overrides, every: bool
) -> list[int]:
    num_classes = len(before)
    if every:
        return list(range(num_classes))
    present = set(np.flatnonzero((before + after).any(1)).tolist())
    if len(overrides) <= num_classes:
        # A whole matrix, as a button sets it, says little about what a person wants to see.
        present |= {index for i, j, _ in overrides for index in (i, j)}
    if len(present) < 2:
        present |= set(range(min(2, num_classes)))
    return sorted(present)


def _caption(overrides: Overrides, before: np.ndarray, after: np.ndarray, changed: float) -> str:
    total = max(1, int(np.triu(before).sum()))
    shares = [
        100 * (int(np.triu(counts).sum()) - int(np.trace(counts))) / total
        for counts in (before, after)
    ]
    count = len(overrides)
    what = f"{count} pair{'s' if count > 1 else ''} not at 1" if count else "Potts: every pair at 1"
    return (
        f"{what}. Different labels meet at {shares[0]:.2f} % of neighbouring pixels before the CRF "
        f"and at {shares[1]:.2f} % after; {100 * changed:.1f} % of labels changed"
    )


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
            f"{shown.names[i]} – {shown.names[j]}", f"{shown.costs[i, j]:.3g}",
            f"{1000 * first / total:.2f}", f"{1000 * second / total:.2f}",
        )
        for _, i, j, first, second in rows[:MOST_ROWS]
    ]  # fmt: skip


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

    from segviewer.labs.crf_studio.cost_triangle import CostTriangle
    from segviewer.widgets.tables.figure_table import FigureTable
    from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

    class View(QWidget):
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
            row = QHBoxLayout()
            row.setSpacing(8)
            for name, text, tip in (
                ("potts", "Potts", "Every two different labels cost 1"),
                ("semantic", "By name", "0.5 within a group of classes (road and pavement), 1 "
                 "between groups, more where they hardly ever touch (sky and road)"),
                ("from_labels", "From these labels", "Labels that meet often in the network's own "
                 "label map cost less, rare meetings more; 1 on average"),
                ("from_target", "From the target", "The same, counted in the target mask"),
            ):  # fmt: skip
                button = QPushButton(text)
                button.setToolTip(plain_tip(tip))
                button.clicked.connect(lambda checked=False, name=name: self._ask(name))
                row.addWidget(button)
                self.buttons[name] = button
            row.addStretch(1)
            self.hint = PlainLabel("Drag a cell up or down, click for +0.5")
            self.hint.setProperty("role", "muted")
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
            total = max(1, int(np.triu(shown.before).sum()))
            first, second = (1000 * counts[i, j] / total for counts in (shown.before, shown.after))
            return f"They meet at {first:.2f} ‰ of neighbours before, {second:.2f} ‰ after the CRF"

        def _overrides(self, name: str) -> Any:
            return () if name == "potts" else getattr(self._shown, name)

        def _ask(self, name: str) -> None:
            self.asked.emit({"crf": {"compatibility": self._overrides(name)}})

        def _on_cost_changed(self, i: int, j: int, cost: float) -> None:
            shown = self._shown
            first, second = shown.numbers[i], shown.numbers[j]
            changed = with_cost(shown.overrides, first, second, cost)
            self.asked.emit({"crf": {"compatibility": changed}})

    return View()


LAB = CompatibilityLab()
