"""Small pictures side by side, each with a title and a line of figures; one is chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted, wrapped_height
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

GAP = 12
WORTH = 0.4  # of the largest picture there could be, that one with whole words must have
FRAME = 2


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture.

    Attributes
    ----------
    name : str
        What `chosen` sends.
    title, figures : str
        Above and below the picture; figures may have several lines.
    picture : ndarray of uint8 (h, w, 3) or None
        None while it is not there yet.
    tip : str
    """

    name: str
    title: str
    figures: str
    picture: np.ndarray | None
    tip: str = ""


class PictureTiles(PaintedWidget):
    """As large as the room allows, in as many rows as make them largest.

    Signals
    -------
    chosen(str)
        Name of the tile that was clicked, or reached with the arrow keys.
    """

    chosen = Signal(str)
    USUAL = QSize(800, 200)
    LEAST = QSize(240, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._tiles: tuple[Tile, ...] = ()
        self._images: list[QImage | None] = []
        self._current = ""
        self._under = -1
        self._known: tuple[Any, tuple[int, QSize, float, float]] | None = None

    def set_tiles(self, tiles: Sequence[Tile], current: str) -> None:
        """Show `tiles`, of which the one named `current` is chosen."""
        self._tiles, self._current = tuple(tiles), current
        self._images = [_image(tile.picture) for tile in self._tiles]
        self._known = None
        self.update()

    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self._tiles

    def current(self) -> str:
        """Name of the chosen tile."""
        return self._current

    def text(self) -> str:
        """Title and figures of every tile, parted by tabs."""
        rows = ([tile.title, *tile.figures.split("\n")] for tile in self._tiles)
        return "\n".join("\t".join(row) for row in rows)

    def area_of(self, index: int) -> QRectF:
        """Where a tile stands, words included."""
        across, size, *_ = self._grid()
        row, column = divmod(index, across)
        in_row = min(across, len(self._tiles) - row * across)
        width, height = size.width(), size.height()
        left = (self.width() - in_row * width - (in_row - 1) * GAP) / 2
        rows = -(-len(self._tiles) // across)
        top = (self.height() - rows * height - (rows - 1) * GAP) / 2
        return QRectF(left + column * (width + GAP), top + row * (height + GAP), width, height)

    def _line(self) -> int:
        return self.fontMetrics().height() + 4

    def _widest(self) -> int:
        """Pixels that the longest of the words needs."""
        metrics = self.fontMetrics()
        words = [w for tile in self._tiles for w in (tile.title, *tile.figures.split("\n"))]
        return max((metrics.horizontalAdvance(w) + 12 for w in words), default=132)

    def _heights(self, width: float) -> tuple[float, float]:
        """Pixels that the tallest title and the tallest figures need in tiles of a width."""
        bold, plain, line = semibold(self.font()), tabular(self.font()), float(self._line())
        titles = (wrapped_height(bold, tile.title, width) + 4 for tile in self._tiles)
        figures = (
            sum(max(line, wrapped_height(plain, w, width) + 4) for w in tile.figures.split("\n"))
            for tile in self._tiles
        )
        return max(titles, default=line), max(figures, default=line)

    def _grid(self) -> tuple[int, QSize, float, float]:
        """Tiles in a row, the size of one, and the heights of its title and its figures."""
        # Asked for by each tile, and words take long to measure.
        key = (self.size(), self.font().key())
        if self._known is None or self._known[0] != key:
            self._known = key, self._best_grid()
        return self._known[1]

    def _best_grid(self) -> tuple[int, QSize, float, float]:
        least = self._widest()
        count = max(1, len(self._tiles))
        picture = next((image for image in self._images if image is not None), None)
        ratio = picture.width() / picture.height() if picture is not None else 4 / 3
        lines = max((tile.figures.count("\n") + 1 for tile in self._tiles), default=1)
        found = []
        for across in range(1, count + 1):
            rows = -(-count // across)
            width = (self.width() - (across - 1) * GAP) / across
            titles, figures = self._heights(width)
            whole = math.isfinite(titles + figures)
            if not whole:
                titles, figures = float(self._line()), float(lines * self._line())
            height = (self.height() - (rows - 1) * GAP) / rows - titles - figures
            wide = max(1.0, min(width, height * ratio))
            size = QSize(int(max(wide, min(width, least))), int(wide / ratio + titles + figures))
            found.append((whole, wide, across, size, titles, figures))
        # Words need room, too: a row of larger pictures whose words are cut reads worse than two.
        most = max(wide for _, wide, *_ in found)
        largest = max(found, key=lambda one: (one[0] and one[1] >= WORTH * most, one[1]))
        return largest[2:]

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._tiles) and self._tiles[index].name != self._current:
            self._current = self._tiles[index].name
            self.update()
            self.chosen.emit(self._current)

    def _index_at(self, position) -> int:
        for index in range(len(self._tiles)):
            if self.area_of(index).contains(position):
                return index
        return -1

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._index_at(event.position()))

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        under = self._index_at(event.position())
        if under != self._under:
            self._under = under
            self.setToolTip(plain_tip(self._tiles[under].tip if under >= 0 else ""))
            shape = Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def leaveEvent(self, event) -> None:  # noqa: N802
        self._under = -1
        self.update()

    def keyPressEvent(self, event) -> None:  # noqa: N802
        names = [tile.name for tile in self._tiles]
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if step is None or self._current not in names:
            super().keyPressEvent(event)
            return
        self._choose(names.index(self._current) + step)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for index in range(len(self._tiles)):
            self._paint_tile(painter, index)

    def _paint_tile(self, painter: QPainter, index: int) -> None:
        colours, tile, image = tokens(), self._tiles[index], self._images[index]
        area, (_, _, titles, figures) = self.area_of(index), self._grid()
        chosen = tile.name == self._current
        painter.setFont(semibold(self.font()) if chosen else self.font())
        painter.setPen(QColor(colours.text))
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        head = QRectF(area.left(), area.top(), area.width(), titles)
        # Just above its picture, where others have two lines.
        below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        draw_fitted(painter, head, below, tile.title)
        room = area.adjusted(0, titles, 0, -figures)
        if image is not None:
            ratio = image.width() / image.height()
            wide = min(room.width(), room.height() * ratio)
            room = QRectF(room.center().x() - wide / 2, room.top(), wide, wide / ratio)
            painter.drawImage(room, image)
        else:
            painter.fillRect(room, QColor(colours.raised))
        if chosen or index == self._under:
            tone = colours.accent if chosen else colours.muted
            painter.setPen(QPen(QColor(tone), FRAME))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(FRAME / 2, FRAME / 2, -FRAME / 2, -FRAME / 2))
            if chosen and self.hasFocus():
                painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
                painter.drawRect(room.adjusted(4, 4, -4, -4))
        painter.setFont(tabular(self.font()))
        painter.setPen(QColor(colours.muted))
        top, line = area.bottom() - figures, float(self._line())
        for text in tile.figures.split("\n"):
            tall = max(line, wrapped_height(painter.font(), text, area.width()) + 4)
            tall = tall if math.isfinite(tall) else line
            draw_fitted(painter, QRectF(area.left(), top, area.width(), tall), centre, text)
            top += tall


def _image(picture: np.ndarray | None) -> QImage | None:
    if picture is None:
        return None
    data = np.ascontiguousarray(picture)
    height, width = data.shape[:2]
    # A copy, because Qt does not keep the array alive.
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
