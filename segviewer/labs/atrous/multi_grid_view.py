"""How the lab “Multi-grid” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.atrous.multi_grid import NUMBERS, WORDS, GridTile, MultiGridShown
from segviewer.labs.shared.one_pass import percent
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.variant_tiles import Variant, VariantTiles


class MultiGridView(QWidget):
    """Label maps, ways through the block, and the paper's figures."""

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self.variants = VariantTiles("Multi-grids", "Already applied")
        self.variants.chosen.connect(lambda number: self.edited.emit("grid", WORDS[number], True))
        self.variants.asked.connect(self.asked)
        self.paths = Plot("position, in steps of the block's rate", "ways to it", whole_x=True)
        self.miou = Plot("last block", "mIoU, %", x_ticks=NUMBERS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.variants, 5)
        layout.addWidget(self.paths, 3)
        layout.addWidget(self.miou, 3)

    def show_result(self, shown: MultiGridShown | None) -> None:
        if shown is None:
            self.variants.set_variants((), 0)
            self.paths.set_curves(())
            self.miou.set_curves(())
            return
        self.variants.set_variants(
            [
                Variant(
                    tile.words,
                    tile.picture,
                    _figures(tile),
                    f"Set multi-grid {tile.words}",
                    tile.asks,
                )
                for tile in shown.tiles
            ],
            shown.chosen,
        )
        # The same two first in both plots, so that they have the same colours.
        two = dict.fromkeys((WORDS[0], WORDS[shown.chosen]))
        curves = []
        for words in two:
            counts = shown.paths[words]
            reach = len(counts) // 2
            edges = [place - 0.5 for place in range(-reach, reach + 2)]
            curves.append(Curve(edges, counts.tolist(), words, steps=True))
        self.paths.set_curves(curves)
        self.miou.set_curves(
            [
                Curve(
                    NUMBERS,
                    shown.miou[words],
                    words if words in two else "",
                    points=words in two,
                    dashed=words not in two,
                )
                for words in (*two, *(words for words in WORDS if words not in two))
            ]
        )


def _figures(tile: GridTile) -> str:
    if not tile.asks:
        return "as it is"
    return "" if tile.changed is None else f"{percent(tile.changed)} change"
