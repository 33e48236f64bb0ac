"""Looking inside a network: right values, only when asked, never another setting's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segviewer.analysis.networks.activations import (
    MEAN,
    STRONGEST,
    activation_of,
    as_raster,
    over_picture,
)
from segviewer.analysis.networks.network_card import network_card
from segviewer.engine.stages import stage_key
from segviewer.layers.framing import run_features
from segviewer.networks import network_class

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
BACKBONE, BRANCH = "backbone.stages.2", "classifier.0.convs.1"
TRAINED = (6, 12, 18)


def looking(session, layer, channel=MEAN):
    return session.changed(overlay=session.overlay.changed(activation=layer, channel=channel))


def by_hand(run, layer):
    """The layer's map, kept by a hook of the test."""
    opened = run.executor.cache["network"].value
    kept = []
    module = opened.network.get_submodule(layer)
    hook = module.register_forward_hook(lambda m, i, output: kept.append(output.clone()))
    image = run.executor.cache["image"].value.levels[0]
    with torch.inference_mode():
        opened.network(torch.from_numpy(opened.card.preprocessing.normalise(image))[None])
    hook.remove()
    return kept[0][0].numpy()


def test_nothing_runs_inside_unless_asked(run, session):
    assert not {"card", "activation"} & set(run(session))
    assert not {"card", "activation"} & set(run.finished)
    run.asked = frozenset({"card"})
    assert run(session) == ["card"]
    assert run(session) == []
    run.asked = frozenset()
    run.finished.clear()
    run(session.with_network("output_stride", 8, 16))
    assert "card" not in run.finished


@pytest.mark.parametrize("layer", [BACKBONE, BRANCH])
def test_a_layer_is_what_a_hook_sees(run, session, layer):
    run(looking(session, layer))
    mean, maps = run.result("activation"), by_hand(run, layer)
    expected = np.abs(maps).mean(0)
    assert mean.size == mean.raster.shape == expected.shape
    assert (mean.layer, mean.channels, mean.channel) == (layer, len(maps), MEAN)
    assert (mean.low, mean.high) == (0, pytest.approx(expected.max(), rel=1e-4))
    np.testing.assert_allclose(mean.raster, expected / expected.max() * 255, atol=0.51)

    run(looking(session, layer, STRONGEST))
    strongest = run.result("activation")
    assert strongest.channel == np.abs(maps).mean((1, 2)).argmax()
    own = maps[strongest.channel]
    assert strongest.low == pytest.approx(own.min(), abs=1e-4)
    assert strongest.high == pytest.approx(own.max(), rel=1e-4)

    run(looking(session, layer, 3))
    third, step = run.result("activation"), np.ptp(maps[3]) / 255
    np.testing.assert_allclose(third.raster * step, maps[3] - maps[3].min(), atol=0.51 * step)
    # A number that this layer does not have is its last.
    run(looking(session, layer, 10**6))
    assert run.result("activation").channel == len(maps) - 1


def test_a_layer_of_the_head_runs_the_head_alone(run, session):
    run.asked = frozenset({"card"})  # listing the layers runs them too, without numbers
    run(session)
    opened = run.executor.cache["network"].value
    ran = []
    hook = opened.network.backbone.register_forward_pre_hook(lambda *rest: ran.append(1))
    assert run(looking(session, BRANCH)) == ["activation"]
    assert ran == []
    assert run(looking(session, BACKBONE)) == ["activation"]
    assert ran == [1]
    hook.remove()


def test_the_key_feels_what_the_layer_feels(session):
    base = looking(session, BACKBONE)
    moved = base.with_network("output_stride", 8, 16)
    for other in (moved, looking(base, BRANCH), looking(base, BACKBONE, 3)):
        assert stage_key(other, "activation") != stage_key(base, "activation")
    assert stage_key(moved, "card") != stage_key(base, "card")
    for part, values in (
        ("crf", {"enabled": True}),
        ("overlay", {"opacity": 0.1}),
        ("inference", {"flip": True}),
        ("inference", {"device": "auto"}),
    ):
        same = base.changed(**{part: getattr(base, part).changed(**values)})
        for stage in ("activation", "card"):
            assert stage_key(same, stage) == stage_key(base, stage)
    assert stage_key(looking(base, BRANCH), "card") == stage_key(base, "card")


def test_rates_move_the_branch_and_the_card(run, session):
    run.asked = frozenset({"card"})
    base = looking(session, BRANCH)
    run(base)
    before, card = run.result("activation"), run.result("card")
    moved = base.with_network("atrous_rates", (1, 2, 3), TRAINED)
    started = run(moved)
    assert {"activation", "card"} <= set(started)
    assert run.finished["activation"][0] == stage_key(moved, "activation")
    assert (run.result("activation").raster != before.raster).any()
    rates = {s.key: s.rates for s in run.result("card").stages}
    assert rates["classifier.0.convs.1"] == (1,) and rates["classifier.0.convs.3"] == (3,)
    assert card.stage("classifier.0.convs.3").rates == (18,)
    assert (card.height, card.width) == (72, 96)
    # Going back lists nothing anew.
    run(base)
    assert run.result("card") is card


@pytest.mark.slow
def test_a_layer_that_is_not_there_is_said_and_stops_nothing(run, session):
    run(looking(session, "backbone.layer9"))
    gone = run.result("activation")
    assert gone.raster is None and "not in this network" in gone.reason
    off = looking(session, BRANCH).with_network(
        "branches", (True, False, True, True), (True, True, True, True)
    )
    run(off)
    assert run.result("activation").raster is None
    assert "does not run" in run.result("activation").reason
    assert "label_map" in run.finished


@pytest.mark.slow
def test_a_is_not_looked_into(run, session):
    pinned = looking(session.pinned().with_network("output_stride", 8, 16), BACKBONE)
    run(pinned)
    assert run.started.count("activation") == 1
    assert run.executor.partner.cache["activation"].key is None
    assert run.result("activation").size == (9, 12)


def test_results_that_the_caller_has_are_not_sent_again(run, session):
    run.asked = frozenset({"card"})
    wanted = looking(session, BACKBONE)
    run(wanted)
    have = {stage: key for stage, (key, _) in run.finished.items()}
    run.finished.clear()
    run(wanted, have)
    assert not {"card", "activation"} & set(run.finished)


# Placing a map on the photograph


def built(architecture, **values):
    network_type = network_class(architecture)
    return network_type(network_type.Config(**values)).eval()


def test_a_map_of_a_padded_picture_is_cut_like_its_scores():
    network = built("psp_net", head_channels=4, num_classes=2)
    height, width = 60, 91
    framing = network.framing(height, width)
    total = height + framing.top + framing.bottom, width + framing.left + framing.right
    assert total != (height, width)
    values = np.arange(63, dtype=np.float32).reshape(7, 9)
    card = network_card(network, height, width)
    placed = over_picture(values, network, card, "backbone.layer4")
    whole = F.interpolate(torch.from_numpy(values)[None, None], total, mode="nearest-exact")
    expected = framing.crop(whole, height, width)[0, 0].numpy()
    np.testing.assert_array_equal(placed, expected)


def test_a_map_that_fits_stays_as_it_is():
    network = built("fcn_resnet", backbone="efficientnet_lite0", num_classes=2)
    card = network_card(network, 60, 90)
    values = np.zeros((8, 12), np.float32)
    assert over_picture(values, network, card, "backbone.stages.6") is values


@pytest.mark.parametrize(
    ("architecture", "layer", "values"),
    [
        ("u_net", "encoder.1", {"form": "valid", "width": 4}),
        ("u_net", "encoder.2", {"form": "valid", "width": 4}),
        ("fcn", "backbone.conv2_2", {"width": 2, "fc_channels": 4}),
        ("crf_rnn", "fcn.backbone.conv2_2", {"width": 2, "fc_channels": 4, "max_cells": 256}),
        ("dilated_context", "backbone.conv2_2", {"size": "basic", "width": 2, "fc_channels": 4}),
        ("seg_net", "encoder.conv2_2", {"width": 4}),
    ],
)
def test_a_bright_spot_lights_up_where_it_is(architecture, layer, values):
    """Also in networks that lose their border, or begin with a wide one."""
    network = built(architecture, num_classes=2, **values)
    for parameter in network.parameters():
        parameter.data.fill_(0.1)  # a spot spreads alike in all directions
    height, width, y, x = 96, 128, 40, 90
    spot = torch.zeros(1, 3, height, width)
    spot[..., y, x] = 1
    kept = []
    module = network.get_submodule(layer)
    module.register_forward_hook(lambda m, i, output: kept.append(output.abs().mean(1)[0].clone()))
    with torch.inference_mode():
        for image in (spot, torch.zeros_like(spot)):
            network.head(run_features(network, image))
    change = (kept[0] - kept[1]).abs().numpy()
    card = network_card(network, height, width)
    placed = over_picture(change, network, card, layer)
    stretched = change.shape == placed.shape
    rows, columns = np.nonzero(placed > 0.5 * placed.max())
    scale = (height / placed.shape[0], width / placed.shape[1]) if stretched else (1, 1)
    assert abs((rows.mean() + 0.5) * scale[0] - y) <= 4
    assert abs((columns.mean() + 0.5) * scale[1] - x) <= 4


def test_raster_names_its_range():
    values = np.array([[-2.0, 0.0], [1.0, 2.0]], np.float32)
    raster, low, high = as_raster(values, channel=0)
    assert (low, high) == (-2, 2) and raster.tolist() == [[0, 128], [191, 255]]
    raster, low, high = as_raster(np.abs(values), MEAN)
    assert (low, high) == (0, 2) and raster.tolist() == [[255, 0], [128, 255]]
    raster, low, high = as_raster(np.full((2, 2), np.nan, np.float32), MEAN)
    assert (low, high) == (0, 0) and not raster.any()
    flat, low, high = as_raster(np.zeros((1, 1), np.float32), 5)
    assert not flat.any()


def test_nothing_runs_behind_the_layer_unless_it_runs_again(run, session):
    base = session.changed(inference=session.inference.changed(long_side=97))
    run(looking(base, BACKBONE))
    opened = run.executor.cache["network"].value
    ran = []
    for module in (opened.network.backbone.stages[3], opened.network.classifier):
        module.register_forward_pre_hook(lambda *rest: ran.append(1))
    run(looking(base, "backbone.stages.1"))
    assert ran == []
    # The iterations of a mean field: the last one counts.
    network = built("crf_rnn", width=2, fc_channels=4, num_classes=2, max_cells=64)
    card = network_card(network, 32, 32)
    layer = "mean_field.compatibility"
    assert not card.runs_once(layer) and card.runs_once("fcn.backbone.conv1_1")
    kept = []
    network.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out[0]))
    image = torch.randn(1, 3, 32, 32)
    found = activation_of(network, card, layer, 0, None, lambda: network(image))
    assert len(kept) > 1
    np.testing.assert_array_equal(found.values, kept[-1][0].numpy())
