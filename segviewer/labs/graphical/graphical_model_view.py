"""How the lab “Graphical model” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from segviewer.labs.graphical.chain_graph import ChainGraph, GraphTable
from segviewer.labs.graphical.graphical_model import (
    AGREE,
    NAMES,
    RAIN,
    TRIANGLE,
    ModelShown,
    state_name,
)
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.controls.wrapped_row import WrappedRow


class GraphicalModelView(QWidget):
    """The graph with its tables, and the eight states."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: ModelShown | None = None
        self.graph = ChainGraph()
        self.graph.changed.connect(self._on_changed)
        self.bars = PartBars()
        self.bars.picked.connect(self._on_picked)
        self.buttons: dict[str, QPushButton] = {}
        self._row = WrappedRow(6)
        for kind, presets in (
            ("undirected", FACTORS),
            ("triangle", TRIANGLES),
            ("directed", CHANCES),
        ):
            for name in presets:
                button = QPushButton(name)
                button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                button.clicked.connect(
                    lambda checked=False, kind=kind, name=name: self._on_preset(kind, name)
                )
                self.buttons[f"{kind}: {name}"] = button
                self._row.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(self._row)
        left.addWidget(self.graph, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addLayout(left, 5)
        layout.addWidget(self.bars, 2)
        self.show_result(None)

    def show_result(self, shown: ModelShown | None) -> None:
        self._shown = shown
        kind = "" if shown is None else shown.kind
        for name, button in self.buttons.items():
            button.setVisible(name.startswith(f"{kind}:"))
        if shown is None:
            self.graph.set_graph((), (), (), False)
            self.bars.set_parts(())
            return
        self.graph.set_graph(
            NAMES,
            shown.ones,
            _tables(shown),
            shown.kind == "directed",
            _lit(shown) if shown.joint else (),
        )
        parts = [
            Part(state_name(i), p, strong=i in shown.best, words=f"{p:.3f}")
            for i, p in enumerate(shown.joint)
        ]
        title = "P(A, B, C), the MAP in bold" if parts else "No state is possible."
        self.bars.set_parts(parts, title, shown.state if parts else -1)

    def _on_picked(self, index: int) -> None:
        self.edited.emit("state", index, True)

    def _on_preset(self, kind: str, name: str) -> None:
        setting, presets = OF_KIND[kind]
        self.edited.emit(setting, presets[name], True)

    def _on_changed(self, table: int, row: int, column: int, value: float, done: bool) -> None:
        if self._shown is None:
            return
        values = list(self._shown.values)
        if self._shown.kind == "directed":
            values[(0, 1, 3)[table] + row] = value
        else:
            values[4 * table + 2 * row + column] = value
        self.edited.emit(OF_KIND[self._shown.kind][0], tuple(values), done)


def _tables(shown: ModelShown) -> list[GraphTable]:
    v = shown.values
    if shown.kind != "directed":
        return [
            GraphTable(
                f"ψ({first}, {second})",
                "factor",
                (f"{first} = 0", f"{first} = 1"),
                (f"{second} = 0", f"{second} = 1"),
                ((v[at], v[at + 1]), (v[at + 2], v[at + 3])),
                (0, 1),
            )
            for first, second, at in (("A", "B", 0), ("B", "C", 4), ("A", "C", 8))[: len(v) // 4]
        ]
    return [
        GraphTable("P(A)", "chance", ("",), ("A = 0", "A = 1"), ((1 - v[0], v[0]),), (1,)),
        *(
            GraphTable(
                f"P({child} | {parent})",
                "chance",
                (f"{parent} = 0", f"{parent} = 1"),
                (f"{child} = 0", f"{child} = 1"),
                ((1 - v[at], v[at]), (1 - v[at + 1], v[at + 1])),
                (1,),
            )
            for parent, child, at in (("A", "B", 1), ("B", "C", 3))
        ),
    ]


def _lit(shown: ModelShown) -> tuple[tuple[int, int, int], ...]:
    a, b, c = ((shown.state >> (2 - i)) & 1 for i in range(3))
    if shown.kind != "directed":
        return ((0, a, b), (1, b, c), (2, a, c))[: len(shown.values) // 4]
    return ((0, 0, a), (1, a, b), (2, b, c))


FACTORS: dict[str, tuple[float, ...]] = {
    "neighbours agree": AGREE,
    "neighbours differ": (1.0, 4.0, 4.0, 1.0, 1.0, 4.0, 4.0, 1.0),
    "MAP is not max-marginal": (4.0, 0.0, 3.0, 3.0, 1.0, 0.0, 1.0, 1.0),
    "independent": (1.0, 2.0, 1.0, 2.0, 1.0, 3.0, 1.0, 3.0),
}


TRIANGLES: dict[str, tuple[float, ...]] = {
    "all agree": TRIANGLE,
    "no way to please all": (1.0, 4.0, 4.0, 1.0) * 3,
    "third factor of ones: a chain": (*AGREE, 1.0, 1.0, 1.0, 1.0),
}


CHANCES: dict[str, tuple[float, ...]] = {
    "a chain of causes": RAIN,
    "a perfect copy": (0.5, 0.0, 1.0, 0.0, 1.0),
    "independent": (0.6, 0.5, 0.5, 0.7, 0.7),
}


OF_KIND: dict[str, tuple[str, dict[str, tuple[float, ...]]]] = {
    "undirected": ("factors", FACTORS),
    "triangle": ("triangle", TRIANGLES),
    "directed": ("chances", CHANCES),
}
