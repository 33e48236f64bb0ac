"""The card lists what runs, in stages that hold for every network."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from segviewer.analysis.networks.model_size import layer_table, totals
from segviewer.analysis.networks.network_card import UNKNOWN_FIELD, _box, network_card
from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks import NETWORKS, network_class
from tests.networks.test_contract import SMALL

HEIGHT, WIDTH = 65, 96
CASES = [(name, case) for name in NETWORKS for case in SMALL[name]]


@pytest.fixture(scope="module", params=CASES, ids=[f"{a}-{c}" for a, c in CASES])
def carded(request):
    """A small network and its card."""
    architecture, case = request.param
    network = built(architecture, **SMALL[architecture][case])
    return network, network_card(network, HEIGHT, WIDTH)


def built(architecture, **values):
    """A network without numbers."""
    network_type = network_class(architecture)
    with torch.device("meta"):
        return network_type(network_type.Config(**values)).eval()


def titles(card):
    return [stage.title for stage in card.stages]


def rates(card):
    return {stage.key: stage.rates for stage in card.stages if stage.atrous}


@pytest.mark.slow
def test_every_network_has_a_card(carded):
    network, card = carded
    sizes, whole = layer_table(network, HEIGHT, WIDTH), totals(network, HEIGHT, WIDTH)
    assert [(r.name, r.kind, r.channels, r.height, r.width) for r in card.rows] == [
        (r.name, r.kind, r.channels, r.height, r.width) for r in sizes
    ]
    assert (card.parameters, card.multiply_adds) == (whole.parameters, whole.multiply_adds)
    # Every row lies in one stage, and the stages share everything out.
    keys = [stage.key for stage in card.stages]
    assert len(set(keys)) == len(keys)
    assert {row.stage for row in card.rows} == set(keys)
    assert sum(stage.parameters for stage in card.stages) <= card.parameters
    assert sum(stage.multiply_adds for stage in card.stages) == card.multiply_adds
    assert sum(stage.layers for stage in card.stages) == len(card.rows)
    # Left to right without a gap.
    columns = [stage.column for stage in card.stages]
    assert columns == sorted(columns) and set(columns) == set(range(columns[-1] + 1))
    modules = dict(network.named_modules())
    for stage in card.stages:
        assert stage.layer in modules, stage
        assert stage.title and stage.part
        assert card.stage_of(stage.layer) == stage
    # What its hooks learnt it does not leave behind.
    assert not any(module._forward_hooks for module in modules.values())
    # It crosses the pipe to the window.
    assert pickle.loads(pickle.dumps(card)) == card


def test_fields_are_those_of_the_trace(carded):
    network, card = carded
    fields = {}
    for field in trace(network, height=HEIGHT, width=WIDTH):
        fields.setdefault(field.name, []).append((field.size, field.local_size, field.jump))
    seen = 0
    for row in card.rows:
        own = (row.theoretical_receptive_field, row.local_receptive_field, row.jump)
        if row.theoretical_receptive_field != UNKNOWN_FIELD:
            assert own in fields[row.name], row
            seen += 1
    assert seen > len(card.rows) / 2


def test_deeplab_v3_on_resnet_50():
    card = network_card(built("deeplab_v3", backbone="resnet50"), 360, 480)
    assert titles(card)[:5] == ["conv1", "layer1", "layer2", "layer3", "layer4"]
    assert titles(card)[5:11] == [*(f"convs.{n}" for n in range(5)), "project"]
    columns = [stage.column for stage in card.stages]
    assert columns[:11] == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 6]
    layer4 = card.stage("backbone.layer4")
    assert (layer4.channels, layer4.part, layer4.layer) == (2048, "backbone", "backbone.layer4")
    convolution = next(row for row in card.rows if row.name == "backbone.conv1")
    assert (convolution.kernel, convolution.stride, convolution.jump) == (7, 2, 2)
    assert (convolution.theoretical_receptive_field, convolution.parameters) == (7, 9408)
    assert convolution.multiply_adds == 9408 * 180 * 240
    # Image pooling sees everything; its neighbours do not.
    fields = [card.stage(f"classifier.0.convs.{n}").theoretical_receptive_field for n in range(5)]
    assert fields[4] is None and fields[:4] == sorted(fields[:4])
    # A max pooling works for the stage behind it.
    pooling = next(row for row in card.rows if row.name == "backbone.maxpool")
    assert pooling.stage == "backbone.layer1"


def test_another_output_stride_moves_sizes_and_rates_and_keeps_the_stages():
    network = built("deeplab_v3", backbone="resnet50", output_stride=16)
    before = network_card(network, 360, 480)
    network.reconfigure(network.config.changed(output_stride=8))
    after = network_card(network, 360, 480)
    assert [s.key for s in before.stages] == [s.key for s in after.stages]
    assert (before.output_stride, after.output_stride) == (16, 8)
    coarse, fine = before.stage("backbone.layer4"), after.stage("backbone.layer4")
    assert (coarse.height, coarse.width) == (23, 30) and (fine.height, fine.width) == (45, 60)
    assert before.parameters == after.parameters
    assert after.multiply_adds > 2 * before.multiply_adds
    assert max(fine.rates) == 2 * max(coarse.rates)


def test_single_layers_are_cut_at_poolings_and_where_the_rate_changes():
    card = network_card(built("fcn"), 360, 480)
    assert titles(card)[:6] == [*(f"conv{n}" for n in range(1, 6)), "fully_connected"]
    assert [stage.jump for stage in card.stages[:6]] == [1, 2, 4, 8, 16, 32]
    context = network_card(built("dilated_context"), 360, 480)
    own = [stage for stage in context.stages if stage.part == "context"]
    assert [stage.rates for stage in own] == [(1,), (2,), (4,), (8,), (16,), (1,)]


def test_a_switched_off_branch_does_not_appear():
    branches = (True, False, True, True)
    network = built("deeplab_v3", backbone="resnet50", branches=branches)
    card = network_card(network, 129, 129)
    assert card.stage("classifier.0.convs.1") is None
    assert card.stage("classifier.0.convs.2") is not None


def test_a_network_that_cannot_be_traced_keeps_its_sizes(monkeypatch):
    from segviewer.analysis.receptive_fields import theoretical_receptive_field

    def refuse(network, **size):
        raise theoretical_receptive_field.UntraceableError("A fold.", "It moves places.", "–")

    network = built("res_net", **SMALL["res_net"]["basic"])
    known = network_card(network, HEIGHT, WIDTH)
    monkeypatch.setattr(theoretical_receptive_field, "trace", refuse)
    card = network_card(network, HEIGHT, WIDTH)
    assert "It moves places." in card.note
    assert {row.theoretical_receptive_field for row in card.rows} == {UNKNOWN_FIELD}
    assert [row.multiply_adds for row in card.rows] == [row.multiply_adds for row in known.rows]
    assert [(s.key, s.height, s.width) for s in card.stages] == [
        (s.key, s.height, s.width) for s in known.stages
    ]


def test_a_layer_inside_a_stage_belongs_to_it():
    card = network_card(built("res_net", **SMALL["res_net"]["basic"]), HEIGHT, WIDTH)
    assert card.stage_of("backbone.layer2.1.conv1").key == "backbone.layer2"
    assert card.stage_of("no.such.layer") is None and card.stage_of("") is None


def test_reading_a_card_needs_no_torch():
    code = "import sys, segviewer.analysis.networks.network_card; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_box_is_what_the_units_of_a_map_stand_for():
    """Unit 0 of the first layer looks at -1 to 2, every further one 2 pixels on; and so below."""
    layers = (nn.Conv2d(3, 2, 3, stride=2, padding=1), nn.Conv2d(2, 2, (3, 5), stride=(1, 2)))
    first, second, _ = trace(nn.Sequential(*layers), height=21, width=40)
    assert _box(first) == (-0.5, -0.5, 21.5, 39.5)
    assert _box(second) == (1.5, 2.5, 19.5, 34.5)
