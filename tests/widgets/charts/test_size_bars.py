"""Lengths side by side: drawn to scale, said in words."""

import numpy as np
import pytest

from segviewer.widgets.charts.size_bars import SizeBars, SizeRow


def widths(widget):
    """Most painted pixels of a row in the upper and in the lower half."""
    image = widget.grab().toImage()
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    painted = (flat != flat[-1, -1]).any(-1).sum(1)
    half = image.height() // 2
    return int(painted[:half].max()), int(painted[half:].max())


def test_bars_are_to_scale_of_the_longest(qtbot):
    bars = SizeBars()
    qtbot.addWidget(bars)
    bars.resize(302, 88)
    bars.set_rows([SizeRow("theory", 200, "200 px"), SizeRow("effective", 50, "50 px")])
    long, short = widths(bars)
    assert long == pytest.approx(300, abs=4) and short == pytest.approx(75, abs=4)


def test_what_is_drawn_is_said_as_plain_text(qtbot):
    bars = SizeBars()
    qtbot.addWidget(bars)
    bars.set_rows([SizeRow("a<b>", 1, "1 px"), SizeRow("none", None, "–", before=3)])
    assert bars.accessibleName() == "a<b>: 1 px; none: –"
    assert "a&lt;b&gt;" in bars.toolTip()
    bars.resize(200, 60)
    assert not bars.grab().isNull()
