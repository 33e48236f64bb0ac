"""What is lost by stride, said and drawn; the way back costs what the closed forms say."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

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
        network=network,
        card=SimpleNamespace(
            preprocessing=SimpleNamespace(normalise=fail), label_set="", colours=()
        ),
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
    box = view.plot.axes.view
    scene = box.mapViewToScene(QPointF(np.log10(15), 0.1))
    place = view.plot.mapFromScene(scene)
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert found == [("stride", 16, True)]
    costs = view.costs.costs()
    assert tuple((one.name, *one.words) for one in costs) == shown.costs
    assert view.plot.isVisible() and not view.costs.isVisible()
    curve = view.plot.curves()[1]
    assert curve.name == "everywhere"
    assert curve.y == pytest.approx([100 * share for share in shown.everywhere])
    for size in ((160, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()


def test_what_is_lost_is_white_on_each_map():
    found = result(stride=8)
    shown = found.shown
    white = [(one == 255).all(2) for one in shown.pictures]
    assert not white[0].any()  # nothing is lost at stride 1
    assert shown.pictures[3].shape == (32, 64, 3)  # the photograph is no larger
    np.testing.assert_array_equal(white[3], found.label_map != context().probs.argmax(0))
    assert white[3].mean() == pytest.approx(shown.everywhere[3])
    np.testing.assert_array_equal(shown.picture, shown.pictures[3])


@pytest.fixture
def view(qtbot):
    widget = LAB.make_view()
    qtbot.addWidget(widget)
    widget.resize(1100, 260)
    widget.show_result(result(stride=8, beside="costs").shown)
    widget.show()
    qtbot.waitExposed(widget)
    widget.found = []
    widget.edited.connect(lambda *args: widget.found.append(args))
    return widget


def test_the_stack_is_scrolled_clicked_and_gone_through_by_keys(view, qtbot):
    stack = view.stack
    corner = stack.sheet(5).topRight().toPoint() + QPoint(-3, 3)
    assert stack.stride_at(QPointF(corner)) == 32
    qtbot.mouseClick(stack, Qt.MouseButton.LeftButton, pos=corner)
    qtbot.keyClick(stack, Qt.Key.Key_Up)
    qtbot.keyClick(stack, Qt.Key.Key_Down)
    at = QPointF(20, 20)
    for turn in (60, 60, -120):  # half a notch is none
        wheel = QWheelEvent(
            at,
            stack.mapToGlobal(at),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(stack, wheel)
    assert view.found == [("stride", s, True) for s in (32, 16, 4, 16, 4)]
    assert stack.places_of("white: lost") and stack.places_of("1/32")
    qtbot.mouseClick(stack, Qt.MouseButton.LeftButton, pos=QPoint(3, 60))
    assert len(view.found) == 5  # the large map is no sheet


def test_costs_are_pairs_of_bars(view):
    shown = result(stride=8, beside="costs").shown
    assert view.costs.isVisible() and not view.plot.isVisible()
    for _, *words in shown.costs:
        assert all(view.costs.places_of(one.strip()) for one in words)
    more, less = (view.costs.places_of(one.strip())[0] for one in shown.costs[0][1:])
    assert shown.numbers[0][0] > shown.numbers[0][1] and more.left() > less.left()
