"""A pixel is clicked and its effective field lies about it; sizes, means and comparisons."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from torch import nn

from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control
from segviewer.widgets.charts.size_bars import SizeBars, SizeRow


class StackConfig(NetworkSettings):
    rate: int = control(1, kind="geometry", label="Rate", ge=1, le=4)
    num_classes: int = 2


class Stack(Network):
    """Five uniform 3×3 convolutions of one rate: FACTS §16's golden numbers."""

    Config = StackConfig

    def __init__(self, config=None):
        super().__init__(config or StackConfig())
        r = self.config.rate
        self.first = nn.Conv2d(3, 1, 1, bias=False)
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 1, 3, padding=r, dilation=r, bias=False) for _ in range(5))
        )
        self.classifier = nn.Conv2d(1, 2, 1)
        for conv in (self.first, *self.layers, self.classifier):
            nn.init.constant_(conv.weight, 1 / conv.weight[0].numel())
        nn.init.zeros_(self.classifier.bias)
        with torch.no_grad():
            self.classifier.weight[1] *= 2
        self.runs = 0

    def features(self, image):
        self.runs += 1
        return {"out": self.layers(self.first(image))}

    def head(self, features):
        return self.classifier(features["out"])


def stack(**settings):
    return SimpleNamespace(
        network=Stack(StackConfig(**settings)).eval().requires_grad_(False),
        card=SimpleNamespace(
            architecture="stack", title="Stack", source="", preprocessing=Preprocessing()
        ),
    )


def context_of(opened, size=(61, 81), memory=None, value=200, **more):
    return LabContext(
        image=np.full((*size, 3), value, np.uint8),
        opened=opened,
        classes=("road", "sky"),
        memory={} if memory is None else memory,
        **more,
    )


def results(context, **values):
    return list(compute("effective_field", values, context))


def result(context, **values):
    return results(context, **values)[-1]


def test_five_uniform_layers_have_the_published_size():
    found = result(context_of(stack()))
    area, box, two_sigma = found.shown.now.sizes
    assert area == pytest.approx(8.307, abs=1e-3)
    assert box == 9
    # The fit is not the moment: a sum of five boxes is no exact Gaussian.
    assert two_sigma == pytest.approx(4 * 1.8257, rel=0.05)
    assert found.shown.theoretical == 11 and not found.shown.whole
    assert "8.3 px above 4.55 %" in found.caption
    assert "9 px for 95.45% of the mass, 81.8% of the theory (11 px)" in found.caption
    assert found.complete and pickle.loads(pickle.dumps(found)).raster.shape == (61, 81)


@pytest.mark.parametrize(("column", "row", "x", "y"), [(0.5, 0.5, 40, 30), (0.2, 0.8, 16, 48)])
def test_the_field_lies_about_the_clicked_pixel(column, row, x, y):
    found = result(context_of(stack()), column=column, row=row)
    strongest = np.argwhere(found.raster == 255)
    assert tuple(strongest.mean(0)) == (y, x) and found.raster[y, x] == 255
    theory, box, oval = found.marks
    assert theory.dashed and not box.dashed and oval.oval
    assert (theory.left * 81, theory.right * 81) == pytest.approx((x - 5, x + 6))
    assert (box.top * 61, box.bottom * 61) == pytest.approx((y - 4, y + 5))
    assert (oval.left + oval.right) / 2 * 81 == pytest.approx(x + 0.5, abs=1e-3)
    # The profile has its peak at the unit.
    assert found.shown.now.offsets[found.shown.now.values.argmax()] == 0


def test_the_class_is_the_one_that_wins_there():
    assert "class sky" in result(context_of(stack())).caption
    # Negative scores: half of them is the larger one.
    assert "class road" in result(context_of(stack(), value=0)).caption
    assert "channel 0" in result(context_of(stack()), of="one", layer="layers.2").caption
    assert "all channels" in result(context_of(stack()), layer="layers.2").caption
    assert "class sky" in result(context_of(stack()), of="one", channel=999).caption


def test_a_layer_deeper_in_sees_less():
    opened = stack()
    sides = [result(context_of(opened), layer=f"layers.{n}").shown.theoretical for n in range(5)]
    assert sides == [3, 5, 7, 9, 11]


def test_a_second_click_costs_no_forward_pass():
    opened, memory = stack(), {}
    result(context_of(opened, memory=memory))
    before = opened.network.runs
    result(context_of(opened, memory=memory), column=0.3)
    assert opened.network.runs == before
    result(context_of(opened, memory=memory, value=90), column=0.3)  # another picture
    assert opened.network.runs > before


def test_the_field_before_lies_under_the_present_one():
    opened, memory = stack(), {}
    first = result(context_of(opened, memory=memory), compare=True)
    assert first.shown.before is None and "no field of other settings yet" in first.caption
    other = stack(rate=2)
    second = result(context_of(other, memory=memory), compare=True)
    assert second.shown.before.said == "rate 1"
    np.testing.assert_array_equal(second.shown.before.values, first.shown.now.values)
    assert second.shown.theoretical == 21
    # Looking at it otherwise changes neither.
    third = result(context_of(other, memory=memory), compare=True, line="down", share=0.5)
    assert third.shown.before.said == "rate 1"
    hidden = result(context_of(other, memory=memory))
    assert hidden.shown.before is None


def test_a_mean_grows_and_is_not_made_again():
    emitted, memory = [], {}
    context = context_of(stack(), (21, 25), memory, progressed=emitted.append)
    found = results(context, over="random pictures", samples=4)
    assert [r.complete for r in found] == [False, False, False, True]
    assert emitted == [0.25, 0.5, 0.75, 1.0]
    assert "mean of 4 of 4 noise pictures" in found[-1].caption
    # Linear: every picture has the same gradient.
    np.testing.assert_array_equal(found[0].raster, found[-1].raster)
    again = results(context, over="random pictures", samples=4, share=0.8)
    assert len(again) == 1 and again[0].complete


def test_drawn_weights_and_random_weights():
    opened = stack()
    drawn = results(context_of(opened, (21, 25)), over="random weights", samples=2)
    assert len(drawn) == 2 and "mean of 2 of 2 drawn weights" in drawn[-1].caption
    opened.network.first.weight.zero_()
    dead = result(context_of(opened))
    assert dead.caption.endswith("or their weights are 0.") and not dead.raster.any()
    alive = result(context_of(opened), weights="random")
    assert alive.raster.any() and "random weights" in alive.caption


def test_nobody_waits_for_the_rest_of_a_mean():
    seen = []

    def check():
        if len(seen) == 2:
            raise Cancelled

    context = context_of(stack(), (21, 25), check=check)
    with pytest.raises(Cancelled):
        seen.extend(
            r
            for r in compute("effective_field", {"over": "random pictures"}, context)
            if seen.append(r) or False
        )
    assert len(seen) == 2


def test_global_pooling_and_a_missing_layer_are_said(small_photograph):
    from PIL import Image

    opened = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    image = np.array(Image.open(small_photograph))
    context = LabContext(image=image, opened=opened, classes=tuple(opened.card.classes))
    found = result(context, layer="nowhere", column=0.25, row=0.75)
    assert found.caption.startswith("nowhere is not in this network")
    assert found.shown.whole and found.shown.theoretical == 1779
    assert found.marks[0].text == "theory: whole picture"
    y, x = np.unravel_index(found.raster.argmax(), found.raster.shape)
    assert abs(x - 24) < 16 and abs(y - 54) < 16
    assert all(label in found.shown.labels for label in ("scores", "picture", "features[out]"))


# --- The drawing. ---


@pytest.fixture
def view(qtbot):
    widget = lab_of("effective_field").make_view()
    qtbot.addWidget(widget)
    widget.resize(1000, 300)
    widget.show_result(result(context_of(stack())).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_profile_fit_and_sizes_are_drawn(view):
    profile, fit = view.plot.curves()
    assert not profile.dashed and fit.dashed and len(profile.x) == 81
    assert [row.length for row in view.bars.rows()][1:] == [9, pytest.approx(7.3, rel=0.05), 11]
    assert view.bars.rows()[-1].dashed and "81.8%" in view.bars.rows()[1].words


def test_before_is_drawn_and_named(view):
    memory = {}
    result(context_of(stack(), memory=memory))
    view.show_result(result(context_of(stack(rate=2), memory=memory), compare=True).shown)
    assert [curve.name for curve in view.plot.curves()] == ["", "", "before"]
    assert view.bars.rows()[1].before == 9
    assert view.bars.rows()[-1].words == "rate 1"
    assert not view.grab().isNull()


def test_the_slider_chooses_a_layer(view, qtbot):
    assert view.steps.step_name() == "picture"
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.steps.slider, Qt.Key.Key_Home)
    assert emitted.args == ["layer", "first", True]


@pytest.mark.parametrize("size", [(50, 30), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert view.plot.curves() == () and not view.grab().isNull()


def test_bars_are_as_long_as_their_numbers(qtbot):
    bars = SizeBars()
    qtbot.addWidget(bars)
    bars.resize(402, 88)
    bars.set_rows([SizeRow("a", 10, "10 px"), SizeRow("b", 20, "20 px"), SizeRow("c", None, "–")])
    picture = bars.grab().toImage()
    empty = picture.pixelColor(1, 87)
    row = 88 // 3 - 6

    def length(top):
        return sum(picture.pixelColor(x, top + row) != empty for x in range(402))

    assert length(0) == pytest.approx(length(88 // 3) / 2, abs=4)
    assert bars.toolTip() == "a: 10 px\nb: 20 px\nc: –"


def test_it_is_in_the_gallery():
    assert LABS["effective_field"].needs == "network"
    assert lab_of("effective_field").picks == ("column", "row")
