"""A canvas that is shown."""

import pytest

from segviewer.widgets.canvas.image_canvas import ImageCanvas
from tests.widgets.canvas.shown_canvas import BLUE, RED, halves, plain, table


@pytest.fixture
def canvas(qtbot):
    """A canvas of 400×300 with a plain 100×50 picture: zoom 4, picture at y 50 to 250."""
    widget = ImageCanvas()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_picture([plain()])
    widget.set_label_map(halves())
    widget.set_colours(table(RED, BLUE))
    widget.set_opacity(0.5)
    return widget
