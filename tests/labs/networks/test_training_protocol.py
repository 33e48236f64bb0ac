"""The protocol's numbers, its rectangles on the photograph, and clicks on its curves."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.analysis.heads.valid_weights import shares, valid_taps
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


@pytest.fixture(scope="module")
def context():
    image = np.zeros((90, 120, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, 120)
    return LabContext(image=image)


def result(context, **values):
    (found,) = compute("training_protocol", values, context)
    return found


def test_views_lie_on_the_photograph(context):
    found = result(context, base=120 + 8, crop=97, seed=4)
    assert len(found.shown.tiles) == len(found.marks) == 6
    assert all(0 <= m.left < m.right <= 1 and 0 <= m.top < m.bottom <= 1 for m in found.marks)
    assert [m.dashed for m in found.marks] == [
        "mirrored" in tile.figures for tile in found.shown.tiles
    ]
    # Red grows to the right; a mirrored view has it the other way round.
    for mark, tile in zip(found.marks, found.shown.tiles, strict=True):
        middle = tile.picture[110, :, 0].astype(int)
        seen = middle[(tile.picture[110] != (124, 116, 104)).any(1)]
        assert (seen[2] > seen[-3]) == mark.dashed
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_a_photograph_smaller_than_the_crop_is_padded(context):
    found = result(context, base=128, crop=1025, smallest=1, largest=1, mirror=False)
    assert "scale 1.00 to 1.00" in found.caption and "0 mirrored" in found.caption
    assert found.shown.tiles[0].figures == "× 1.00\n99% padding"
    assert found.marks[0].left == 0 and found.marks[0].right == 1


def test_policies(context):
    found = result(context, part="learning rate", first_rate=0.01, iterations=1000, done=0.5)
    assert "poly 0.9 0.00536, step 0.001, cosine 0.005" in found.caption
    assert "0.5359" in found.formula and found.shown.current == 0.5


@pytest.mark.parametrize(("crop", "stride", "side"), [(513, 8, 65), (513, 16, 33), (321, 8, 41)])
def test_crop_and_rate_agree_with_the_valid_weights(context, crop, stride, side):
    found = result(context, part="crop and rate", crop=crop, output_stride=stride, rate=12)
    assert f"{side}×{side} cells" in found.caption
    assert f"{shares(side, 12)[9]:.1%} of the cells have all nine" in found.caption
    assert f"{valid_taps(side, 12).mean():.1f} of 9 on average" in found.caption


def test_auxiliary_weights_are_the_papers(context):
    found = result(context, part="auxiliary loss", alpha=0.3)
    assert found.caption.startswith("α 0.3: 37.01 measured; best α 0.4 with 37.23, +1.41")
    assert "not measured" in result(context, part="auxiliary loss", alpha=0.5).caption
    assert found.shown.curves[0][1] == (0, 0.3, 0.4, 0.6, 0.9)


@pytest.fixture
def view(qtbot):
    widget = lab_of("training_protocol").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.mark.parametrize(
    ("part", "x", "name", "value"),
    [
        ("learning rate", 6.0, "done", 0.2),
        ("crop and rate", 321.0, "crop", 321),
        ("auxiliary loss", 0.6, "alpha", 0.6),
    ],
)
def test_a_click_on_a_curve_sets_what_it_is_over(view, qtbot, context, part, x, name, value):
    view.show_result(result(context, part=part).shown)
    qtbot.wait(1)  # until the plot has its range
    box = view.plot.axes.view
    point = box.mapViewToScene(QPointF(x, np.mean(box.viewRange()[1])))
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert emitted.args[0] == name and emitted.args[2]
    assert emitted.args[1] == pytest.approx(value, rel=0.02)
    assert isinstance(emitted.args[1], type(value))
    # It is a value that the lab takes.
    assert result(context, part=part, **{name: emitted.args[1]}).shown.current > 0


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, qtbot, context, size):
    view.resize(*size)
    for part in ("views", "learning rate", "crop and rate", "auxiliary loss"):
        view.show_result(result(context, part=part).shown)
        assert not view.grab().isNull()
    view.show_result(None)
    with qtbot.assertNotEmitted(view.edited):
        view.plot.clicked.emit(1.0, 1.0)
    assert not view.grab().isNull()


def test_it_is_in_the_gallery():
    assert LABS["training_protocol"].needs == "image"


def test_the_mean_of_a_batch_scatters_with_one_over_the_root_of_its_crops(context):
    found = result(context, part="batch norm", crop=97, base=240, batch=16)
    measured, theory = found.shown.curves
    assert theory[2][0] == pytest.approx(measured[2][0])  # one crop each
    at = measured[1].index(16.0)
    assert measured[2][at] == pytest.approx(theory[2][15], rel=0.2)
    assert theory[2][15] == pytest.approx(theory[2][0] / 4)
    assert "of a batch of 16" in found.caption and "/ √16" in found.formula
    # A photograph of one colour has nothing to scatter.
    plain = LabContext(image=np.full((8, 8, 3), 7, np.uint8))
    assert "scatters by 0.0%" in result(plain, part="batch norm").caption
