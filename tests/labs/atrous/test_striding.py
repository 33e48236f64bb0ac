"""What is lost by stride, said and drawn; the way back costs what the closed forms say."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.labs import compute
from segviewer.labs.atrous.striding import LAB, _share_changed
from segviewer.labs.lab import LabContext


def context(**more):
    """Two classes, their outline between columns 34 and 35."""
    first = 1 / (1 + np.exp((np.arange(64) - 34.5) * 0.4))
    probs = np.repeat(np.stack([first, 1 - first])[:, None], 32, axis=1).astype(np.float32)
    return LabContext(image=np.zeros((32, 64, 3), np.uint8), probs=probs, **more)


def result(given=None, **values):
    return list(compute("striding", values, given or context()))[-1]


def test_what_is_lost_by_closed_form():
    found = result(stride=8, band=3)
    # The outline moves by three columns, to the grid: half of the six columns near it.
    assert "4.69% of the pixels change label, 50.0% within 3 px" in found.caption
    assert (found.label_map.argmax(1) == 32).all()
    assert found.shown.everywhere[0] == 0 and found.shown.strides == (1, 2, 4, 8, 16, 32)
    # A straight line between the samples finds the outline again.
    assert result(what="scores", stride=8).label_map.argmax(1)[0] == 35
    assert found.raster_name == "labels at 1/8 and back"


def test_costs_are_counted():
    found = result(stride=4, channels=10)
    # A map of 4 by 8: (9 + 4·16)·100 weights, at 1·2 places.
    assert found.shown.costs[0] == ("parameters", "7.3 k", "900 ")
    assert found.shown.costs[1] == ("multiply-adds", "14.6 k", "28.8 k")
    assert "(9 + 64) · 10² · 1 · 2" in found.formula


def test_a_target_mask_is_taken_or_asked_for():
    missing = result(what="target mask")
    assert missing.shown is None and "no target mask" in missing.caption
    target = np.zeros((10, 20), np.uint8)
    target[:, 9:] = 3
    found = result(context(target=target), what="target mask", stride=4)
    assert found.label_map.shape == (10, 20)
    assert "5.00% of the pixels" in found.caption  # one column of twenty


def test_only_a_new_photograph_is_scaled_anew():
    given = context()
    first = result(given)
    kept = given.memory["scaled"]
    assert result(given, band=9, stride=32).shown.near != first.shown.near
    assert given.memory["scaled"] is kept
    result(given, what="scores")
    assert given.memory["scaled"] is not kept


def test_it_can_be_left():
    def leave():
        raise Cancelled

    with pytest.raises(Cancelled):
        result(context(check=leave))


def test_the_middle_half_is_compared_where_it_was_moved_to():
    plain = np.arange(64)[None].repeat(8, 0)
    assert _share_changed(plain, np.roll(plain, 5, axis=1), 5) == 0
    assert _share_changed(plain, plain, 5) == 1
    assert _share_changed(plain[:, :2], plain[:, :2], 16) == 0


def test_the_network_runs_on_a_shifted_photograph_once():
    opened = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    runs = []
    network = opened.network
    head = network.head
    network.head = lambda features: runs.append(1) or head(features)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    probs = rng.dirichlet(np.ones(11), (64, 96)).transpose(2, 0, 1).astype(np.float32)
    given = LabContext(image=image, probs=np.ascontiguousarray(probs), opened=opened)
    grown = list(compute("striding", {}, given))
    assert [one.complete for one in grown] == [False, True]
    assert "by 1 px" in grown[-1].caption and "by 16 px (its output stride)" in grown[-1].caption
    assert len(runs) == 3
    result(given, stride=2)
    assert len(runs) == 3


def test_a_network_that_cannot_run_so_is_said():
    def fail(images):
        raise RuntimeError("no room")

    network = SimpleNamespace(
        config=SimpleNamespace(output_stride=8),
        framing=fail,
        features=fail,
        head=fail,
        parameters=lambda: iter([SimpleNamespace(device="cpu")]),
    )
    opened = SimpleNamespace(
        network=network, card=SimpleNamespace(preprocessing=SimpleNamespace(normalise=fail))
    )
    assert "could not run" in result(context(opened=opened)).caption


def test_a_click_on_the_plot_chooses_a_stride(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1100, 240)
    view.show_result(None)
    view.show()
    shown = result().shown
    view.show_result(shown)
    qtbot.waitExposed(view)
    found = []
    view.edited.connect(lambda *args: found.append(args))
    box = view.plot.getPlotItem().getViewBox()
    scene = box.mapViewToScene(QPointF(np.log10(15), 0.1))
    place = view.plot.mapFromScene(scene)
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert found == [("stride", 16, True)]
    assert view.table.rows() == shown.costs
    curve = view.plot.curves()[1]
    assert curve.name == "everywhere"
    assert curve.y == pytest.approx([100 * share for share in shown.everywhere])
    for size in ((160, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
