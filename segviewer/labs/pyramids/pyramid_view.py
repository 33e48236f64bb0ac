"""How the lab “Pyramid pooling” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.pyramids.pyramid import PyramidShown
from segviewer.labs.pyramids.pyramid_levels import Level, PyramidLevels
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.panels.window_strips import Strip, WindowStrips


class PyramidView(QWidget):
    """The levels with the clicked cell's windows lit, all windows, and what the levels add."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.strips = WindowStrips()
        self.levels = PyramidLevels()
        self.bars = PartBars()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self.levels, 5)
        layout.addWidget(self.strips, 3)
        layout.addWidget(self.bars, 3)

    def show_result(self, shown: PyramidShown | None) -> None:
        if shown is None:
            self.strips.set_strips(())
            self.levels.set_levels(())
            self.bars.set_parts((), "")
            return
        self.strips.set_strips([Strip(*strip) for strip in shown.strips])
        added = {name: f"{value:+.2f}".replace("-", "−") for name, value in shown.parts}
        self.levels.set_levels(
            [
                Level(f"{n}×{n}", picture, window, shown.pixel, added.get(f"{n}×{n}", ""))
                for n, picture, window in shown.levels
            ]
        )
        parts = [
            Part(name, value, "r" if "×" in name else "", strong=name == "sum")
            for name, value in shown.parts
        ]
        self.bars.set_parts(parts, shown.heading)
