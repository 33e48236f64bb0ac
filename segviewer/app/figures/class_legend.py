"""A picture of labels with a legend of its classes below, on white: for paper."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from segviewer.app.figures.canvas_figure import Seen, canvas_picture, picture_of, qt_image
from segviewer.app.state.choices import ERRORS
from segviewer.imaging.overlay import error_table
from segviewer.widgets.language.words import translated

WHITE = 255
INK = "#1c1c1e"
EDGE = "#8a8a90"  # about a colour that is near white
LETTERS = 0.018  # of the picture's longer side
SMALLEST = 11  # pixels
LEAST_SHARE = 0.0005  # of the pixels that a class takes, to be named


def legend_picture(seen: Seen) -> np.ndarray:
    """What the canvas shows, and below it colour and name of each class that is in it.

    Returns
    -------
    ndarray of uint8 (H, W, 3)
    """
    picture = canvas_picture(seen)
    names = classes_in(seen)
    if not names:
        return picture
    font = QFont()
    font.setPixelSize(max(SMALLEST, round(LETTERS * max(picture.shape[:2]))))
    metrics = QFontMetricsF(font)
    side, gap = metrics.ascent(), 0.6 * metrics.height()
    widest = max(metrics.horizontalAdvance(name) for name, _ in names)
    each = side + 0.5 * gap + widest + 1.5 * gap
    across = max(1, min(len(names), math.floor((picture.shape[1] - gap) / each)))
    rows = math.ceil(len(names) / across)
    line = 1.5 * metrics.height()
    whole = np.full((len(picture) + math.ceil(rows * line + gap), *picture.shape[1:]), WHITE)
    whole = whole.astype(np.uint8)
    whole[: len(picture)] = picture
    image = qt_image(whole)
    painter = QPainter(image)
    painter.setFont(font)
    for number, (name, colour) in enumerate(names):
        left = gap + number % across * each
        top = len(picture) + gap / 2 + number // across * line
        square = QRectF(left, top + (line - side) / 2, side, side)
        painter.fillRect(square, QColor(*colour))
        painter.setPen(QPen(QColor(EDGE), max(1.0, side / 16)))
        painter.drawRect(square)
        painter.setPen(QColor(INK))
        words = QRectF(square.right() + 0.5 * gap, top, widest + gap, line)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
    painter.end()
    return picture_of(image)


def classes_in(seen: Seen) -> list[tuple[str, tuple[int, int, int]]]:
    """Name and colour of each class that is shown, the largest first; of errors, of each kind."""
    layer = seen.overlay.layer
    raster = seen.raster
    # A lab's own picture may lie over the errors.
    if layer in ERRORS and raster is not None and (raster.table == error_table(layer)).all():
        kinds = ERRORS[layer][1]
        there = np.isin([value for value, _ in kinds], raster.values)
        shown = [
            (word, raster.table[value])
            for (value, word), is_there in zip(kinds, there, strict=True)
            if is_there
        ]
        return [(translated(word), (int(c[0]), int(c[1]), int(c[2]))) for word, c in shown]
    counts = np.bincount(seen.labelled.label_map.ravel(), minlength=len(seen.labels.classes))
    least = LEAST_SHARE * seen.labelled.label_map.size
    found = []
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] <= least or index >= len(seen.labels.classes):
            continue
        if index not in seen.overlay.hidden:
            red, green, blue = (int(c) for c in seen.labels.colours[index][:3])
            found.append((seen.labels.classes[index], (red, green, blue)))
    return found
