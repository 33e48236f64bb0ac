"""The picture with its label map over it: zoom, pan, compare, hover, drop.

Zoom, panes and hands are :class:`PictureView`'s; here is what lies over the photograph, what is
written on it, and the files that are dropped on it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from segviewer.imaging.mark import Mark
from segviewer.widgets.canvas.canvas_view import GUTTER
from segviewer.widgets.canvas.colour_bar import Meaning, draw_meaning
from segviewer.widgets.canvas.empty_state import EmptyState
from segviewer.widgets.canvas.file_drops import FileDrops, opening_hint
from segviewer.widgets.canvas.label_layer import Style
from segviewer.widgets.canvas.pane_signs import (
    draw_brush,
    draw_captions,
    draw_crosshair,
    draw_divider,
    draw_facts,
)
from segviewer.widgets.canvas.picture_marks import draw_marks
from segviewer.widgets.canvas.picture_view import PictureView
from segviewer.widgets.canvas.preview import Preview
from segviewer.widgets.canvas.view_transform import Where
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized

CAPTIONS = ("photograph", "labels")
PAINTING = ("painting a target: the labels are not shown · Esc ends", "info")


class ImageCanvas(PictureView):
    """Shows a picture and what was found in it.

    Signals
    -------
    files_dropped(list)
        Paths that were dropped.
    sample_chosen(str)
        Name of a sample chosen from the empty state.
    open_requested()
        "Open…" was pressed in the empty state.
    """

    files_dropped = Signal(list)
    sample_chosen = Signal(str)
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setAcceptDrops(True)
        self._label_map: np.ndarray | None = None
        self._colours = np.zeros((256, 4), np.uint8)
        self._raster: np.ndarray | None = None
        self._raster_colours = np.zeros((256, 4), np.uint8)
        self._captions = CAPTIONS
        self._overlay_visible = True
        self._peeking = self._concealed = False
        self._chips: list[tuple[str, str]] = []
        self._left_chips: list[tuple[str, str]] | None = None
        self._folded: list[tuple[QRectF, list[str]]] = []  # chips that stand for several
        self._marks: tuple[Mark, ...] = ()
        self._bar: Meaning | None = None
        self._bar_value: float | None = None
        self._preview: Preview | None = None
        self._drops = FileDrops()
        self.drop_hint: Callable[[list[Path]], str] = opening_hint
        """Says what dropping these files would do; an empty text refuses them."""

        self._empty = EmptyState(self)
        self._empty.open_requested.connect(self.open_requested)
        self._empty.sample_chosen.connect(self.sample_chosen)

    # What is shown

    def set_picture(self, levels: list[np.ndarray] | None) -> None:
        """Show a picture, or the empty state: see :meth:`PictureView.set_picture`."""
        super().set_picture(levels)
        self._show_empty()

    def preview(self, image: np.ndarray | None, size: tuple[int, int] = (0, 0)) -> None:
        """Show another photograph, which is being opened, in place of all there is.

        Parameters
        ----------
        image : uint8 RGB (h, w, 3) or None
            Coarse; None shows again what there is.
        size : tuple of int
            Width and height of the photograph. It lies where it will lie once it is there.
        """
        if image is None and self._preview is None:
            return
        self._preview = None if image is None else Preview(image, size)
        self._show_empty()
        self._gestures.report_hover()
        self.update()

    def picture_pixel(self, position: QPointF) -> tuple[int, int]:
        """Picture pixel under a widget position, (-1, -1) outside the picture and over another."""
        return (-1, -1) if self._preview is not None else super().picture_pixel(position)

    def set_label_map(self, label_map: np.ndarray | None) -> None:
        """Lay `label_map`, uint8 (h, w) of any size, over the picture; 255 is void."""
        self._label_map = None if label_map is None else np.ascontiguousarray(label_map)
        self._show_layer()

    def set_label_parts(self, parts: tuple[tuple[Where, np.ndarray], ...]) -> None:
        """Lay finer labels, uint8 (h, w), over those of parts (top, bottom, left, right)."""
        self._renderer.labels.set_parts(parts)
        self.update()

    def set_colours(self, table: np.ndarray) -> None:
        """Colour the labels by `table`, uint8 RGBA (256, 4); alpha 0 is transparent."""
        self._colours = _checked_table(table)
        self._show_layer()

    def set_raster(self, raster: np.ndarray | None, table: np.ndarray | None = None) -> None:
        """Show a raster instead of the labels, or the labels again.

        Parameters
        ----------
        raster : uint8 (h, w) or None
        table : uint8 RGBA (256, 4)
            Colour of each value; the last one stays where it is left out.
        """
        self._raster = None if raster is None else np.ascontiguousarray(raster)
        if table is not None:
            self._raster_colours = _checked_table(table)
        self._show_layer()

    def set_reference(
        self,
        raster: np.ndarray | None,
        table: np.ndarray | None = None,
        *,
        continuous: bool = False,
    ) -> None:
        """Show other labels, or another raster, on the left instead of the bare photograph.

        Parameters
        ----------
        raster : uint8 (h, w) or None
        table : uint8 RGBA (256, 4)
            Colour of each label or value.
        continuous : bool
            Whether `raster` holds values of a colour scale rather than labels.
        """
        if raster is None:
            self._renderer.reference.show(None, np.zeros((256, 4), np.uint8), continuous=False)
        else:
            assert table is not None
            self._renderer.reference.show(raster, _checked_table(table), continuous=continuous)
        self.update()

    def set_difference(
        self, label_map: np.ndarray | None, translation: np.ndarray | None = None
    ) -> None:
        """Compare the labels with another `label_map` in the comparison ``difference``.

        Parameters
        ----------
        label_map : uint8 (h, w) or None
        translation : int (256,)
            The same class's label in the canvas's own label map, -1 where it has none.
        """
        self._renderer.difference.set_reference(label_map, translation)
        self.update()

    def set_painting(self, labels: np.ndarray | None, table: np.ndarray | None = None) -> None:
        """Show what is being painted in place of the labels, or the labels again.

        Parameters
        ----------
        labels : uint8 (h, w) or None
            Kept, not copied: after it was painted on, :meth:`note_painted`.
        table : uint8 RGBA (256, 4)
            Colour of each label.
        """
        shown = np.zeros((256, 4), np.uint8) if table is None else _checked_table(table)
        self._renderer.painting.show(labels, shown, continuous=True)
        self.update()

    def note_painted(self) -> None:
        """Draw the painting anew."""
        self._renderer.painting.note_painted()
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw rectangles and ellipses over the overlay."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def set_colour_bar(self, bar: Meaning | None) -> None:
        """Say what the colours over the picture mean; None for labels, which have their legend."""
        if bar != self._bar:
            self._bar = bar
            self.update()

    def set_bar_value(self, value: float | None) -> None:
        """Mark the value under the pointer, 0 to 1, on the colour bar."""
        if value != self._bar_value:
            self._bar_value = value
            self.update()

    def set_captions(self, left: str = CAPTIONS[0], right: str = CAPTIONS[1]) -> None:
        """Say what the halves of ``side`` and ``swipe`` show."""
        self._captions = (left, right)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set how much of the picture the overlay covers, 0 to 1."""
        self._renderer.opacity = min(max(float(opacity), 0.0), 1.0)
        self.update()

    def set_style(self, style: Style) -> None:
        """Draw labels as ``fill``, ``contour`` or ``both``."""
        if style not in ("fill", "contour", "both"):
            raise ValueError(f"unknown overlay style {style!r}")
        self._renderer.labels.set_style(style)
        self._renderer.reference.set_style(style)
        self.update()

    def set_overlay_visible(self, visible: bool) -> None:
        """Show or hide the overlay."""
        self._overlay_visible = bool(visible)
        self._cover()

    def peek(self, on: bool) -> None:
        """Show the bare photograph for as long as this is on."""
        self._peeking = bool(on)
        self._cover()

    def conceal(self, on: bool) -> None:
        """Show the bare photograph until this is off again, whatever keys are held."""
        self._concealed = bool(on)
        self._cover()

    def _cover(self) -> None:
        shown = self._overlay_visible and not (self._peeking or self._concealed)
        self._renderer.covered = shown
        self.update()

    def set_chips(
        self, chips: list[tuple[str, str]], left: list[tuple[str, str]] | None = None
    ) -> None:
        """State facts on the picture: (text, tone) with tone info, warning or draft.

        With `left`, those lie on the left half of ``side`` and ``swipe``, and `chips` on the
        right.
        """
        self._chips = list(chips)
        self._left_chips = None if left is None else list(left)
        said = [*(self._left_chips or ()), *self._chips]
        self.setAccessibleDescription("; ".join(text for text, _ in said))
        self.update()

    def set_samples(self, samples: list[tuple[str, str, np.ndarray]]) -> None:
        """Offer samples in the empty state: (name, title, thumbnail uint8 (h, w, 3))."""
        self._empty.set_samples(samples)

    def magnified(self, position: QPointF, factor: float, side: int) -> QImage:
        """Draw anew what lies about a widget `position`, `factor` times as large as in the view.

        Nothing is blown up: photograph and labels are sampled at the larger scale, as they are
        after zooming in. Chips, captions and the marks' words are left out.

        Parameters
        ----------
        position : QPointF
            Ends in the middle.
        factor : float
        side : int
            Of the square to fill, in logical pixels.

        Returns
        -------
        QImage
            RGB32, `side` times the device pixel ratio in both directions.
        """
        if self._preview is not None:
            return self._preview.magnified(self.view, position, factor, side)
        return self._renderer.magnified(self.view, position, factor, side, self._marks)

    # Painting

    def _show_empty(self) -> None:
        # The empty state lies over the canvas and would cover all of it.
        seen = self.has_picture or self._preview is not None
        self._empty.setVisible(not seen and self._drops.text is None)

    def _show_layer(self) -> None:
        renderer = self._renderer
        if self._raster is not None:
            renderer.labels.show(self._raster, self._raster_colours, continuous=True)
        else:
            renderer.labels.show(self._label_map, self._colours, continuous=False)
        renderer.difference.show(self._label_map, self._colours)
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # never a photograph mirrored
        colours = tokens()
        painter.fillRect(self.rect(), QColor(colours.surround))
        view, renderer = self.view, self._renderer
        if self._preview is not None:
            self._preview.draw(painter, view, resized(self.font(), 0.92))
            self._drops.draw(painter, QRectF(self.rect()), self.font())
            return
        if view.picture is None:
            self._drops.draw(painter, QRectF(self.rect()), self.font())
            return
        panes = view.panes
        self._draw_panes(painter, view)
        if len(panes) == 2:
            gap = QRect(panes[0].right() + 1, 0, GUTTER, self.height())
            painter.fillRect(gap, QColor(colours.panel))
        if self._marks and renderer.covers(view):
            area = QRectF(view.position_of(0, 0), view.position_of(*view.picture))
            draw_marks(painter, self._marks, area, QRectF(panes[-1]))
        if self._gestures.cursor is not None:
            full = self._gestures.full_crosshair
            draw_crosshair(painter, view, self._gestures.cursor, full)
            if self.brush is not None:
                draw_brush(painter, view, self._gestures.cursor, self.brush)
        if view.comparison == "swipe":
            draw_divider(painter, view)
        font = resized(self.font(), 0.92)
        below = draw_captions(painter, view, self._captions, font)
        chips = [PAINTING, *self._chips] if self.brush is not None else self._chips
        self._folded = draw_facts(painter, view, chips, self._left_chips, font)
        if self._bar is not None and renderer.covers(view):
            draw_meaning(painter, view, self._bar, self._bar_value, font, below)
        self._drops.draw(painter, QRectF(self.rect()), self.font())

    def without_facts(self, area: QRect) -> tuple[QPixmap, list[tuple[str, str]]]:
        """What is drawn in `area`, without its chips, and these: (words, tone) each."""
        chips, left = self._chips, self._left_chips
        self._chips, self._left_chips = [], None
        try:
            picture = self.grab(area)
        finally:
            self._chips, self._left_chips = chips, left
        return picture, [*(left or ()), *chips]

    # Events

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for place, said in self._folded:
                if place.contains(QPointF(event.pos())):
                    QToolTip.showText(event.globalPos(), plain_tip("\n".join(said)), self)
                    return True
        return super().event(event)

    def resizeEvent(self, event) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.update()

    def dragEnterEvent(self, event) -> None:  # noqa: N802
        self._drops.enter(event, self.drop_hint)
        self._show_drops()

    def dragLeaveEvent(self, event) -> None:  # noqa: N802
        self._drops.leave()
        self._show_drops()

    def dropEvent(self, event) -> None:  # noqa: N802
        paths = self._drops.drop(event)
        self._show_drops()
        if paths:
            self.files_dropped.emit(paths)

    def _show_drops(self) -> None:
        self._show_empty()
        self.update()


def _checked_table(table: np.ndarray) -> np.ndarray:
    table = np.array(table, np.uint8)
    if table.shape != (256, 4):
        raise ValueError(f"a colour table is (256, 4), not {table.shape}")
    return table
