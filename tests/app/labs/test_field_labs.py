"""In the window: a pixel is clicked and its fields are seen about it; rates are typed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow


def labs(explorer):
    return explorer.presenter.labs


def open_lab(opened, name):
    labs(opened).open(name)
    opened.settled("lab")
    return labs(opened)._views[name]


def click_pixel(opened, x, y):
    """Click where the photograph's pixel is seen."""
    canvas = opened.window.canvas
    places = [
        QPoint(column, row)
        for row in range(0, canvas.height(), 2)
        for column in range(0, canvas.width(), 2)
    ]
    near = min(
        (p for p in places if canvas.picture_pixel(p.toPointF()) != (-1, -1)),
        key=lambda p: np.hypot(*np.subtract(canvas.picture_pixel(p.toPointF()), (x, y))),
    )
    opened.bot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=near)
    opened.settled("lab")
    return canvas.picture_pixel(near.toPointF())


@pytest.mark.parametrize("pixel", [(60, 50), (170, 120)])
def test_the_effective_field_lies_about_the_clicked_pixel(opened, pixel):
    view = open_lab(opened, "effective_field")
    x, y = click_pixel(opened, *pixel)
    canvas = opened.window.canvas
    height, width = canvas._raster.shape
    strongest = np.argwhere(canvas._raster == 255).mean(0) + 0.5
    assert strongest[1] / width * 240 == pytest.approx(x + 0.5, abs=12)
    assert strongest[0] / height * 180 == pytest.approx(y + 0.5, abs=12)
    theory, box = canvas._marks[:2]
    assert theory.dashed and not box.dashed
    # Where a side is not cut at the border, the box is as far on both.
    if box.left > 0 and box.right < 1:
        assert (box.left + box.right) / 2 * 240 == pytest.approx(x + 0.5, abs=8)
    assert len(view.plot.curves()) == 2
    assert "px for ±2σ" in labs(opened).drawer.caption.text()
    opened.trigger("undo")
    opened.settled("lab")
    assert dict(opened.session.lab.values) == {}


def test_the_theoretical_field_grows_with_the_slider(opened):
    view = open_lab(opened, "receptive_field")
    click_pixel(opened, 120, 90)
    opened.bot.keyClick(view.steps.slider, Qt.Key.Key_Home)
    opened.settled("lab")
    first = opened.window.canvas._marks[0]
    assert "3 × 3 px" in labs(opened).drawer.caption.text()
    for _ in range(12):
        opened.bot.keyClick(view.steps.slider, Qt.Key.Key_Right)
    opened.settled("lab")
    later = opened.window.canvas._marks[0]
    assert later.right - later.left > first.right - first.left > 0
    assert dict(opened.session.lab.values)["layer"] == view.steps.step_name()


def test_rates_are_typed_and_taken(opened):
    view = open_lab(opened, "gridding")
    field = labs(opened)._form.row("rates")._field
    field.selectAll()
    opened.bot.keyClicks(field, "1, 2, x")
    opened.settled("lab")
    assert "“x” is not a rate." in labs(opened).drawer.caption.text()
    opened.bot.keyClick(field, Qt.Key.Key_Backspace)
    opened.bot.keyClicks(field, "9")
    opened.settled("lab")
    assert "21 of 25 cells" in labs(opened).drawer.caption.text()
    opened.bot.mouseClick(view.widest, Qt.MouseButton.LeftButton)
    opened.settled("lab")
    assert field.text() == "1, 3, 9"
    assert "every cell of the 27 × 27 field is read" in labs(opened).drawer.caption.text()


def test_a_rate_of_the_network_moves_field_and_grid(opened):
    """A rate in the model panel: rectangle, effective field and map follow."""
    open_lab(opened, "receptive_field")
    before = labs(opened).drawer.caption.text()
    trained = opened.results("network").trained
    session = opened.session.with_network("output_stride", 8, trained["output_stride"])
    opened.store.update(session)
    opened.settled("lab")
    assert labs(opened).drawer.caption.text() != before
    view = open_lab(opened, "gridding_seen")
    assert len(view.cosets.tiles()) == view.cosets._columns**2 > 1
    assert opened.window.canvas._raster is not None
