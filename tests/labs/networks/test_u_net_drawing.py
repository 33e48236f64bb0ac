"""The tile of a U-Net: what it says, and its margin."""

from PySide6.QtCore import QPointF

from segviewer.labs.networks.u_net_drawing import TileDrawing


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
