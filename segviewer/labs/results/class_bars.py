"""One bar for each class from 0 to 100, with its name in it, and a tick for the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QResizeEvent

from segviewer.widgets.charts.plot import SERIES, Plot
from segviewer.widgets.charts.plotting import pg
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

WIDE = 0.84  # of the room of a class
TOP = 100.0  # per cent


@dataclass(frozen=True)
class ClassBar:
    """One class: per cent here, and the best per cent with who has it."""

    name: str
    value: float
    best: float
    best_name: str


class ClassBars(Plot):
    """Bars side by side; the figures of the one under the pointer stand beside it."""

    def __init__(self, parent=None):
        self._bars: tuple[ClassBar, ...] = ()
        super().__init__("", "IoU, %", parent=parent)
        self.axes.view.disableAutoRange()

    def set_bars(self, bars: Sequence[ClassBar]) -> None:
        """Show these."""
        self._bars = tuple(bars)
        self.setAccessibleName("; ".join(f"{bar.name} {bar.value:g}" for bar in self._bars))
        self._draw()

    def bars(self) -> tuple[ClassBar, ...]:
        """What is drawn."""
        return self._bars

    def index_at(self, position: QPointF) -> int:
        """Number of the bar above or below a widget position, or -1."""
        at = self.axes.view.mapSceneToView(self.mapToScene(position.toPoint()))
        index = round(at.x())
        return index if 0 <= index < len(self._bars) and 0 <= at.y() <= self._top() else -1

    def reading(self, position: QPointF) -> str:
        """The figures of the bar at a position, or nothing."""
        index = self.index_at(position)
        return _words(self._bars[index]) if index >= 0 else ""

    def copy_data(self) -> None:
        """Put the bars on the clipboard as tab-separated columns."""
        lines = ["class\tIoU, %\tbest, %\tof"]
        lines += [f"{b.name}\t{b.value:g}\t{b.best:g}\t{b.best_name}" for b in self._bars]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _top(self) -> float:
        """Where the axis ends, with the room of a figure above a bar of 100."""
        return TOP + 8

    def _draw(self) -> None:
        super()._draw()
        axes, colours = self.axes, tokens()
        axes.bottom.hide()
        axes.view.setRange(
            xRange=(-0.5, max(1, len(self._bars)) - 0.5), yRange=(0, self._top()), padding=0
        )
        if not self._bars:
            return
        tone = SERIES[0][0 if colours.dark else 1]
        numbers = np.arange(len(self._bars))
        values = np.array([bar.value for bar in self._bars])
        fill = pg.mkBrush(tone + ("59" if colours.dark else "40"))
        axes.add(
            pg.BarGraphItem(x=numbers, height=values, width=WIDE, brush=fill, pen=pg.mkPen(None))
        )
        self._draw_levels(numbers, values, pg.mkPen(tone, width=2))
        best = np.array([bar.best for bar in self._bars])
        ahead = best > values
        self._draw_levels(numbers[ahead], best[ahead], pg.mkPen(colours.muted, width=1.5))
        font = tabular(self.font())
        metrics, view = QFontMetricsF(font), axes.view
        fits = metrics.horizontalAdvance("00.0") <= view.width() / len(self._bars)
        tall = metrics.height() * self._top() / max(1.0, view.height())  # of a figure, in per cent
        for number, bar in enumerate(self._bars):
            name = pg.TextItem(bar.name, color=colours.text, anchor=(0, 0.5), angle=90)
            name.setFont(font)
            name.setPos(number, 0)
            axes.add(name, ignore_bounds=True)
            if fits:
                figure = pg.TextItem(f"{bar.value:.1f}", color=colours.text, anchor=(0.5, 1))
                figure.setFont(font)
                # Above the tick of the best where that is near.
                near = 0 < bar.best - bar.value < tall + 3
                figure.setPos(number, bar.best if near else bar.value)
                axes.add(figure, ignore_bounds=True)

    def _draw_levels(self, numbers: np.ndarray, levels: np.ndarray, pen) -> None:
        """A line across each bar, at its level."""
        if len(numbers):
            ends = np.stack([numbers - WIDE / 2, numbers + WIDE / 2], 1).ravel()
            self.axes.add_curve(ends, np.repeat(levels, 2), pen=pen, connect="pairs")

    def _on_moved(self, position: QPointF) -> None:
        index = self.index_at(QPointF(self.mapFromScene(position)))
        self._hover.setVisible(index >= 0)
        if index < 0:
            return
        bar = self._bars[index]
        self._hover.setText(_words(bar))
        # Into the plot from wherever the bar is.
        self._hover.setAnchor(
            (index / max(1, len(self._bars) - 1), 1.2 if bar.value < 60 else -0.2)
        )
        self._hover.setPos(index, bar.value)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._bars:
            self._draw()  # whether figures fit above their bars


def _words(bar: ClassBar) -> str:
    return f"{bar.name}: {bar.value:g} %, best {bar.best:g} % ({bar.best_name})"
