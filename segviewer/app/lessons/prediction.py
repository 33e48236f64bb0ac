"""Draw what you expect, then see it beside what is: on the cover of a lab that has one plot."""

from __future__ import annotations

import sys

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.app.labs.lab_view import LabView
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.widgets.help.cover import Cover

ASK = "Answer first: 1, 2, 3 … choose, PageDown shows"


class Prediction(QObject):
    """The cover of a lab's results, with axes to draw on where the lab has one plot.

    Attributes
    ----------
    cover : Cover
    pad : PredictionPad or None
        None until a lab with a plot is asked about.
    expected : ExpectedCurve or None
        The curve that was drawn, over the plot, until the next step.
    """

    def __init__(self, labs: LabView, lessons: LessonView):
        super().__init__(labs.drawer)
        drawer = self.drawer = labs.drawer
        self._on = False
        self.cover = Cover(drawer.results, ASK)
        # pyqtgraph takes half a second to import: only once there is a plot.
        self.pad: QWidget | None = None
        self.expected: QWidget | None = None
        self._words = ("", "")  # of the pad's axes
        drawer.views.currentChanged.connect(lambda index: self._offer())
        # The step before may have had another plot of the same lab, or none.
        labs.drawn.connect(self._offer)
        lessons.step_shown.connect(lambda number: self._forget())
        lessons.ended.connect(self._forget)

    def set_on(self, on: bool) -> None:
        """A question waits, or has its answer: the drawn curve goes over the true one."""
        was, self._on = self._on, on
        if on:
            self._forget()
            self._words = ("", "")
            self._offer()
        elif was:
            self._reveal()

    def _plot(self) -> QWidget | None:
        """The plot of the lab on screen, where it has exactly one."""
        view = self.drawer.views.currentWidget()
        if view is None or "pyqtgraph" not in sys.modules:
            return None
        from segviewer.widgets.charts.plot import Plot

        plots = [plot for plot in view.findChildren(Plot) if plot.isVisibleTo(view)]
        return plots[0] if len(plots) == 1 else None

    def _offer(self) -> None:
        if not self._on:
            return
        plot = self._plot()
        if plot is not None and self.pad is None:
            from segviewer.widgets.charts.prediction import PredictionPad

            self.pad = PredictionPad()
            layout = self.cover.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.insertWidget(0, self.pad, 1)
        if self.pad is not None:
            self.pad.setVisible(plot is not None)
            if plot is not None:
                self._follow(plot)

    def _follow(self, plot: QWidget) -> None:
        """Give the pad the plot's axes, now and when these become others."""
        words = plot.axis_words()  # type: ignore[attr-defined]
        if not plot.property("asked about"):
            plot.setProperty("asked about", True)
            plot.scaled.connect(self._on_scaled)  # type: ignore[attr-defined]
        if words != self._words:
            self._words = words
            self.pad.begin(*words)  # type: ignore[union-attr]
        self._on_scaled()

    def _on_scaled(self) -> None:
        plot = self._plot() if self._on else None
        if plot is not None and self.pad is not None:
            self.pad.set_numbers(plot.x_numbers())  # type: ignore[attr-defined]

    def _reveal(self) -> None:
        plot = self._plot()
        heights = getattr(self.pad, "heights", {})
        if plot is None or not heights or self.pad is None or self.pad.isHidden():
            return
        from segviewer.widgets.charts.prediction import ExpectedCurve

        self.expected = ExpectedCurve(plot, heights)  # type: ignore[arg-type]

    def _forget(self) -> None:
        """Take the drawn curve away."""
        if self.expected is not None and shiboken6.isValid(self.expected):
            self.expected.hide()
            self.expected.deleteLater()
        self.expected = None
