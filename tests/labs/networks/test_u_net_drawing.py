"""The tile of a U-Net: what it says, and its margin."""

from PySide6.QtCore import QPointF

from segviewer.analysis.arithmetic.u_net_sizes import sizes
from segviewer.labs.lab import LabContext
from segviewer.labs.networks.u_net_drawing import TileDrawing, UDrawing
from segviewer.labs.networks.u_net_sizes import UNetSizesConfig, UNetSizesLab
from segviewer.labs.networks.u_net_sizes_view import UNetSizesView


def test_a_tile_says_its_words_and_draws_the_margin(qtbot):
    tile = TileDrawing()
    qtbot.addWidget(tile)
    tile.resize(200, 200)
    empty = tile.grab().toImage()
    tile.set_tile(388, 92, 92, "388 of 572 pixels are answered")
    assert tile.accessibleName() == "388 of 572 pixels are answered"
    image = tile.grab().toImage()
    middle, margin = QPointF(100, 60).toPoint(), QPointF(40, 60).toPoint()
    assert image.pixelColor(middle) != image.pixelColor(margin) != empty.pixelColor(margin)


def u_drawing(qtbot, side=572, padded=False):
    drawing = UDrawing()
    qtbot.addWidget(drawing)
    drawing.resize(900, 300)
    drawing.set_sizes(sizes(side, 4, padded))
    return drawing


def test_every_map_stands_in_a_cell_of_its_own(qtbot):
    drawing = u_drawing(qtbot)
    layers = drawing.layers()
    assert len(layers) == 27
    assert [one.words for one in layers[:4]] == [
        "picture: 572 px",
        "3×3: 570 px",
        "3×3: 568 px",
        "pooled: 284 px",
    ]
    assert layers[15].words == "up, joined: 56 px" and layers[-1].words == "3×3: 388 px"
    (last,) = drawing.places_of("388")
    area = drawing.boxes()[-1][0]
    assert drawing.cell(area, 2).contains(last.center())


def test_later_maps_are_outlined_alone(qtbot):
    drawing = u_drawing(qtbot)
    drawing.set_current(2)
    assert drawing.places_of("568") and not drawing.places_of("284")
    drawing.set_current(-1)
    assert drawing.places_of("284") and drawing.places_of("388")


def test_it_plays_map_by_map_and_ends_with_all(qtbot):
    view = UNetSizesView()
    qtbot.addWidget(view)
    (result,) = UNetSizesLab().compute(LabContext(), UNetSizesConfig())
    view.show_result(result.shown)
    view.steps.stepped.emit(3, True)
    assert view.steps.name.text() == "pooled: 284 px"
    assert not view.drawing.places_of("282")
    view.steps.stepped.emit(26, True)
    assert view.drawing.places_of("388") and view.steps.index() == 26
    view.show_result(None)
    assert view.drawing.layers() == () and not view.steps.isEnabled()
