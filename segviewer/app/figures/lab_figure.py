"""The drawing of a lab as a figure: the drawing, and below it its caption and its formula."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
)
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QRegion, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollBar,
    QWidget,
)

from segviewer.app.figures.canvas_figure import picture_of
from segviewer.widgets.text.equation import equation_html
from segviewer.widgets.text.formula_layout import FormulaLayout
from segviewer.widgets.text.typesetter import typesetter
from segviewer.widgets.theme.theme import tokens

if TYPE_CHECKING:
    from segviewer.widgets.charts.plot import Plot

SCALE = 2  # picture pixels of a PNG for one on screen: sharp in print
MARGIN = 16
GAP = 8
_FLAGS = QWidget.RenderFlag.DrawChildren


def plots_of(view: QWidget) -> list[Plot]:
    """The plots that a lab's view shows; a view with one can be saved as SVG."""
    # Half a second of importing that the start of the window can do without.
    from segviewer.widgets.charts.plot import Plot

    found = [view] if isinstance(view, Plot) else view.findChildren(Plot)
    return [plot for plot in found if plot.isVisible()]


def lab_picture(view: QWidget, caption: str, formula: str, scale: int = SCALE):
    """The figure as uint8 (H, W, 3), in the colours of the window."""
    words, size = _words(view, caption, formula)
    image = QImage(size * scale, QImage.Format.Format_RGB888)
    image.fill(QColor(tokens().panel))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.scale(scale, scale)
    drawn = _without_controls(view)
    view.render(painter, QPoint(MARGIN, MARGIN) + drawn.boundingRect().topLeft(), drawn, _FLAGS)
    _write(painter, words, view)
    painter.end()
    return picture_of(image)


def _without_controls(view: QWidget) -> QRegion:
    """The part of a view that is drawing: what can be pressed on paper is no use there."""
    region = QRegion(view.rect())
    for kind in (QAbstractButton, QAbstractSlider, QComboBox, QAbstractSpinBox, QScrollBar):
        for control in view.findChildren(kind):
            if control.isVisible():
                region -= QRegion(QRect(control.mapTo(view, QPoint(0, 0)), control.size()))
    return region


def lab_svg(view: QWidget, caption: str, formula: str) -> bytes:
    """The plots of a view as SVG, each where it stands in the view."""
    from PySide6.QtSvg import QSvgGenerator

    words, size = _words(view, caption, formula)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    # Axes are recorded at the screen's resolution; another one would shrink them.
    generator.setResolution(view.logicalDpiX())
    generator.setTitle(caption)
    generator.setDescription("Saved by segviewer")
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(0, 0), size), QColor(tokens().panel))
    # Widgets besides the plots would become pictures of pixels.
    for plot in plots_of(view):
        place = QRect(plot.mapTo(view, QPoint(0, 0)) if plot is not view else QPoint(), plot.size())
        _export_mode(plot, True)
        plot.render(painter, place.translated(MARGIN, MARGIN), plot.viewport().rect())
        _export_mode(plot, False)
    _write(painter, words, view)
    painter.end()
    buffer.close()
    return bytes(content.data())


def _export_mode(plot: Plot, on: bool) -> None:
    """Have pyqtgraph draw its points as shapes, which on screen are copies of a pixmap."""
    for item in plot.scene().items():
        if hasattr(item, "setExportMode"):
            item.setExportMode(on, {"antialias": True, "resolutionScale": 1.0} if on else None)


@dataclass(frozen=True)
class _Words:
    """What stands below the drawing: the caption, and the formula typeset where it is by now."""

    document: QTextDocument
    formula: FormulaLayout | None


def _words(view: QWidget, caption: str, formula: str) -> tuple[_Words, QSize]:
    """Caption and formula set below the drawing, and the size of the whole figure."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    font = QFont(view.font())
    document.setDefaultFont(font)
    colours = tokens()
    parts = []
    if caption:
        parts.append(f'<p style="color:{colours.text}"><b>{escape(caption)}</b></p>')
    typeset = FormulaLayout(formula, font, colours, typesetter())
    if formula and not typeset.ready:
        parts.append(f'<p style="color:{colours.text}">{equation_html(formula)}</p>')
    document.setHtml("".join(parts))
    document.setTextWidth(view.width())
    height = document.size().height() + GAP if parts else 0.0
    if typeset.ready:
        height += typeset.size(view.width()).height() + GAP
    size = QSizeF(view.width() + 2 * MARGIN, view.height() + height + 2 * MARGIN)
    return _Words(document, typeset if typeset.ready else None), size.toSize()


def _write(painter: QPainter, words: _Words, view: QWidget) -> None:
    painter.save()
    painter.translate(QPointF(MARGIN, MARGIN + view.height() + GAP))
    words.document.drawContents(painter)
    if words.formula is not None:
        above = words.document.size().height() + GAP if not words.document.isEmpty() else 0.0
        words.formula.paint(painter, QRectF(0, above, view.width(), 0))
    painter.restore()
