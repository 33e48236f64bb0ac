"""A plot in the program's colours: curves with their names beside them, a value under the
pointer, and copying by right click."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from segviewer.widgets.charts.axes import Axes, Axis, WholeAxis
from segviewer.widgets.charts.curve_names import place_names
from segviewer.widgets.charts.plotting import pg
from segviewer.widgets.language.words import shown_catalogue, translated
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens

# Okabe and Ito's, for curves that stand for no symbol: (on dark, on light).
SERIES = (
    ("#6cb2f0", "#0b5cad"),
    ("#e69f00", "#8a5a00"),
    ("#2fbf95", "#00694c"),
    ("#d98fb8", "#974673"),
    ("#ff8a4c", "#a84300"),
    ("#f0e442", "#6b6400"),
)
_REDRAWN = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.LanguageChange)
NEAR = 24  # pixels within which the pointer finds a curve's point


@dataclass(frozen=True)
class Curve:
    """One line of a plot.

    Attributes
    ----------
    x, y : sequence of float
        NaN leaves a gap.
    name : str
        Written beside it, at its highest point where there is room.
    symbol : str
        Of the quantity whose colour it has; empty takes the next of `SERIES`.
    dashed : bool
        For what is computed by theory.
    points : bool
        Whether each point is marked.
    steps : bool
        Drawn as bars without gaps: `x` has one edge more than `y` has values.
    """

    x: Sequence[float] | np.ndarray
    y: Sequence[float] | np.ndarray
    name: str = ""
    symbol: str = ""
    dashed: bool = False
    points: bool = False
    steps: bool = False


class Plot(pg.GraphicsView):
    """Curves over one axis.

    Parameters
    ----------
    x_label, y_label : str
        With units.
    log_x : bool
        The x axis is logarithmic.
    whole_x : bool
        The x axis counts: its ticks are whole numbers.
    x_ticks : sequence of float
        Numbers on the x axis; empty leaves them to pyqtgraph.

    Attributes
    ----------
    axes : Axes
        What is drawn, and its scales.

    Signals
    -------
    clicked(float, float)
        Data coordinates of a left click.
    resized()
        It has another size.
    scaled()
        The numbers of the x axis may be others.
    """

    clicked = Signal(float, float)
    resized = Signal()
    scaled = Signal()

    def __init__(
        self,
        x_label: str,
        y_label: str,
        *,
        log_x: bool = False,
        whole_x: bool = False,
        x_ticks: Sequence[float] = (),
        parent=None,
    ):
        super().__init__(parent)
        self.enableMouse(False)
        self.axes = Axes((WholeAxis if whole_x else Axis)("bottom"), Axis("left"), log_x=log_x)
        self.setCentralItem(self.axes)
        self._sides = {"bottom": self.axes.bottom, "left": self.axes.left}
        self._words = {"bottom": x_label, "left": y_label}
        self._curves: tuple[Curve, ...] = ()
        self._names: list[pg.TextItem | None] = []
        self._current: float | None = None
        self._log_x, self.x_ticks = log_x, tuple(x_ticks)
        for axis in self._sides.values():
            # Before the labels: with a label in sight pyqtgraph scales the numbers by this call.
            axis.enableAutoSIPrefix(False)
        if x_ticks:
            self.axes.bottom.setTicks([[(self._at(v), f"{v:g}") for v in x_ticks]])
        box = self.axes.view
        box.setDefaultPadding(0.04)
        box.sigRangeChanged.connect(self._place_names)
        box.sigResized.connect(self._place_names)
        self.setAntialiasing(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumSize(160, 96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._hover = pg.TextItem(anchor=(0, 1))
        self._hover.setZValue(20)
        self._hover_dot = pg.ScatterPlotItem(size=8)
        self._hover_dot.setZValue(19)
        for helper in (self._hover, self._hover_dot):
            self.axes.add(helper, ignore_bounds=True)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.scene().sigMouseMoved.connect(self._on_moved)
        self._draw()

    def set_labels(self, x_label: str, y_label: str) -> None:
        """Rename the axes."""
        self._words = {"bottom": x_label, "left": y_label}
        self._draw()

    def axis_words(self) -> tuple[str, str]:
        """What the axes are, x first."""
        return self._words["bottom"], self._words["left"]

    def curve_area(self) -> QRectF:
        """Where curves are drawn, in the widget's pixels."""
        box = self.axes.view
        return QRectF(self.mapFromScene(box.sceneBoundingRect()).boundingRect())

    def x_numbers(self) -> list[tuple[float, str]]:
        """Numbers of the x axis, each with its share of the width; none without a curve."""
        if not self._curves:
            return []
        self.axes.view.updateAutoRange()  # which waits for being painted
        axis, (low, high) = self.axes.bottom, self.axes.view.viewRange()[0]
        ticks = list(self.x_ticks)
        if self._log_x and not ticks:
            ticks = [10.0**decade for decade in range(math.ceil(low), math.floor(high) + 1)]
        elif not ticks:
            ticks = axis.tickValues(low, high, max(axis.width(), 1))[0][1]
        return [(float((self._at(v) - low) / (high - low)), _number(v)) for v in ticks]

    def point_of(self, name: str, x: float) -> QPointF | None:
        """Where the curve `name` is at the value of it that lies nearest to `x`, in pixels."""
        curve = next((one for one in self._curves if one.name == name), None)
        if curve is None:
            return None
        values, places = self._points(curve)
        if not len(values):
            return None
        place = places[int(np.abs(values[:, 0] - x).argmin())]
        return QPointF(self.mapFromScene(QPointF(*place.tolist())))

    def set_curves(self, curves: Sequence[Curve], current: float | None = None) -> None:
        """Draw `curves`; a vertical line marks `current` on the x axis."""
        self._curves, self._current = tuple(curves), current
        self._draw()

    def curves(self) -> tuple[Curve, ...]:
        """What is drawn."""
        return self._curves

    def colour(self, index: int) -> str:
        """Colour of the curve with this number."""
        dark = tokens().dark
        named = symbol_colour(self._curves[index].symbol, dark)
        if named is not None:
            return named
        plain = [i for i, c in enumerate(self._curves) if symbol_colour(c.symbol, dark) is None]
        return SERIES[plain.index(index) % len(SERIES)][0 if dark else 1]

    def reading(self, position: QPointF) -> str:
        """Name, x and y of the point nearest to a widget position, or nothing."""
        found = self._nearest(position)
        if found is None:
            return ""
        curve, x, y = self._curves[found[0]], found[1], found[2]
        name = f"{translated(curve.name)}: " if curve.name else ""
        return f"{name}{_number(x)}, {_number(y)}"

    def _draw(self) -> None:
        colours, axes = tokens(), self.axes
        self._look = self._look_now()
        self.setBackground(colours.panel)
        helpers = (self._hover, self._hover_dot)
        for old in [old for old in axes.items if old not in helpers]:
            axes.remove(old)
        for side, words in self._words.items():
            axis = self._sides[side]
            axis.setPen(pg.mkPen(colours.border))
            axis.setTextPen(pg.mkPen(colours.muted))
            axis.setLabel(escape(translated(words)), color=colours.muted)
            axis.label.setFont(self.font())
        axes.show_levels(0.12 if colours.dark else 0.2)
        self._names = [
            self._draw_curve(curve, self.colour(index)) for index, curve in enumerate(self._curves)
        ]
        if self._current is not None:
            line = pg.InfiniteLine(self._at(self._current), pen=pg.mkPen(colours.accent, width=1))
            axes.add(line)
        self._hover.setFont(self.font())
        self._hover.setColor(colours.text)
        self._hover.fill = pg.mkBrush(colours.raised)
        for helper in helpers:
            # They stay: an item that leaves and comes back keeps its connections to the view, and
            # is notified of every change once more each time.
            helper.hide()
        self._place_names()

    def _look_now(self) -> tuple[str, str, str]:
        return tokens().scheme, self.font().toString(), shown_catalogue().code

    def _draw_curve(self, curve: Curve, colour: str) -> pg.TextItem | None:
        """Draw it, and make its name, which has no place yet."""
        line = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
        if not np.isfinite(y).any():  # pyqtgraph warns of points that are nowhere
            return None
        extra = {}
        if curve.points:
            extra = {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
        if curve.steps:
            extra = {"stepMode": "center", "fillLevel": 0, "brush": pg.mkBrush(colour + "55")}
        pen = pg.mkPen(colour, width=2, style=line)
        self.axes.add_curve(x, y, pen=pen, connect="finite", **extra)
        if not curve.name:
            return None
        name = pg.TextItem(translated(curve.name), color=colour, anchor=(0, 0))
        name.setFont(self.font())
        self.axes.add(name, ignore_bounds=True)
        return name

    def _at(self, x: float) -> float:
        """Where a value of the x axis lies in pyqtgraph's view."""
        return np.log10(x) if self._log_x and x > 0 else x

    def _points(self, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
        """Values (n, 2) of a curve that can be seen, and their places (n, 2) in scene pixels."""
        x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
        if curve.steps:
            x = (x[1:] + x[:-1]) / 2
        seen = np.isfinite(y) & ((x > 0) | (not self._log_x))
        x, y = x[seen], y[seen]
        box = self.axes.view
        (left, right), (bottom, top) = box.viewRange()
        area = box.sceneBoundingRect()
        across = ((np.log10(x) if self._log_x else x) - left) / ((right - left) or 1)
        up = (y - bottom) / ((top - bottom) or 1)
        places = (area.left() + across * area.width(), area.bottom() - up * area.height())
        return np.stack([x, y], axis=1), np.stack(places, axis=1)

    def _place_names(self) -> None:
        self.scaled.emit()
        if not any(self._names):
            return
        box = self.axes.view
        area = box.sceneBoundingRect().getCoords()
        sizes = [
            None if name is None else name.textItem.boundingRect().size().toTuple()
            for name in self._names
        ]
        places = place_names([self._points(c)[1] for c in self._curves], sizes, area)
        for name, place in zip(self._names, places, strict=True):
            if name is not None and place is not None:
                name.setPos(box.mapSceneToView(QPointF(*place)))

    def _nearest(self, position: QPointF) -> tuple[int, float, float] | None:
        best = None
        for index, curve in enumerate(self._curves):
            values, places = self._points(curve)
            distances = np.abs(places - position.toTuple()).sum(1)
            if not len(distances) or distances.min() >= NEAR:
                continue
            if best is None or distances.min() < best[0]:
                best = (distances.min(), index, *values[distances.argmin()].tolist())
        return None if best is None else best[1:]

    def _on_moved(self, position: QPointF) -> None:
        found = self._nearest(position)
        for helper in (self._hover, self._hover_dot):
            helper.setVisible(found is not None)
        if found is None:
            return
        index, x, y = found
        at = self._at(x)
        self._hover_dot.setData([at], [y], brush=self.colour(index), pen=None)
        self._hover.setText(self.reading(position))
        box = self.axes.view
        (low, high), (bottom, top) = box.viewRange()
        # Into the plot from wherever the point is.
        self._hover.setAnchor(
            ((at - low) / (high - low or 1), 1.2 if y < (bottom + top) / 2 else -0.2)
        )
        self._hover.setPos(at, y)

    def _on_clicked(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            point = self.axes.view.mapSceneToView(event.scenePos())
            x = 10 ** point.x() if self._log_x else point.x()
            self.clicked.emit(float(x), float(point.y()))

    def close(self) -> bool:
        """Close it as any widget; pyqtgraph's view would take its scene apart beneath it."""
        return QWidget.close(self)

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self.resized.emit()

    def contextMenuEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        menu = QMenu(self)
        menu.addAction("Copy data", self.copy_data)
        menu.addAction("Copy picture", self.copy_picture)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def copy_data(self) -> None:
        """Put the curves on the clipboard as tab-separated columns."""
        lines = []
        for curve in self._curves:
            lines.append(f"{self._words['bottom']}\t{curve.name or self._words['left']}")
            xs = list(curve.x)[: len(curve.y)]
            lines += [f"{x:.6g}\t{y:.6g}" for x, y in zip(xs, curve.y, strict=True)]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        # Every new style sheet notifies of both; only another scheme, size or language
        # looks different. Unseen, it is drawn once somebody looks.
        if event.type() in _REDRAWN and self.isVisible():
            self._draw_in_look()

    def showEvent(self, event) -> None:  # noqa: N802
        super().showEvent(event)
        self._draw_in_look()

    def _draw_in_look(self) -> None:
        if getattr(self, "_look", None) not in (None, self._look_now()):
            self._draw()


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
