"""How the lab “Landscape” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.labs.crf_studio.drawings.value_grid import GridAxis, ValueGrid
from segviewer.labs.crf_studio.landscape import CHANGED, LANDSCAPE_CONTROLS, LandscapeShown
from segviewer.widgets.text.plain_text import PlainLabel


class LandscapeView(QWidget):
    """The map; a ring is where the settings are, a frame where the best is."""

    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._symbols: tuple[str, str] = ("", "")
        self.grid = ValueGrid()
        self.grid.picked.connect(self._on_picked)
        self.hint = PlainLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.hint)
        self.show_result(None)

    def show_result(self, shown: LandscapeShown | None) -> None:
        self.grid.setVisible(shown is not None)
        self.hint.setVisible(shown is not None)
        if shown is None:
            return
        self._symbols = shown.symbols
        own = shown.measure == CHANGED
        columns, rows = (
            GridAxis(_label(symbol), symbol, values, now)
            for symbol, values, now in zip(
                shown.symbols, (shown.columns, shown.rows), shown.now, strict=True
            )
        )
        self.grid.set_grid(
            shown.gains, shown.known, columns, rows, CHANGED if own else f"Δ {shown.measure}"
        )
        scale = f"{100 * self.grid.scale():.2g}"
        self.hint.setText(HINT_WITHOUT if own else HINT.format(scale))

    def _on_picked(self, column: float, row: float) -> None:
        values = {}
        for symbol, value in zip(self._symbols, (column, row), strict=True):
            its = LANDSCAPE_CONTROLS[symbol]
            values[its.name] = round(value) if its.type == "int" else value
        self.asked.emit({"crf": values})


HINT = (
    "Blue: better than the network alone. Orange: worse. One scale, ±{}; "
    "beyond it the colours stay. "
    "Ring: now. Frame: best. Click a cell to set both numbers."
)
HINT_WITHOUT = (
    "The bluer, the more labels change. Ring: now. Frame: most. Click a cell to set both numbers."
)


def _label(symbol: str) -> str:
    its = LANDSCAPE_CONTROLS[symbol]
    unit = f", {its.unit}" if its.unit else ""
    return f"{its.label} {symbol}{unit}"
