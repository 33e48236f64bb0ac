"""How much room words need in lines of a width, and that they are drawn whole where there is."""

import math

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from segviewer.widgets.theme.fitted_words import fitting_font, wrapped_height

WORDS = "DeepLab v2, ResNet-101 on VOC"


@pytest.fixture
def font(qapp):
    return qapp.font()


def test_more_lines_the_narrower_and_none_where_a_word_is_wider(font):
    metrics = QFontMetricsF(font)
    line, whole = metrics.height(), metrics.horizontalAdvance(WORDS)
    longest = max(metrics.horizontalAdvance(word) for word in WORDS.split())
    assert wrapped_height(font, WORDS, whole + 1) == pytest.approx(line, abs=2)
    assert wrapped_height(font, WORDS, 0.6 * whole) == pytest.approx(2 * line, abs=3)
    assert wrapped_height(font, WORDS, longest + 1) > 2 * line
    assert wrapped_height(font, WORDS, longest - 4) == math.inf


def test_of_the_sizes_that_fit_it_is_the_largest(font):
    wide = QFontMetricsF(font).horizontalAdvance("−0.83")
    tall = QFontMetricsF(font).height()
    whole = fitting_font(font, QRectF(0, 0, wide, tall), "−0.83")
    assert whole == font
    # Room for nine tenths is used for more than eight and a half of them.
    less = fitting_font(font, QRectF(0, 0, 0.9 * wide, tall), "−0.83")
    assert less is not None
    assert 0.85 * wide < QFontMetricsF(less).horizontalAdvance("−0.83") <= 0.9 * wide + 1
