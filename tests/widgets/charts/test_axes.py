"""The view of a plot, its scales, and that nobody moves it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from segviewer.widgets.charts.plot import Plot
from segviewer.widgets.charts.plotting import pg


@pytest.fixture
def shown(qtbot):
    plots = []  # qtbot alone does not hold them

    def show(**options):
        plot = Plot("x", "y", **options)
        qtbot.addWidget(plot)
        plots.append(plot)
        plot.resize(400, 300)
        plot.show()
        qtbot.waitExposed(plot)
        for helper in list(plot.axes.items):
            plot.axes.remove(helper)
        return plot.axes

    return show


def test_the_view_grows_to_what_is_drawn_and_not_to_what_is_ignored(shown, qtbot):
    axes = shown()
    axes.add_curve(np.array([0.0, 10.0]), np.array([-2.0, 6.0]))
    far = pg.TextItem("far away")
    far.setPos(1000, 1000)
    axes.add(far, ignore_bounds=True)
    axes.view.updateAutoRange()
    (left, right), (bottom, top) = axes.view.viewRange()
    assert left <= 0 and 10 <= right < 20 and bottom <= -2 and 6 <= top < 20


def test_what_is_removed_is_drawn_no_more(shown):
    axes = shown()
    axes.add_curve([0, 1], [0, 1])
    (curve,) = axes.items
    assert curve.scene() is not None
    axes.remove(curve)
    assert axes.items == [] and curve.scene() is None


def test_curves_lie_over_the_logarithm(shown):
    axes = shown(log_x=True)
    axes.add_curve([1.0, 100.0], [0.0, 1.0])
    (curve,) = axes.items
    assert curve.getData()[0].tolist() == [0.0, 2.0]
    assert axes.bottom.logMode and not axes.left.logMode


def test_levels_continue_the_ticks_of_the_left_axis(shown):
    axes = shown()
    axes.show_levels(0.2)
    assert axes.left.grid == 51 and not axes.bottom.grid


def test_axes_stand_at_the_edges_of_the_view(shown):
    axes = shown()
    view, left, bottom = (one.sceneBoundingRect() for one in (axes.view, axes.left, axes.bottom))
    assert view.left() >= left.left() and view.width() > 300
    assert bottom.bottom() >= view.bottom() and view.height() > 220


def test_neither_wheel_nor_mouse_moves_it(shown, qtbot):
    axes = shown()
    axes.add_curve([0.0, 1.0], [0.0, 1.0])
    axes.view.updateAutoRange()
    before = axes.view.viewRange()
    viewport = axes.view.getViewWidget().viewport()
    middle = viewport.rect().center()
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    turned = QWheelEvent(
        QPointF(middle), QPointF(viewport.mapToGlobal(middle)), QPoint(), QPoint(0, 120), *none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, turned)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(viewport, middle + QPoint(60, 40))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 40))
    QApplication.processEvents()
    assert axes.view.viewRange() == before
