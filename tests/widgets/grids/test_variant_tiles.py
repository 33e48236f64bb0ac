"""The button asks for what the chosen picture stands for."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.grids.variant_tiles import Variant, VariantTiles

PICTURE = np.zeros((20, 30, 3), np.uint8)
VARIANTS = [
    Variant("as it is", PICTURE),
    Variant("rates 12", PICTURE, action="Use rates 12", asks={"atrous_rates": (12,)}),
]


@pytest.fixture
def tiles(qtbot):
    widget = VariantTiles("Variants", "Choose another")
    qtbot.addWidget(widget)
    widget.resize(500, 200)
    widget.show()
    widget.asked_for = []
    widget.asked.connect(lambda asks: widget.asked_for.append(asks))
    return widget


def press(qtbot, tiles):
    qtbot.mouseClick(tiles.button, Qt.MouseButton.LeftButton)


def test_the_chosen_one_is_asked_for(tiles, qtbot):
    tiles.set_variants(VARIANTS, 1)
    assert tiles.button.text() == "Use rates 12"
    press(qtbot, tiles)
    assert tiles.asked_for == [{"network": {"atrous_rates": (12,)}}]


def test_the_network_as_it_is_cannot_be_asked_for(tiles, qtbot):
    tiles.set_variants(VARIANTS, 0)
    assert tiles.button.text() == "Choose another" and not tiles.button.isEnabled()
    press(qtbot, tiles)
    assert tiles.asked_for == []
    tiles.set_variants((), 0)
    assert not tiles.button.isVisible()


def test_choosing_tells_the_number_and_changes_nothing_yet(tiles, qtbot):
    tiles.set_variants(VARIANTS, 0)
    with qtbot.waitSignal(tiles.chosen) as emitted:
        where = tiles.tiles.area_of(1).center().toPoint()
        qtbot.mouseClick(tiles.tiles, Qt.MouseButton.LeftButton, pos=where)
    assert emitted.args == [1] and not tiles.button.isEnabled()
