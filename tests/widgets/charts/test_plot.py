"""Numbers at the axes, names beside curves, the value under the pointer, and the clipboard."""

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QApplication, QMenu

from segviewer.widgets.charts.plot import Curve, Plot


@pytest.fixture
def shown(qtbot):
    def show(curves, current=None, **options):
        plot = Plot("x, px", "y", **options)
        qtbot.addWidget(plot)
        plot.resize(420, 240)
        plot.set_curves(curves, current)
        plot.show()
        qtbot.waitExposed(plot)
        plot.grab()
        return plot

    return show


def ticks(plot, side):
    """The numbers beside an axis, as they are drawn."""
    axis = getattr(plot.axes, side)
    low, high = axis.range
    length = axis.width() if side == "bottom" else axis.height()
    return [
        text
        for spacing, values in axis.tickValues(low, high, length)
        for text in axis.tickStrings(values, axis.autoSIPrefixScale * axis.scale, spacing)
    ]


def test_small_values_are_numbered_as_they_are_after_every_redraw(shown):
    plot = shown([Curve((0, 1, 2), (0.001, 0.004, 0.009))])
    first = ticks(plot, "left")
    plot.set_labels("x, px", "y")
    plot.set_curves([Curve((0, 1, 2), (0.001, 0.004, 0.009))])
    plot.grab()
    assert ticks(plot, "left") == first
    assert max(float(text) for text in first) == pytest.approx(0.009, abs=0.002)
    assert "x0.001" not in plot.axes.left.labelString()


def test_a_curve_of_nothing_is_left_out(shown):
    """Warnings are errors here: pyqtgraph warns of points that are nowhere."""
    nothing = float("nan")
    plot = shown([Curve((1, 2), (nothing, nothing), "gone", points=True), Curve((1, 2), (3, 4))])
    assert plot.reading(QPointF(200, 100)) == ""


def test_counts_have_whole_ticks(shown):
    curve = [Curve((1, 2, 3), (1, 2, 3))]
    assert any(float(text) % 1 for text in ticks(shown(curve), "bottom"))
    assert all(float(text) % 1 == 0 for text in ticks(shown(curve, whole_x=True), "bottom"))


def test_ticks_that_are_asked_for_stand_on_a_logarithmic_axis(shown):
    plot = shown([Curve((1, 4, 32), (1, 2, 3))], log_x=True, x_ticks=(1, 4, 32))
    ((major),) = plot.axes.bottom._tickLevels
    assert major == [(0.0, "1"), (pytest.approx(np.log10(4)), "4"), (pytest.approx(1.50515), "32")]


def test_names_of_curves_with_one_peak_do_not_cover_each_other(shown):
    curves = [Curve((0, 10), (1, end), f"curve {end}") for end in (0.8, 0.5, 0)]
    plot = shown(curves)
    for size in ((420, 240), (220, 130)):
        plot.resize(*size)
        plot.grab()
        boxes = [n.mapRectToScene(n.boundingRect()) for n in plot._names]
        inside = plot.axes.view.sceneBoundingRect().adjusted(-1, -1, 1, 1)
        for index, one in enumerate(boxes):
            assert inside.contains(one)
            near = one.adjusted(1, 1, -1, -1)
            assert not any(near.intersects(other) for other in boxes[:index])


@pytest.mark.parametrize("log_x", [False, True])
def test_the_point_under_the_pointer_is_read_and_a_click_says_where(shown, qtbot, log_x):
    plot = shown([Curve((1, 10, 100), (0, 1, 0.25), "share")], log_x=log_x)
    box = plot.axes.view
    place = box.mapViewToScene(QPointF(1 if log_x else 10, 1))
    assert plot.reading(place) == "share: 10, 1"
    assert plot.reading(place + QPointF(3, 30)) == ""
    with qtbot.waitSignal(plot.clicked) as emitted:
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert emitted.args == [pytest.approx(10, rel=0.1), pytest.approx(1, abs=0.02)]


def test_data_are_copied_as_columns(shown):
    shown([Curve((1, 2), (0.5, 0.25), "share")]).copy_data()
    assert QGuiApplication.clipboard().text() == "x, px\tshare\n1\t0.5\n2\t0.25"


def test_words_grow_with_the_text(shown, qtbot):
    plot = shown([Curve([0, 1], [0, 1], "a curve")])
    (name,) = plot._names
    small = name.textItem.boundingRect().height()
    font = plot.font()
    font.setPointSizeF(2 * font.pointSizeF())
    plot.setFont(font)
    (name,) = plot._names
    assert name.textItem.boundingRect().height() > 1.6 * small
    assert plot.axes.bottom.label.font().pointSizeF() == font.pointSizeF()


def test_a_plot_makes_no_menu_that_nobody_sees(qtbot):
    before = set(map(id, QApplication.allWidgets()))
    plot = Plot("x", "y")
    qtbot.addWidget(plot)
    made = [one for one in QApplication.allWidgets() if id(one) not in before]
    assert plot in made and len(made) < 10  # the view, what it scrolls by
    assert not any(isinstance(one, QMenu) for one in made)


@pytest.mark.slow
def test_drawn_again_and_again_it_connects_nothing_more(qtbot):
    plot = Plot("x", "y")
    qtbot.addWidget(plot)

    def draw(number):
        plot.set_curves([Curve([1, 2, 3], [1, 2, number], name="name")], 2.0)
        qtbot.wait(1)
        gc.collect()
        # A connection holds a weak reference to its receiver.
        return [weakref.getweakrefcount(helper) for helper in (plot._hover, plot._hover_dot)]

    first = draw(0)
    for number in range(1, 10):
        assert draw(number) == first
    assert plot._hover in plot.axes.items


@pytest.mark.parametrize("width", [180, 260, 900])
def test_given_numbers_of_an_axis_never_run_into_each_other(qtbot, width):
    values = (8, 16, 32, 64, 128, 256)
    plot = Plot("stride", "mIoU", log_x=True, x_ticks=values)
    qtbot.addWidget(plot)
    plot.set_curves([Curve(values, (70, 60, 50, 40, 30, 20))])
    plot.resize(width, 200)
    plot.show()
    plot.grab()
    axis = plot.axes.bottom
    painter = QPainter(image := QImage(width, 200, QImage.Format.Format_RGB32))
    _, _, numbers = axis.generateDrawSpecs(painter)
    painter.end()
    assert image.width() == width
    areas = sorted((area.left(), area.right()) for area, _, _ in numbers)
    assert all(left >= right for (left, _), (_, right) in zip(areas[1:], areas, strict=False))
    assert 2 <= len(numbers) <= 6 and (width < 900 or len(numbers) == 6)
