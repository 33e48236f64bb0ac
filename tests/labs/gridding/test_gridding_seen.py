"""A known grid is measured as it is, remedies take it away, and what was before is said."""

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
from segviewer.widgets.grids.map_tiles import MapTiles


def line_of(table, name):
    """The switch of a remedy, and what stands beside it."""
    switch, title, _, *labels = table._lines[[row.name for row in table.rows()].index(name)]
    return switch, " · ".join(label.text() for label in (title, *labels) if label.text())


class TwoConfig(NetworkSettings):
    rate: int = control(2, kind="geometry", label="Rate", ge=1, le=4)
    num_classes: int = 2


class Two(Network):
    """A 1×1 and a dilated convolution: a delta comes out as a grid of nine places."""

    Config = TwoConfig

    def __init__(self, config=None):
        super().__init__(config or TwoConfig())
        r = self.config.rate
        self.first = nn.Conv2d(3, 2, 1, bias=False)
        self.dilated = nn.Conv2d(2, 2, 3, padding=r, dilation=r, bias=False)
        self.pooled = nn.AdaptiveAvgPool2d(1)
        nn.init.ones_(self.first.weight)
        nn.init.constant_(self.dilated.weight, 1 / 18)

    def features(self, image):
        maps = self.dilated(self.first(image))
        return {"out": maps + self.pooled(maps)}

    def head(self, features):
        return features["out"]


def two(**settings):
    return SimpleNamespace(
        network=Two(TwoConfig(**settings)).eval().requires_grad_(False),
        card=SimpleNamespace(
            architecture="two",
            title="Two",
            source="",
            weights="trained",
            preprocessing=Preprocessing(mean=(0, 0, 0), std=(1, 1, 1)),
        ),
    )


def striped(period, size=(36, 48)):
    """Bright every `period` columns and rows."""
    image = np.zeros((*size, 3), np.uint8)
    image[::period, ::period] = 255
    return image


def context_of(opened, image=None, memory=None, **more):
    return LabContext(
        image=striped(2) if image is None else image,
        opened=opened,
        memory={} if memory is None else memory,
        **more,
    )


def result(context, **values):
    (found,) = compute("gridding_seen", values, context)
    return found


def test_a_pure_grid_is_all_grid():
    found = result(context_of(two()), layer="first")
    name, share, words, before, theory = found.shown.bars[0]
    assert name == "coset energy, r = 2" and share == pytest.approx(1) and before is None
    assert found.shown.rate == 2 and len(found.shown.cosets) == 4
    assert "100.00% of the variance lies between the 4 cosets" in found.caption
    assert found.caption.endswith("Weights: trained.")
    # The bright places are one coset.
    assert sorted(int(c.min()) for c in found.shown.cosets) == [0, 0, 0, 255]
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_the_layer_and_the_period_are_the_dilated_ones_at_first():
    found = result(context_of(two(rate=3), striped(3)))
    assert found.shown.labels[found.shown.chosen] == "dilated" and found.shown.rate == 3
    assert "9 cosets of r = 3" in found.caption and "parity" in found.caption
    assert [bar[0] for bar in found.shown.bars][-1] == "parity energy, r = 2"
    assert result(context_of(two(rate=3)), period=4).shown.rate == 4
    # The pooled layer has no cells.
    assert found.shown.labels == ("first", "dilated")


def test_the_map_lies_over_the_photograph():
    image = np.zeros((36, 48, 3), np.uint8)
    image[10, 30] = 255
    found = result(context_of(two(), image), layer="first")
    assert found.raster.shape == (36, 48)
    # Where nearly all is dark, the scale leaves no light place out.
    image[8:14, 26:36] = 255
    found = result(context_of(two(), image), layer="first")
    assert (found.raster[8:14, 26:36] == 255).all() and found.raster[0, 0] == 0
    assert result(context_of(two()), given="noise").raster is None


@pytest.mark.parametrize("remedy", ["shared separable", "group interaction"])
def test_a_remedy_takes_the_grid_away_and_starts_as_nothing(remedy):
    context = context_of(two(), None)
    before = result(context, given="noise").shown.bars[0][1]
    context.image = np.random.default_rng(3).integers(0, 255, (36, 48, 3)).astype(np.uint8)
    remedied = result(context, given="noise", remedy=remedy)
    _, share, _, without, _ = remedied.shown.bars[0]
    assert without == pytest.approx(before) and share < without / 3
    assert (
        "Without the remedy" in remedied.caption and "The remedy is untrained" in remedied.caption
    )
    identity = result(context, given="noise", remedy=remedy, amount=0.0)
    assert identity.shown.bars[0][1] == pytest.approx(before, rel=1e-4)
    # And it is off again.
    again = result(context, given="noise")
    assert again.shown.bars[0][1] == before


def test_a_remedy_is_taken_off_when_nobody_waits():
    opened = two()

    def stop(module, inputs):
        raise Cancelled

    handle = opened.network.first.register_forward_pre_hook(stop)
    with pytest.raises(Cancelled):
        result(context_of(opened), remedy="shared separable")
    handle.remove()
    assert not opened.network.dilated._forward_pre_hooks


def test_what_was_before_is_said():
    memory = {}
    result(context_of(two(), memory=memory), given="noise")
    other = result(context_of(two(rate=4), memory=memory), given="noise", period=2)
    assert "Before (rate 2)" in other.caption
    assert other.shown.bars[0][3] is not None
    # Another period is another measure.
    assert "Before" not in result(context_of(two(rate=4), memory=memory), period=3).caption


@pytest.mark.parametrize("drawn", ["mean", "strongest", "most gridded", "channels"])
def test_every_map_can_be_drawn(drawn):
    found = result(context_of(two()), layer="first", drawn=drawn)
    assert len(found.shown.maps) == (2 if drawn == "channels" else 1)
    assert found.raster_name.startswith("first · ")


@pytest.mark.parametrize("given", ["step", "delta", "noise"])
def test_probes_show_the_grid(given):
    found = result(context_of(two(), np.zeros((36, 48, 3), np.uint8)), given=given)
    assert found.shown.spectrum.ndim == 2 and len(found.shown.rings) == 3
    if given == "delta":
        # A delta through one layer of rate 2: nine places, all of one coset.
        assert np.count_nonzero(found.shown.maps[0]) == 9


def test_a_period_of_1_is_no_grid_and_2_is_looked_at():
    found = result(context_of(two(rate=3)), period=1)
    assert found.shown.rate == 2 and "2 is looked at" in found.caption


def test_a_constant_map_and_a_period_too_long_are_said():
    black = np.zeros((36, 48, 3), np.uint8)
    assert "the map is constant" in result(context_of(two(), black)).caption
    small = result(context_of(two(), striped(2, (12, 12))), period=16)
    assert small.shown.maps == () and small.shown.labels == ("first", "dilated")
    assert "A grid of period 16 cannot be measured" in small.caption
    assert "Choose a smaller period" in small.caption


def test_a_rate_wider_than_the_map_gives_its_divisor():
    found = result(context_of(two(rate=4), striped(2, (7, 9))))
    assert found.shown.rate == 2 and found.caption.startswith("Rate 4 is too wide for the map")


def test_a_bundled_network_of_constant_rates(small_photograph):
    from PIL import Image

    opened = open_network("bundled:constant_rates_efficientnet_lite0_camvid")
    image = np.array(Image.open(small_photograph).resize((384, 288)))
    context = LabContext(image=image, opened=opened)
    found = result(context, layer="nowhere")
    assert found.caption.startswith("nowhere is not in this network")
    share, without = found.shown.bars[0][1], None
    assert share > 3 * found.shown.bars[1][1]  # white noise's
    remedied = result(context, remedy="shared separable")
    share, without = remedied.shown.bars[0][1], remedied.shown.bars[0][3]
    assert share < without / 3


# --- The drawing. ---


@pytest.fixture
def view(qtbot):
    widget = lab_of("gridding_seen").make_view()
    qtbot.addWidget(widget)
    widget.resize(1200, 320)
    widget.show_result(result(context_of(two()), drawn="channels").shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_maps_cosets_spectrum_and_measures_are_drawn(view):
    assert len(view.map.tiles()) == 2 and len(view.cosets.tiles()) == 4
    assert view.spectrum.words().startswith("spectrum · at 1/2")
    assert view.bars.rows()[1].dashed
    assert not view.grab().isNull()


def test_the_slider_chooses_a_layer(view, qtbot):
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.steps.slider, Qt.Key.Key_Left)
    assert emitted.args == ["layer", "first", True]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and view.map.tiles() == ()
    # Without a map the layers can still be chosen.
    view.show_result(result(context_of(two(), striped(2, (12, 12))), period=16).shown)
    assert view.steps.isEnabled() and view.steps.step_name() == "dilated"
    assert not view.grab().isNull()


def test_tiles_fill_their_rows(qtbot):
    tiles = MapTiles()
    qtbot.addWidget(tiles)
    tiles.resize(203, 120)
    tiles.set_tiles([np.zeros((10, 20), np.uint8)] * 4, 2, "four")
    first, second, third, _ = tiles.tile_areas()
    assert first.width() == 2 * first.height() and second.left() == first.right() + 3
    assert third.top() == first.bottom() + 3 and third.left() == first.left()
    assert tiles.toolTip() == "four"


def test_it_is_in_the_gallery():
    assert LABS["gridding_seen"].needs == "network" and torch.is_grad_enabled()


# --- Remedies as switches. ---

SEVEN, EIGHT = "backbone.layer7.0.relu#2", "backbone.layer8.0.relu#2"


@pytest.fixture(scope="module")
def narrow_drn():
    return open_network("bundled:drn_c_26_narrow_camvid")


@pytest.fixture
def small_street():
    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path

    with Image.open(sample_path("leuven_street")) as picture:
        return np.array(picture.convert("RGB").resize((240, 180)))


def looked_at(opened, image, **values):
    context = LabContext(image=image, opened=opened)
    values = {"looked_at": "remedies", "window": 8, "layer": EIGHT} | values
    return list(compute("gridding_seen", values, context))


def remedies_in(found):
    return {row.name: row for row in found.shown.remedies}


def test_each_remedy_has_its_number_without_and_with(narrow_drn, small_street):
    results = looked_at(narrow_drn, small_street)
    first, last = results[0], results[-1]
    # The switches come at once, the numbers one by one.
    assert not first.complete and all(row.without is None for row in first.shown.remedies)
    assert last.complete and len(results) == 6
    rows = remedies_in(last)
    on = {name for name, row in rows.items() if row.on}
    assert on == {"level_7", "level_8", "residual_free"}
    now = result(LabContext(image=small_street, opened=narrow_drn), window=8, layer=EIGHT)
    for name in on:
        assert rows[name].with_it.coset == pytest.approx(now.shown.bars[0][1])
        assert rows[name].said == "trained with it"
    for name in ("shared_separable", "group_interaction"):
        assert rows[name].without.coset == pytest.approx(now.shown.bars[0][1])
        assert rows[name].said == "untrained, 100% mean"
    # In the place of a level that is off stands the one before it.
    level_8 = rows["level_8"]
    assert (level_8.without.label, level_8.with_it.label) == (SEVEN, EIGHT)
    before = result(LabContext(image=small_street, opened=narrow_drn), window=8, layer=SEVEN)
    assert level_8.without.coset == pytest.approx(before.shown.bars[0][1])
    assert rows["fusion"].why_not == "No branches to fuse." and rows["fusion"].without is None
    assert narrow_drn.network.config.level_8


def test_levels_and_bare_shortcuts_take_the_grid_out_of_the_shipped_drn(narrow_drn, small_street):
    rows = remedies_in(looked_at(narrow_drn, small_street)[-1])
    for name in ("level_8", "residual_free"):
        assert rows[name].with_it.coset < 0.9 * rows[name].without.coset


@pytest.mark.parametrize("given", ["step", "delta", "noise"])
def test_remedies_are_measured_on_every_probe(narrow_drn, small_street, given):
    rows = remedies_in(looked_at(narrow_drn, small_street, given=given)[-1])
    assert all(row.measured for row in rows.values() if not row.why_not)
    assert rows["level_8"].without.coset >= 0


def test_the_identity_start_changes_no_number(narrow_drn, small_street):
    rows = remedies_in(looked_at(narrow_drn, small_street, amount=0.0)[-1])
    for name in ("shared_separable", "group_interaction"):
        assert rows[name].with_it.coset == pytest.approx(rows[name].without.coset, rel=1e-4)
        assert rows[name].said == "untrained, the identity"


def test_a_remedy_behind_the_layer_is_measured_where_it_ends(narrow_drn, small_street):
    rows = remedies_in(looked_at(narrow_drn, small_street, layer="backbone.layer5.0.conv1")[-1])
    assert rows["level_7"].with_it.label == SEVEN
    assert rows["shared_separable"].with_it.label == "backbone.layer5.0.conv1"


def test_pyramids_and_multi_grids_have_theirs(small_street):
    opened = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    image = np.repeat(np.repeat(small_street, 2, 0), 2, 1)
    rows = remedies_in(looked_at(opened, image, layer="", window=0)[-1])
    assert {n for n, row in rows.items() if not row.why_not} == {
        "multi_grid",
        "shared_separable",
        "group_interaction",
        "fusion",
    }
    assert rows["fusion"].rate == 6 and "project" in rows["fusion"].with_it.label
    assert rows["fusion"].with_it.coset != pytest.approx(rows["fusion"].without.coset, rel=1e-6)
    assert rows["fusion"].said == "trained without it"
    assert rows["multi_grid"].on and rows["multi_grid"].said == "trained with it"


def test_random_weights_are_said(small_street):
    opened = open_network("untrained:bundled:drn_c_26_narrow_camvid")
    rows = remedies_in(looked_at(opened, small_street)[0])
    assert rows["level_8"].said == "random weights"


def test_a_map_too_small_for_a_remedy_says_so(small_street):
    opened = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    results = looked_at(opened, small_street[:120, :160], layer="", window=0)
    fusion = remedies_in(results[-1])["fusion"]
    assert fusion.said.startswith("A grid of period 6 cannot be measured on this map.")
    assert fusion.with_it is None and fusion.measured and results[-1].complete


def test_switches_ask_for_what_they_say(qtbot, narrow_drn, small_street):
    widget = lab_of("gridding_seen").make_view()
    qtbot.addWidget(widget)
    widget.resize(1000, 260)
    widget.show_result(looked_at(narrow_drn, small_street)[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    table = widget.remedies
    assert table.isVisible() and not widget.bars.isVisible()
    assert (
        "Degridding level 8" in line_of(table, "level_8")[1] and "→" in line_of(table, "level_8")[1]
    )
    assert line_of(table, "hybrid_rates")[1].endswith("Only HDC-DUC has them.")
    assert not line_of(table, "hybrid_rates")[0].isEnabled()
    with qtbot.waitSignal(widget.asked) as emitted:
        qtbot.mouseClick(line_of(table, "level_8")[0], Qt.MouseButton.LeftButton)
    assert emitted.args == [{"network": {"level_8": False}}]
    with qtbot.waitSignal(widget.asked) as emitted:
        qtbot.keyClick(line_of(table, "residual_free")[0], Qt.Key.Key_Space)
    assert emitted.args == [{"network": {"residual": True}}]
    with qtbot.waitSignal(widget.edited) as emitted:
        qtbot.mouseClick(line_of(table, "group_interaction")[0], Qt.MouseButton.LeftButton)
    assert emitted.args == ["remedy", "group interaction", True]
    widget.show_result(result(context_of(two())).shown)
    assert widget.bars.isVisible() and not table.isVisible()
