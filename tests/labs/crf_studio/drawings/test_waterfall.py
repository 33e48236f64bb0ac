"""A decision as a waterfall."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from segviewer.labs.crf_studio.drawings.waterfall import Waterfall
from segviewer.labs.crf_studio.why_label import WhyLabel

SHOWN = WhyLabel(
    ("road", "car"), *np.ones((3, 1, 2)), np.ones((2, 2)), 1, ("road", "car"), (-1.5, 0.5, 3.0)
)


def test_each_bar_begins_where_the_one_before_ended_and_the_last_is_their_sum(qtbot):
    widget = Waterfall()
    qtbot.addWidget(widget)
    assert widget.spans() == [] and widget.text() == "" and not widget.grab().isNull()
    widget.set_shown(SHOWN)
    assert widget.spans() == [(0, -1.5), (-1.5, -1), (-1, 2), (0, 2)]
    assert widget.text().splitlines()[-1] == "road\t+2.00"
    assert "appearance\t+3.00" in widget.accessibleDescription()
    assert not widget.grab().isNull()
    qtbot.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == widget.text()


@pytest.mark.parametrize("leads", [(0.0, 0.0, 0.0), (-3.0, -1.0, -0.5)])
def test_no_lead_and_losing_ones_are_drawn(qtbot, leads):
    widget = Waterfall()
    qtbot.addWidget(widget)
    widget.set_shown(WhyLabel(*SHOWN.__dict__.values()))
    widget.set_shown(
        WhyLabel(
            SHOWN.names,
            SHOWN.unary,
            SHOWN.smoothness,
            SHOWN.appearance,
            SHOWN.probs,
            1,
            SHOWN.pair,
            leads,
        )
    )
    assert not widget.grab().isNull() and widget.spans()[-1] == (0, sum(leads))
