"""Chips are whole on a narrow picture: what they state stands at their end."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from segviewer.widgets.canvas.chips import (
    MOST_LINES,
    chip_height,
    draw_chips,
    folded_chips,
    lines_of,
)

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


def test_on_a_small_picture_notes_are_folded_and_warnings_stay(font):
    facts = [("DeepLab v3", "info"), (TEXT, "warning"), ("draft ½", "draft")]
    notes = [(f"{TEXT} note {n}", "info") for n in range(3)]
    chips = [*facts[:1], *notes, *facts[1:]]
    shown, said = folded_chips(chips, QRectF(0, 0, 800, 300), font)
    assert shown == [*facts, ("3 notes", "info")] and said == [text for text, _ in notes]
    assert folded_chips(chips, QRectF(0, 0, 3000, 2000), font) == (chips, [])


def test_one_note_is_said_rather_than_counted(font):
    chips = [("DeepLab v3", "info"), (TEXT, "info")]
    assert folded_chips(chips, QRectF(0, 0, 300, 60), font) == (chips, [])
