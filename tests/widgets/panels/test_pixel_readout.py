"""The readout under the picture: what it says, and that it does not jump."""

import pytest
from PySide6.QtCore import QPoint

from segviewer.widgets.panels.pixel_readout import PixelReadout

ROAD, SKY, CAR = (128, 64, 128), (90, 160, 230), (0, 0, 142)


@pytest.fixture
def readout(qtbot):
    widget = PixelReadout()
    qtbot.addWidget(widget)
    widget.set_picture_size(1920, 1080)
    widget.set_classes(["road", "sky", "sign symbol"])
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_it_says_place_colour_and_the_three_likeliest(readout):
    top = [("road", ROAD, 0.93), ("sky", SKY, 0.05), ("car", CAR, 0.01), ("tree", CAR, 0.001)]
    readout.set_pixel(214, 96, (91, 120, 7), top)
    assert readout.text() == "x 214 y 96 · rgb 91 120 7 · road 0.93 · sky 0.05 · car 0.01"
    assert readout.accessibleDescription() == readout.text()


@pytest.mark.parametrize(
    ("probability", "text"), [(0.999, ">0.99"), (1.0, "1.00"), (0.001, "<0.01"), (0.0, "0.00")]
)
def test_it_never_claims_a_certainty_that_is_not_there(readout, probability, text):
    readout.set_pixel(1, 1, None, [("road", ROAD, probability)])
    assert readout.text().endswith(text)


def test_clearing_leaves_nothing(readout):
    empty = readout.grab().toImage()
    readout.set_pixel(1, 1, (1, 2, 3))
    assert readout.grab().toImage() != empty
    readout.clear()
    assert readout.text() == ""
    assert readout.grab().toImage() == empty


def test_swatches_show_the_colours(readout):
    readout.set_pixel(1, 1, (255, 0, 0), [("sky", SKY, 0.9)])
    image = readout.grab().toImage()
    row = [image.pixelColor(QPoint(x, image.height() // 2)).getRgb()[:3] for x in range(400)]
    assert (255, 0, 0) in row
    assert SKY in row


def test_nothing_jumps(readout):
    size = readout.size(), readout.sizeHint()

    def sky_at():
        image = readout.grab().toImage()
        middle = image.height() // 2
        return [x for x in range(image.width()) if image.pixelColor(x, middle).getRgb()[:3] == SKY]

    readout.set_pixel(1, 1, (1, 2, 3), [("road", ROAD, 0.9), ("sky", SKY, 0.1)])
    first = sky_at()
    readout.set_pixel(1919, 1079, (255, 255, 255), [("sign symbol", ROAD, 0.999), ("sky", SKY, 0)])
    assert first and sky_at() == first
    assert (readout.size(), readout.sizeHint()) == size


def test_a_narrow_readout_drops_the_least_likely_first(readout):
    readout.resize(readout.minimumSizeHint())
    top = [("road", ROAD, 0.9), ("sky", SKY, 0.1)]
    readout.set_pixel(1, 1, (1, 2, 3), top)
    image = readout.grab().toImage()
    middle = image.height() // 2
    row = [image.pixelColor(x, middle).getRgb()[:3] for x in range(image.width())]
    assert ROAD in row
    assert SKY not in row


def test_it_says_what_the_mask_says_before_what_the_network_does(readout):
    readout.set_pixel(1, 2, (1, 2, 3), [("road", ROAD, 0.9)], ("sky", SKY))
    assert readout.text() == "x 1 y 2 · rgb 1 2 3 · mask: sky · road 0.90"
    wide = readout.sizeHint().width()
    readout.set_pixel(1, 2, (1, 2, 3), [("road", ROAD, 0.9)])
    assert "mask" not in readout.text() and readout.sizeHint().width() < wide
    readout.set_pixel(1, 2, (1, 2, 3), [("road", ROAD, 0.9)], ("sky", SKY))
    image = readout.grab().toImage()
    row = [
        image.pixelColor(QPoint(x, image.height() // 2)).getRgb()[:3] for x in range(image.width())
    ]
    assert row.index(SKY) < row.index(ROAD)
