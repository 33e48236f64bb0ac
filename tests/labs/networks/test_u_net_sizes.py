"""The paper's sizes stand in the drawing; other pictures say what fits."""

from __future__ import annotations

import pickle

import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("u_net_sizes", values, LabContext())
    return found


def test_the_paper_and_a_picture_that_does_not_fit():
    found = result()
    assert found.caption.startswith("572 px in, 388 px out (46% of the area), 92 px lost")
    assert "572 mod 16 = 12, wanted 12: fits" in found.formula
    assert (found.shown.before, found.shown.after) == (556, 588)
    assert pickle.loads(pickle.dumps(found)).shown == found.shown
    odd = result(side=573)
    assert "573 px does not fit: 569 rows at level 0 are odd" in odd.caption
    assert odd.caption.endswith("nearest that fit: 572 and 588")


def test_padded_takes_all_and_says_what_it_pads():
    found = result(form="padded", side=365)
    assert "365 px out" in found.caption and "3 maps are padded" in found.caption
    assert (found.shown.before, found.shown.after) == (352, 368)
    assert "every map fits its skip" in result(form="padded", side=352).caption
    assert "does not go through" in result(form="padded", side=3).caption


def test_the_tile_that_is_read_to_answer_a_picture():
    shown = result(side=500).shown
    assert shown.near == 92 and shown.whole == 500 + shown.near + shown.far == 684
    assert result(side=500, form="padded").shown.near == 0


@pytest.mark.parametrize("side", [1, 5, 17, 187, 1024])
@pytest.mark.parametrize("depth", [1, 3, 5])
@pytest.mark.parametrize("form", ["valid", "padded"])
def test_every_setting_has_words(side, depth, form):
    found = result(side=side, depth=depth, form=form)
    assert found.caption and found.formula and 0 <= found.shown.before < side


@pytest.fixture
def view(qtbot):
    widget = lab_of("u_net_sizes").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(result(side=573).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_button_goes_to_a_size_that_fits(view, qtbot):
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.smaller, Qt.MouseButton.LeftButton)
    assert emitted.args == ["side", 572, True]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.larger, Qt.MouseButton.LeftButton)
    assert emitted.args == ["side", 588, True]


def test_every_map_is_read(view):
    boxes = view.drawing.boxes()
    assert len(boxes) == 9
    area = next(area for area, step, rising in boxes if rising and step.level == 0)
    said = view.drawing.reading(area.center())
    assert said.startswith("level 0, way up: 392 → 390 → 388, 64 channels")
    assert "569 is cropped to 392" in said
    assert view.drawing.reading(QPointF(-5, -5)) == ""


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size, qtbot):
    view.resize(*size)
    for values in ({"side": 2}, {"depth": 5}, {"form": "padded", "side": 7}):
        view.show_result(result(**values).shown)
        assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and not view.smaller.isEnabled()


def test_it_is_in_the_gallery():
    assert LABS["u_net_sizes"].needs == "nothing"
