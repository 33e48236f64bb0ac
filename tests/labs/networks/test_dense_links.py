"""A dense block under a hand: layers clicked, reached by keys, read."""

import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.labs.networks.dense_links import DenseLinks

LEFT = Qt.MouseButton.LeftButton
KEYS = Qt.Key


def shown(qtbot, widget, signal):
    qtbot.addWidget(widget)
    widget.resize(600, 240)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    signal.connect(lambda *args: widget.received.append(args))
    return widget


@pytest.fixture
def links(qtbot):
    widget = DenseLinks()
    widget.set_block((16, 28, 40, 52), growth=12, layer=2)
    return shown(qtbot, widget, widget.chosen)


def test_a_layer_is_clicked_and_the_input_is_not(links, qtbot):
    assert links.layers() == 3
    for number in (0, 1, 3):
        qtbot.mouseClick(links, LEFT, pos=links.place(number).toPoint())
    qtbot.mouseClick(links, Qt.MouseButton.RightButton, pos=links.place(1).toPoint())
    assert links.received == [(1,), (3,)]


def test_arrows_ask_for_neighbours_inside_the_block(links, qtbot):
    qtbot.keyClick(links, KEYS.Key_Left)
    qtbot.keyClick(links, KEYS.Key_Right)
    links.set_block((16, 28, 40, 52), growth=12, layer=3)
    qtbot.keyClick(links, KEYS.Key_Right)
    assert links.received == [(1,), (3,)]


def test_a_layer_says_what_it_reads(links, qtbot):
    assert links.accessibleName() == "layer 2 reads 28 maps of 2 sources and adds 12"
    qtbot.mouseMove(links, links.place(0).toPoint() + QPoint(0, 1))
    assert links.toolTip().replace("\N{NO-BREAK SPACE}", " ") == "the block's input: 16 maps"
    assert links.reading(9) == ""


def test_what_the_block_puts_out_is_drawn_last(links):
    (out,) = links.places_of("52")
    (read,) = links.places_of("40")
    assert links.place(4).x() - out.width() < out.center().x() <= links.width()
    assert read.right() < out.left()
    assert links.places_of("maps that each layer reads; last, those put out")
