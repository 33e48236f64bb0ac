"""Fonts of the window: small-caps heads, tabular numbers, and nothing else.

The family and the size are the system's own; only weight and features differ.
"""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget


def tabular(font: QFont) -> QFont:
    """Return `font` with digits of equal width, so that numbers do not jump."""
    figures = QFont(font)
    figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


def section_head(font: QFont) -> QFont:
    """Return the font of a section head: small caps, weight 600, a little spaced."""
    head = QFont(font)
    head.setCapitalization(QFont.Capitalization.SmallCaps)
    head.setWeight(QFont.Weight.DemiBold)
    head.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 105)
    return head


def head_as_drawn(font: QFont) -> QFont:
    """Return a section head's `font` made anew, to paint with.

    Qt keeps the small capitals that a font once had, whatever size it is given later.
    """
    made = QFont(font.families())
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF())
    else:
        made.setPixelSize(font.pixelSize())
    return section_head(made)


def semibold(font: QFont) -> QFont:
    """Return `font` at weight 600."""
    heavy = QFont(font)
    heavy.setWeight(QFont.Weight.DemiBold)
    return heavy


def resized(font: QFont, factor: float) -> QFont:
    """Return `font` with its size multiplied by `factor`, whatever unit it is set in."""
    other = QFont(font)
    if font.pointSizeF() > 0:
        other.setPointSizeF(font.pointSizeF() * factor)
    else:
        other.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return other


def set_size(widget: QWidget, font: QFont) -> None:
    """Give a widget, and all within it, the size of `font`."""
    points = font.pointSizeF()
    size = f"{points:.2f}pt" if points > 0 else f"{font.pixelSize()}px"
    sheet = f"* {{ font-size: {size}; }}"
    # A style sheet, because under the program's own one a font does not reach the children.
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)
