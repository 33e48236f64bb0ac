"""The published sizes stand in the lab's words, on its rectangle and in its drawing."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from torch import nn

from segviewer.checkpoints.detection import build_without_numbers
from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext
from segviewer.networks import network_class
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings


def opened(architecture: str, preset: str, **settings):
    network_type = network_class(architecture)
    config = network_type.Config(**{**network_type.presets[preset], **settings})
    return SimpleNamespace(
        network=build_without_numbers(architecture, config),
        card=SimpleNamespace(architecture=architecture),
    )


def result(network, values=(), size=(480, 640), memory=None):
    context = LabContext(
        image=np.zeros((*size, 3), np.uint8),
        opened=network,
        memory={} if memory is None else memory,
    )
    (found,) = compute("receptive_field", dict(values), context)
    return found


@pytest.fixture(scope="module")
def drn():
    return opened("drn", "DRN-C-26")


@pytest.fixture(scope="module")
def lite():
    return open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")


@pytest.mark.parametrize(
    ("architecture", "preset", "layer", "size"),
    [
        ("drn", "DRN-C-26", "seg (Conv2d)", 581),
        ("drn", "DRN-A-18", "seg (Conv2d)", 355),
        ("res_net", "ResNet-50", "features[out] (features)", 427),
    ],
)
def test_published_sizes_are_said(architecture, preset, layer, size):
    found = result(opened(architecture, preset), {"layer": layer.partition(" ")[0]})
    assert f"{layer}: {size} × {size} px" in found.caption
    assert found.shown.sizes[found.shown.chosen] == size
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_the_rectangle_lies_about_the_clicked_pixel(drn):
    found = result(drn, {"layer": "seg", "column": 0.5, "row": 0.5}, (1200, 1000))
    (mark,) = found.marks
    assert mark.dashed and mark.tone == "r" and mark.text == "581 × 581 px"
    width = (mark.right - mark.left) * 1000
    height = (mark.bottom - mark.top) * 1200
    assert (round(width), round(height)) == (581, 581)
    # A unit lies within half a jump of the click.
    assert (mark.left + mark.right) / 2 * 1000 == pytest.approx(500, abs=4.5)
    assert (mark.top + mark.bottom) / 2 * 1200 == pytest.approx(600, abs=4.5)


def test_a_field_beyond_the_picture_is_cut_and_said(drn):
    found = result(drn, {"layer": "seg", "column": 0.0, "row": 1.0})
    (mark,) = found.marks
    assert mark.left == 0 and mark.bottom == 1 and mark.text.endswith("cut at the border")
    assert 0 < mark.right < 0.5
    large = result(drn, {"layer": "seg"}, (90, 120))
    assert "more than the picture" in large.caption
    assert [(m.left, m.top, m.right, m.bottom) for m in large.marks] == [(0, 0, 1, 1)]


def test_global_pooling_sees_the_whole_picture_and_can_be_left_out(lite):
    with_pooling = result(lite, {"layer": "scores"})
    assert "the whole picture through global pooling, 1,779 × 1,779 px" in with_pooling.caption
    assert [m.text for m in with_pooling.marks] == ["whole picture, by global pooling"]
    without = result(lite, {"layer": "scores", "global_paths": False})
    assert "1,779 × 1,779 px, global pooling left out" in without.caption
    only = result(lite, {"layer": "classifier.0.convs.4.1", "global_paths": False})
    assert "the whole picture, on every path through global pooling" in only.caption
    assert only.marks == ()


def test_the_formula_is_that_of_the_layer(drn):
    first = result(drn, {"layer": result(drn).shown.labels[0]})
    assert "1 + (7 − 1) · 1 · 1 = <b>7</b>" in first.formula
    dilated = next(n for n, m in drn.network.named_modules() if getattr(m, "dilation", 1) == (4, 4))
    found = result(drn, {"layer": dilated})
    size = found.shown.sizes[found.shown.chosen]
    assert f"{size - 64} + (3 − 1) · 4 · 8 = <b>{size}</b>" in found.formula


def test_layers_are_traced_once_for_each_setting(drn, monkeypatch):
    from segviewer.analysis.receptive_fields import theoretical_receptive_field

    calls, trace = [], theoretical_receptive_field.trace
    monkeypatch.setattr(
        theoretical_receptive_field, "trace", lambda *a, **k: calls.append(1) or trace(*a, **k)
    )
    memory = {}
    for column in (0.1, 0.6, 0.9):
        result(drn, {"column": column}, memory=memory)
    assert len(calls) == 1
    other = opened("drn", "DRN-C-26", dilation=(1, 1))
    assert result(other, {"layer": "features[out]"}, memory=memory).shown.sizes != (
        result(drn, {"layer": "features[out]"}, memory=memory).shown.sizes
    )
    assert len(calls) == 2


def test_a_layer_that_is_not_there_is_said(drn):
    found = result(drn, {"layer": "aspp.convs.9"})
    assert found.caption.startswith("aspp.convs.9 is not in this network")
    assert found.shown.labels[found.shown.chosen] == "picture"


class Flat(Network):
    """A map, then one row of numbers for the whole picture."""

    Config = NetworkSettings

    def __init__(self):
        super().__init__(NetworkSettings())
        self.first, self.flat = nn.Conv2d(3, 2, 3, padding=1), nn.Flatten()

    def features(self, image):
        return {"out": self.first(image)}

    def head(self, features):
        return self.flat(features["out"]).mean(1)[:, None, None, None].expand(-1, 2, -1, -1)


@pytest.mark.parametrize("lab", ["receptive_field", "effective_field", "gridding_seen"])
def test_a_layer_without_places_is_said(lab):
    card = SimpleNamespace(
        architecture="flat",
        title="Flat",
        source="",
        weights="random",
        preprocessing=Preprocessing(),
    )
    opened = SimpleNamespace(network=Flat().eval().requires_grad_(False), card=card)
    image = np.random.default_rng(0).integers(0, 255, (12, 16, 3)).astype(np.uint8)
    found = list(compute(lab, {"layer": "flat"}, LabContext(image=image, opened=opened)))[-1]
    said = "flat (Flatten) has no cells: one output for the whole picture."
    if lab != "receptive_field":
        said = "flat is not in this network, does not run, or has no cells"
    assert found.caption.startswith(said)


def test_a_network_that_cannot_be_traced_says_why(drn, monkeypatch):
    from segviewer.analysis.receptive_fields import theoretical_receptive_field as module

    def fail(*args, **kwargs):
        raise module.UntraceableError("No field.", "sort moves places.", "Choose another.")

    monkeypatch.setattr(module, "trace", fail)
    found = result(drn)
    assert found.shown is None and found.caption == "No field. sort moves places. Choose another."


def test_nobody_waits_any_more(drn):
    def check():
        raise Cancelled

    context = LabContext(image=np.zeros((48, 64, 3), np.uint8), opened=drn, check=check)
    with pytest.raises(Cancelled):
        next(compute("receptive_field", {}, context))


# --- The drawing. ---


@pytest.fixture
def view(qtbot, drn):
    widget = lab_of("receptive_field").make_view()
    qtbot.addWidget(widget)
    widget.resize(1000, 300)
    widget.show_result(result(drn, {"layer": "features[out]"}).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def place_of(view, index):
    box = view.plot.axes.view
    sizes = view.plot.curves()[0].y
    return box.mapViewToScene(QPointF(index + 1, sizes[index]))


def test_a_point_says_its_layer_and_a_click_chooses_it(view, qtbot, drn):
    shown = result(drn).shown
    point = place_of(view, 20)
    assert view.plot.reading(point) == f"{shown.labels[20]}: {shown.sizes[20]} px"
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())
    name, label, finished = emitted.args
    assert name == "layer" and finished and abs(shown.labels.index(label) - 20) <= 1


def test_the_slider_steps_through_the_layers(view, qtbot, drn):
    shown = result(drn).shown
    assert view.steps.step_name() == "features[out]"
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.steps.slider, Qt.Key.Key_Left)
    before = shown.labels[shown.labels.index("features[out]") - 1]
    assert emitted.args == ["layer", before, True]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull()
    view.plot.clicked.emit(3.0, 3.0)  # no layer to choose


def test_it_is_in_the_gallery():
    entry = LABS["receptive_field"]
    assert entry.needs == "network" and lab_of("receptive_field").picks == ("column", "row")
