"""Traced receptive fields against published numbers, closed forms and what a delta reaches."""

from __future__ import annotations

import pickle
import time

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.theoretical_receptive_field import (
    Rectangle,
    UntraceableError,
    _reached,
    field_of_unit,
    seen_by_unit,
    trace,
)
from segviewer.layers.backbones import build_backbone
from segviewer.networks import NETWORKS, network_class
from tests.analysis.receptive_fields.traced_networks import Does, conv, last_row, rows_of


def built(architecture: str, **settings):
    """A network without numbers."""
    network_type = network_class(architecture)
    with torch.device("meta"):
        return network_type(network_type.Config(**settings))


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("resnet18", 435),
        ("resnet34", 899),
        ("resnet50", 427),
        ("resnet101", 971),
        ("resnet152", 1451),
        ("resnet50_caffe", 483),
        ("resnet101_caffe", 1027),
        ("resnet152_caffe", 1507),
    ],
)
def test_resnets(name, side):
    with torch.device("meta"):
        backbone = build_backbone(name)
    backbone.reconfigure(32, (1, 1, 1), True)
    row = rows_of(backbone)["out"]
    assert (row.size, row.jump) == (side, 32)


@pytest.mark.parametrize(
    ("name", "side"), [("resnet18", 435), ("resnet50", 427), ("densenet121", 2071)]
)
def test_torchvisions_own(name, side):
    with torch.device("meta"):
        network = getattr(torchvision.models, name)(weights=None)
    rows = trace(network, height=224, width=224)
    spatial = [row for row in rows if row.output_size == (7, 7)]
    assert (spatial[-1].size, spatial[-1].jump) == (side, 32)
    assert spatial[-1].truncated
    assert rows[-1].size is None and not rows[-1].spatial and not rows[-1].truncated
    whole = Rectangle(0, 0, 224, 224)
    assert field_of_unit(rows[-1], 0, 0) == seen_by_unit(rows[-1], 0, 0) == whole


def test_vgg():
    rows = rows_of(built("vgg"))
    assert (rows["layers.28"].size, rows["layers.28"].jump) == (196, 16)
    assert (rows["layers.30"].size, rows["layers.30"].jump) == (212, 32)
    assert (rows["classifier.0"].size, rows["classifier.0"].jump) == (404, 32)
    assert rows["layers.30"].effective_padding == 90


@pytest.mark.parametrize(("name", "side"), [("resnet50", 427), ("resnet101", 971)])
@pytest.mark.parametrize("output_stride", [8, 16, 32])
def test_dilation_does_not_change_torchvisions(name, side, output_stride):
    with torch.device("meta"):
        backbone = build_backbone(name)
    backbone.reconfigure(output_stride, (1, 1, 1), True)
    row = rows_of(backbone)["out"]
    assert (row.size, row.jump) == (side, output_stride)


@pytest.mark.parametrize(
    ("backbone", "sides"), [("resnet50", (635, 827, 1019)), ("resnet101", (1179, 1371, 1563))]
)
def test_deeplab_v3_branch_by_branch(backbone, sides):
    network = built("deeplab_v3", backbone=backbone)
    for place, side in enumerate(sides, start=1):
        branches = tuple(index == place for index in range(4))
        network.reconfigure(network.config.changed(branches=branches, image_pooling=False))
        row = rows_of(network)["scores"]
        assert (row.size, row.local_size, row.jump) == (side, side, 8)


def test_image_pooling_sees_the_whole_picture_and_the_rest_is_still_told():
    row = rows_of(built("deeplab_v3"))["scores"]
    assert (row.size, row.local_size, row.truncated) == (None, 1019, False)
    assert field_of_unit(row, 0, 0) == Rectangle(0, 0, 513, 513)
    assert field_of_unit(row, 32, 32, local=True) == Rectangle(-253, -253, 766, 766)


@pytest.mark.parametrize("output_stride", [16, 8])
def test_deeplab_v3_with_multi_grid(output_stride):
    network = built(
        "deeplab_v3",
        backbone="resnet101",
        output_stride=output_stride,
        multi_grid=(1, 2, 4),
        first_unit_keeps_rate=False,
    )
    row = rows_of(network)["features[out]"]
    assert (row.size, row.jump) == ({16: 1259, 8: 1275}[output_stride], output_stride)


def test_deeplab_v2():
    rows = rows_of(built("deeplab_v2"))
    assert rows["features[out]"].size == 1027
    branches = [rows[f"aspp.convs.{index}"].size for index in range(4)]
    assert branches == [1123, 1219, 1315, 1411]
    assert rows["scores"].size == 1411  # the maximum over paths


@pytest.mark.parametrize(("name", "side"), [("resnet50_deep", 479), ("resnet101_deep", 1023)])
def test_pspnets_deep_stem(name, side):
    with torch.device("meta"):
        backbone = build_backbone(name)
    backbone.reconfigure(8, (1, 1, 1), False)
    assert rows_of(backbone)["out"].size == side


@pytest.mark.parametrize(
    ("variant", "side"),
    [
        ("A-18", 355),
        ("A-34", 819),
        ("A-50", 411),
        ("C-26", 581),
        ("C-42", 1045),
        ("C-58", 573),
        ("D-22", 527),
        ("D-24", 575),
        ("D-38", 991),
        ("D-40", 1039),
        ("D-54", 519),
        ("D-56", 567),
        ("D-105", 1063),
    ],
)
def test_drn(variant, side):
    row = rows_of(built("drn", variant=variant))["seg"]
    assert (row.size, row.jump) == (side, 8)


@pytest.mark.parametrize(("variant", "side"), [("A-18", 435), ("A-34", 899), ("A-50", 427)])
def test_drn_a_as_in_the_paper(variant, side):
    assert rows_of(built("drn", variant=variant, first_block_rate="paper"))["seg"].size == side


def test_drn_b():
    assert rows_of(built("drn", variant="C-26", residual=True))["seg"].size == 581


def vgg_chain(pools, rates=(1, 1, 1, 1, 1), after=()):
    """VGG-16's stages; `pools` are (kernel, stride, padding), `after` (kernel, rate, padding)."""
    layers = []
    for convolutions, rate, pool in zip((2, 2, 3, 3, 3), rates, pools, strict=True):
        layers += [nn.Conv2d(1, 1, 3, padding=rate, dilation=rate) for _ in range(convolutions)]
        if pool:
            layers.append(nn.MaxPool2d(*pool))
    layers += [nn.Conv2d(1, 1, k, padding=p, dilation=r) for k, r, p in after]
    return nn.Sequential(*layers)


TWO, THREE, KEEP3 = (2, 2, 0), (3, 2, 1), (3, 1, 1)
DILATED = (1, 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("network", "side"),
    [
        (vgg_chain([THREE] * 3 + [KEEP3] * 2, DILATED, [(3, 1, 1), (3, 12, 12)]), 435),
        (vgg_chain([THREE] * 3 + [KEEP3] * 2, DILATED, [(3, 12, 12)]), 419),
        (vgg_chain([TWO] * 3 + [(2, 1, 1)] * 2, DILATED, [(3, 12, 12)]), 396),
        (vgg_chain([TWO] * 3 + [(2, 1, 1)] * 2, DILATED, [(7, 4, 12)]), 396),
        (vgg_chain([TWO] * 3 + [(2, 1, 1)] * 2, DILATED, [(4, 8, 12)]), 396),
        (vgg_chain([TWO] * 3 + [(2, 1, 1)] * 2, DILATED, [(4, 4, 6)]), 300),
        (vgg_chain([TWO] * 3 + [None] * 2, DILATED, [(7, 4, 0)]), 380),
        (
            vgg_chain(
                [TWO] * 3 + [None] * 2,
                DILATED,
                [(7, 4, 0), *((3, rate, rate) for rate in (1, 1, 2, 4, 8, 16, 1))],
            ),
            908,
        ),
        (
            vgg_chain(
                [TWO] * 3 + [None] * 2,
                DILATED,
                [(7, 4, 0), *((3, rate, rate) for rate in (1, 1, 2, 4, 8, 16, 32, 64, 1))],
            ),
            2444,
        ),
    ],
    ids=[
        "LargeFOV+avg",
        "LargeFOV",
        "2x2 pools",
        "7x7 r4",
        "4x4 r8",
        "4x4 r4",
        "front",
        "context 8",
        "context 10",
    ],
)
def test_dilated_vggs(network, side):
    row = last_row(network)
    assert (row.size, row.jump) == (side, 8)


@pytest.mark.parametrize(
    ("units", "side", "padding"), [((3, 4, 6, 3), 483, 239), ((3, 4, 23, 3), 1027, 511)]
)
def test_effective_padding_of_tf_slims_resnets(units, side, padding):
    # Its pooling is padded behind alone; the stride is in a stage's last unit.
    layers = [nn.Conv2d(1, 1, 7, 2, 3), nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(3, 2)]
    for stage, number in enumerate(units):
        strides = [1] * (number - 1) + [2 if stage < 3 else 1]
        layers += [nn.Conv2d(1, 1, 3, stride, 1) for stride in strides]
    row = last_row(nn.Sequential(*layers), height=512, width=512)
    assert (row.size, row.jump, row.effective_padding) == (side, 32, padding)
    assert row.centre == -padding + (side - 1) / 2


def test_mobilenet_v1_and_alexnet_v2():
    strides = (2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    mobilenet = nn.Sequential(*(nn.Conv2d(1, 1, 3, stride, 1) for stride in strides))
    assert (last_row(mobilenet).size, last_row(mobilenet).jump) == (315, 32)
    alexnet = nn.Sequential(
        nn.Conv2d(1, 1, 11, 4),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(1, 1, 5, padding=2),
        nn.MaxPool2d(3, 2),
        *(nn.Conv2d(1, 1, 3, padding=1) for _ in range(3)),
        nn.MaxPool2d(3, 2),
    )
    assert last_row(alexnet).size == 195


def test_paddings_and_starts_by_the_recurrence():
    row = last_row(nn.Sequential(nn.Conv2d(1, 1, 7, 2, 3), nn.Conv2d(1, 1, 3, 2, 0, 3)))
    assert (row.size, row.jump) == (7 + 6 * 2, 4)
    assert row.start == 0.5 + (3 - 3) + 3 * 2
    assert row.centre == -row.effective_padding + (row.size - 1) / 2 == 6


@pytest.mark.slow
@pytest.mark.parametrize("architecture", NETWORKS)
def test_every_network_traces(architecture):
    network = built(architecture)
    rows = trace(network, height=97, width=130)
    assert len({row.label for row in rows}) == len(rows)
    picture = rows[-1]
    assert picture.output_size == (97, 130)
    assert picture.size is None or picture.size >= rows[0].size > 0
    # Where a frame mirrors the picture, what lies beyond the border is seen inside it.
    mirrored = network.framing(97, 130).mode == "reflect"
    for row in rows:
        theory, seen = (f(row, 0, 0) for f in (field_of_unit, seen_by_unit))
        if seen is not None:
            assert mirrored or theory.left <= seen.left < seen.right <= theory.right
            assert 0 <= seen.top < seen.bottom <= 97


def test_a_rate_changes_the_row_and_a_cut_branch_leaves():
    network = built("deeplab_v3", image_pooling=False)
    before = rows_of(network)["scores"].size
    network.reconfigure(network.config.changed(atrous_rates=(12, 24, 40)))
    assert rows_of(network)["scores"].size == before + 4 * 2 * 8
    network.reconfigure(network.config.changed(branches=(True, True, False, False)))
    assert rows_of(network)["scores"].size == 635


def test_numbers_stay_and_hooks_go():
    network_type = network_class("deeplab_v3")
    config = network_type.Config(backbone="efficientnet_lite0", aspp_channels=8)
    network = network_type(config).train()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    rows = trace(network, height=65, width=65)
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[key]), key
    assert not any(module._forward_hooks for module in network.modules())
    assert network.training
    assert pickle.loads(pickle.dumps(rows))[-1].as_dict() == rows[-1].as_dict()


def test_quick_enough():
    network = network_class("deeplab_v3")(network_class("deeplab_v3").Config())
    trace(network)
    begun = time.process_time()
    trace(network)
    assert time.process_time() - begun < 2


def test_a_shared_module_has_a_row_for_each_time_it_runs():
    with torch.device("meta"):
        network = torchvision.models.resnet18(weights=None)
    labels = [row.label for row in trace(network)]
    assert "layer1.0.relu" in labels and "layer1.0.relu#2" in labels


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda x: x.flip(2), "flip"),
        (lambda x: x.roll(3, 3), "roll"),
        (lambda x: x.cumsum(2), "cumsum"),
        (lambda x: F.unfold(x, 3), "im2col"),
        (lambda x: x.flatten(2).view(x.shape), "view"),
        (lambda x: x.view(-1, 1, 8, 2, 8, 2), "view"),
        (lambda x: torch.cat([x, x], 2), "cat"),
        (lambda x: x.clone()[:, :, 2:5].add_(x[:, :, 3:6]), "add_"),
    ],
)
def test_what_moves_places_unknown_is_named(function, named):
    with pytest.raises(UntraceableError, match=named) as raised:
        trace(Does(function), height=16, width=16)
    assert raised.value.next_step


def test_too_small_a_picture_is_said():
    with pytest.raises(UntraceableError, match="too small"):
        trace(nn.Sequential(conv(7, padding=0)), height=5, width=5)


def test_a_failed_trace_leaves_no_hook():
    network = Does(lambda x, a: a(x).flip(2), conv())
    with pytest.raises(UntraceableError):
        trace(network)
    assert not network.parts[0]._forward_hooks


def test_units_that_are_not_there():
    row = last_row(conv(), height=4, width=6)
    assert field_of_unit(row, 3, 5) == Rectangle(4, 2, 7, 5)
    for place in ((4, 0), (0, 6), (-1, 0)):
        with pytest.raises(IndexError):
            field_of_unit(row, *place)


def test_what_reads_zeros_alone_sees_nothing():
    rows = rows_of(Does(lambda x, a: a(torch.zeros_like(x)) + x, conv()), height=8, width=8)
    assert rows["parts.0"].size == 0
    assert seen_by_unit(rows["parts.0"], 0, 0) is field_of_unit(rows["parts.0"], 0, 0) is None


def test_a_map_that_is_not_known_has_its_size_and_a_vector_is_one_unit():
    assert _reached(torch.zeros(1, 2, 5, 7)) == ((5, 7), None)
    assert _reached(torch.zeros(1, 9)) == ((1, 1), None)
