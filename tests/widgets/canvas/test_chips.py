"""Chips are whole on a narrow picture: what they state stands at their end."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from segviewer.widgets.canvas.chips import MOST_LINES, chip_height, draw_chips, lines_of

TEXT = "trained with output stride 16 · running 32"


@pytest.fixture
def font(qapp):
    return QFont(qapp.font())


def test_a_long_chip_takes_more_lines_and_is_whole(font):
    metrics = QFontMetricsF(font)
    room = 0.6 * metrics.horizontalAdvance(TEXT)
    lines = lines_of(TEXT, metrics, room)
    assert len(lines) == 2 and " ".join(lines) == TEXT
    assert all(metrics.horizontalAdvance(line) <= room for line in lines)
    assert lines_of(TEXT, metrics, 2000) == [TEXT]


def test_only_what_the_last_line_cannot_hold_is_elided(font):
    metrics = QFontMetricsF(font)
    lines = lines_of(" ".join([TEXT] * 9), metrics, metrics.horizontalAdvance(TEXT) + 1)
    assert len(lines) == MOST_LINES
    assert lines[:-1] == [TEXT] * (MOST_LINES - 1) and lines[-1].endswith("…")


def test_the_next_chip_stands_below_all_lines(font):
    picture = QImage(400, 400, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    area = QRectF(0, 0, 0.7 * QFontMetricsF(font).horizontalAdvance(TEXT), 400)
    first, second = draw_chips(painter, [(TEXT, "warning"), (TEXT, "info")], area, font)
    painter.end()
    assert first.height() > chip_height(font)
    assert second.top() >= first.bottom()
