"""√n as published, exactly for linear stacks and as a growing mean for the others."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.errors import Cancelled
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def results(context=None, **values):
    return list(compute("depth", values, context or LabContext()))


@pytest.mark.parametrize(
    ("depth", "theory", "sigma", "area", "box"),
    [
        (5, 11, 1.8257, 8.307, 9),
        (10, 21, 2.582, 11.705, 13),
        (20, 41, 3.6515, 16.155, 17),
        (40, 81, 5.164, 22.738, 25),
    ],
)
def test_the_published_sizes_of_uniform_stacks(depth, theory, sigma, area, box):
    (found,) = results(deepest=max(depth, 5), depth=depth)
    bars = dict(found.shown.bars)
    assert bars["theory"] == theory and bars["box"] == box
    assert bars["±2σ"] == pytest.approx(4 * sigma, abs=1e-3)
    assert bars["±2σ, closed form"] == pytest.approx(4 * sigma, abs=1e-3)
    assert bars["√ pixels"] == pytest.approx(area, abs=1e-3)
    assert f"{depth} layers: theory {theory} px" in found.caption
    assert f"<b>{sigma:.3f} px</b>" in found.formula


def test_the_part_falls_as_one_over_the_root():
    (found,) = results(shown="part of the theory", deepest=40)
    parts = dict(zip(found.shown.depths, found.shown.measured, strict=True))
    assert parts[40] / parts[10] == pytest.approx(21 / 81 * 2)
    assert "σ grows as n^0.50" in found.caption


def test_shortcuts_halve_the_variance():
    (plain,), (skips,) = results(), results(skips=True)
    np.testing.assert_allclose(np.divide(plain.shown.measured, skips.shown.measured), 2**0.5)


def test_a_mean_of_random_stacks_grows():
    emitted = []
    found = results(
        LabContext(progressed=emitted.append), weights="random", samples=3, deepest=10, depth=10
    )
    assert [r.complete for r in found] == [False, False, True] and emitted[-1] == 1
    bars = dict(found[-1].shown.bars)
    assert bars["±2σ"] == pytest.approx(bars["±2σ, closed form"], rel=0.15)
    assert "mean of 3 of 3" in found[-1].caption


def test_every_measure_can_be_shown():
    for measure, theory_falls in (("box", True), ("√ pixels", True), ("±2σ", True)):
        (found,) = results(measure=measure, shown="part of the theory", rate=2)
        parts = found.shown.measured
        assert (parts[0] > parts[-1]) == theory_falls
        assert bool(found.shown.closed) == (measure == "±2σ")
    # With rates the pixel count sees a quarter of the pixels, box and σ do not.
    (plain,), (dilated,) = results(depth=40), results(depth=40, rate=2)
    first, second = dict(plain.shown.bars), dict(dilated.shown.bars)
    assert second["√ pixels"] == pytest.approx(first["√ pixels"])
    assert second["±2σ"] == pytest.approx(2 * first["±2σ"])


def test_nobody_waits_any_more():
    def check():
        raise Cancelled

    for values in ({}, {"weights": "random"}):
        with pytest.raises(Cancelled):
            results(LabContext(check=check), **values)


@pytest.fixture
def view(qtbot):
    widget = lab_of("depth").make_view()
    qtbot.addWidget(widget)
    widget.resize(900, 280)
    widget.show_result(results()[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_click_reads_another_depth(view, qtbot):
    box = view.plot.axes.view
    place = box.mapViewToScene(QPointF(13, 30)).toPoint()
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert emitted.args == ["depth", 14, True]


def test_measured_closed_form_and_theory_are_drawn(view):
    assert [c.dashed for c in view.plot.curves()] == [False, True, True]
    assert [row.name for row in view.bars.rows()][-1] == "theory"
    view.show_result(results(shown="part of the theory")[-1].shown)
    assert [c.dashed for c in view.plot.curves()] == [False, True]


@pytest.mark.parametrize("size", [(50, 30), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert view.plot.curves() == () and not view.grab().isNull()


def test_it_needs_nothing():
    assert LABS["depth"].needs == "nothing" and lab_of("depth").picks == ()
