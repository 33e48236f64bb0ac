"""Colours about a neutral one, and text that can be read on them."""

import pytest
from PySide6.QtGui import QColor

from segviewer.widgets.charts.diverging import diverging, text_on
from segviewer.widgets.theme.theme import contrast, tokens

pytestmark = pytest.mark.usefixtures("qapp")


def warmth(colour):
    return colour.red() - colour.blue()


def test_nothing_is_the_schemes_ground():
    assert diverging(0.0).name() == tokens().raised
    assert diverging(0.0, more_is_good=True).name() == tokens().raised


def test_more_is_warm_unless_more_is_good():
    assert warmth(diverging(1)) > 0 > warmth(diverging(-1))
    assert diverging(1, more_is_good=True) == diverging(-1)
    assert diverging(-0.4, more_is_good=True) == diverging(0.4)


def test_half_lies_halfway_and_beyond_the_ends_is_the_end():
    ground, half, pole = diverging(0), diverging(0.5), diverging(1)
    for channel in ("red", "green", "blue"):
        parts = [getattr(colour, channel)() for colour in (ground, half, pole)]
        assert parts[1] == pytest.approx((parts[0] + parts[2]) / 2, abs=1)
    assert diverging(7) == pole and diverging(-7) == diverging(-1)


@pytest.mark.parametrize("value", [-1, -0.6, -0.2, 0, 0.2, 0.6, 1])
def test_text_on_it_is_readable(value):
    ground = diverging(value)
    assert contrast(text_on(ground).name(), ground.name()) >= 4.5
    assert text_on(QColor("white")).lightness() < 50 < text_on(QColor("black")).lightness()
