"""Colours on both sides of a neutral one: less, equal, more."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from segviewer.widgets.theme.theme import tokens

# Okabe and Ito's blue and vermillion, distinct to all eyes: (on dark, on light).
_LESS = ("#3f8fd2", "#3181c3")
_MORE = ("#f0803c", "#e06a1b")
_BLACK, _WHITE = "#101012", "#ffffff"


def diverging(value: float, more_is_good: bool = False) -> QColor:
    """Colour of `value` from -1 to 1 on the present scheme's neutral ground.

    Warm is more, cool is less; the other way round where more is good.
    """
    colours = tokens()
    place = 0 if colours.dark else 1
    value = float(np.clip(value, -1, 1))
    warm = (value > 0) != more_is_good
    pole, ground = QColor((_MORE if warm else _LESS)[place]), QColor(colours.raised)
    part = abs(value)
    return QColor(
        round(ground.red() + (pole.red() - ground.red()) * part),
        round(ground.green() + (pole.green() - ground.green()) * part),
        round(ground.blue() + (pole.blue() - ground.blue()) * part),
    )


def text_on(ground: QColor) -> QColor:
    """Black or white, whichever reads better on `ground`."""
    from segviewer.widgets.theme.theme import contrast

    name = ground.name()
    return QColor(_BLACK if contrast(_BLACK, name) >= contrast(_WHITE, name) else _WHITE)
