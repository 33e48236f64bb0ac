"""Small maps side by side: one, a grid of parts of it, or a spectrum with its peaks marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from segviewer.imaging.overlay import colour_scale
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens

GAP = 3  # pixels between two tiles
RING = 6.0


class MapTiles(PaintedWidget):
    """Score maps in rows, with words below.

    A map is drawn by repeating its values, so that a grid in it stays what it is.
    """

    USUAL = QSize(260, 240)

    def __init__(self):
        super().__init__()
        self._tiles: tuple[np.ndarray, ...] = ()
        self._columns = 1
        self._words = ""
        self._rings: tuple[tuple[int, int, bool], ...] = ()
        self.setMinimumSize(80, 80)

    def set_tiles(
        self,
        tiles: Sequence[np.ndarray],
        columns: int = 1,
        words: str = "",
        rings: Sequence[tuple[int, int, bool]] = (),
    ) -> None:
        """Draw maps.

        Parameters
        ----------
        tiles : sequence of ndarray of uint8 (h, w)
        columns : int
            Tiles in a row.
        words : str
        rings : sequence of (row, column, strong)
            Cells of the first tile that are marked.
        """
        self._tiles, self._columns = tuple(tiles), max(1, columns)
        self._words, self._rings = words, tuple(rings)
        self.setToolTip(plain_tip(words))
        self.say(words)

    def tiles(self) -> tuple[np.ndarray, ...]:
        """What is drawn."""
        return self._tiles

    def words(self) -> str:
        """What stands below."""
        return self._words

    def tile_areas(self) -> list[QRectF]:
        """Where the tiles lie, in the widget's pixels."""
        if not self._tiles:
            return []
        rows = -(-len(self._tiles) // self._columns)
        room = self.height() - self.fontMetrics().height() - 4
        tall = max(tile.shape[0] for tile in self._tiles)
        wide = max(tile.shape[1] for tile in self._tiles)
        scale = min(
            (self.width() - GAP * (self._columns - 1)) / (self._columns * wide),
            (room - GAP * (rows - 1)) / (rows * tall),
        )
        scale = max(scale, 1e-3)
        across, down = wide * scale + GAP, tall * scale + GAP
        left = (self.width() - self._columns * across + GAP) / 2
        return [
            QRectF(
                left + index % self._columns * across,
                index // self._columns * down,
                tile.shape[1] * scale,
                tile.shape[0] * scale,
            )
            for index, tile in enumerate(self._tiles)
        ]

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._tiles:
            return
        table = colour_scale("probability")
        areas = self.tile_areas()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # hard cells
        for tile, area in zip(self._tiles, areas, strict=True):
            shades = np.ascontiguousarray(table[tile][..., :3])
            height, width = tile.shape
            image = QImage(shades.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            # Smaller than its map: neighbours are averaged, or a grid of its own would appear.
            shrunk = area.width() < width
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
            painter.drawImage(area, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, column, strong in self._rings:
            height, width = self._tiles[0].shape
            centre = QPointF(
                areas[0].left() + (column + 0.5) / width * areas[0].width(),
                areas[0].top() + (row + 0.5) / height * areas[0].height(),
            )
            for colour, line in (("#101012", 3.5), ("#ffffff", 1.5)):
                pen = QPen(QColor(colour), line)
                pen.setStyle(Qt.PenStyle.SolidLine if strong else Qt.PenStyle.DotLine)
                painter.setPen(pen)
                painter.drawEllipse(centre, RING, RING)
        painter.setPen(QColor(colours.muted))
        below = max(area.bottom() for area in areas) + 2
        box = QRectF(0, below, self.width(), self.height() - below)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        draw_fitted(painter, box, top, self._words)
