"""Traced receptive fields against published numbers, closed forms and what a delta reaches."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
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


def built(architecture: str, **settings):
    """A network without numbers."""
    network_type = network_class(architecture)
    with torch.device("meta"):
        return network_type(network_type.Config(**settings))


def rows_of(module, **size):
    return {row.label: row for row in trace(module, **size)}


def last_row(module, **size):
    return trace(module, **size)[-1]


# --- Published numbers (FACTS §7, §20). ---


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


# --- Every network of the program. ---


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


# --- Closed form and deltas. ---


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 4), st.integers(1, 4)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60)
def test_closed_form_of_a_chain(layers):
    size = jump = 1
    start = 0.5
    modules = []
    for kernel, stride, padding, rate in layers:
        modules.append(nn.Conv2d(1, 1, kernel, stride, padding, rate))
        size += (kernel - 1) * rate * jump
        start += ((kernel - 1) * rate / 2 - padding) * jump
        jump *= stride
    row = last_row(nn.Sequential(*modules), height=20000, width=20001)
    assert (row.size, row.jump, row.start) == (size, jump, start)
    unit = field_of_unit(row, 3, 2)
    assert (unit.top + unit.bottom) / 2 == start + 3 * jump
    assert (unit.left + unit.right) / 2 == start + 2 * jump


def rectangles_by_deltas(module, height, width):
    """What each output position depends on: its answer to one lit pixel after the other.

    With positive weights and no shift an answer is positive exactly where a path leads.
    """
    module = module.double().eval()
    for name, tensor in module.named_parameters():
        with torch.no_grad():
            tensor.fill_(0 if name.endswith("bias") else 0.7)
    deltas = torch.eye(height * width, dtype=torch.double).reshape(-1, 1, height, width)
    with torch.no_grad():
        answers = module(deltas).sum(1) > 0
    found = np.empty(answers.shape[1:], dtype=object)
    for place in np.ndindex(found.shape):
        pixels = answers[:, place[0], place[1]].reshape(height, width).nonzero()
        if len(pixels):
            (top, left), (bottom, right) = pixels.min(0).values, pixels.max(0).values
            found[place] = Rectangle(int(left), int(top), int(right) + 1, int(bottom) + 1)
    return found


def assert_deltas_agree(module, height=13, width=11):
    expected = rectangles_by_deltas(module, height, width)
    row = last_row(module, height=height, width=width)
    assert row.output_size == expected.shape
    for place in np.ndindex(expected.shape):
        assert seen_by_unit(row, *place) == expected[place], place
        theory = field_of_unit(row, *place)
        if expected[place] is not None and theory is not None:
            inside = (max(theory.left, 0), max(theory.top, 0))
            assert inside[0] <= expected[place].left and inside[1] <= expected[place].top
    return row


class Does(nn.Module):
    """A module of one function; the convolutions it uses are its parts."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, x):
        return self.function(x, *self.parts)


def conv(kernel=3, stride=1, padding=1, rate=1, bias=False, cin=1, cout=1):
    return nn.Conv2d(cin, cout, kernel, stride, padding, rate, bias=bias)


def up(kernel, stride, padding=0, rate=1, more=0):
    return nn.ConvTranspose2d(
        1, 1, kernel, stride, padding, output_padding=more, dilation=rate, bias=False
    )


CASES = {
    "rates beyond the map": nn.Sequential(conv(), conv(rate=9, padding=9)),
    "skip": Does(lambda x, a, b: torch.relu(b(a(x)) + x), conv(rate=2, padding=2), conv()),
    "skip with a stride": Does(
        lambda x, a, b: a(x) + b(x), conv(stride=2), conv(1, stride=2, padding=0)
    ),
    "max pooling": nn.Sequential(conv(), nn.MaxPool2d(3, 2, padding=1), conv()),
    "max pooling, rounded up": nn.Sequential(nn.MaxPool2d(2, 2, ceil_mode=True), conv()),
    "dilated max pooling": nn.MaxPool2d(3, 1, padding=1, dilation=2),
    "mean pooling": nn.Sequential(nn.AvgPool2d((2, 3), (2, 1)), conv()),
    "adaptive pooling": nn.Sequential(conv(), nn.AdaptiveAvgPool2d((3, 4))),
    "adaptive max pooling": nn.AdaptiveMaxPool2d((4, 3)),
    "transposed": nn.Sequential(conv(stride=2), up(4, 2, 1)),
    "transposed with gaps": nn.Sequential(up(2, 3), conv()),
    "transposed, dilated": up(3, 2, 1, rate=2, more=1),
    "transposed, dilated by the stride": up(3, 2, 0, rate=4),
    "bilinear": nn.Sequential(conv(stride=2), nn.Upsample(scale_factor=2, mode="bilinear")),
    "bilinear, corners": nn.Sequential(
        conv(stride=2), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    ),
    "bilinear to a size": Does(
        lambda x, a: F.interpolate(a(x), (9, 14), mode="bilinear"), conv(stride=2)
    ),
    "nearest": Does(lambda x, a: a(F.interpolate(x, (7, 17))), conv()),
    "nearest-exact": Does(lambda x, a: a(F.interpolate(x, (7, 17), mode="nearest-exact")), conv()),
    "three quarters": Does(
        lambda x, a: a(F.interpolate(x, scale_factor=0.75, mode="bilinear")), conv()
    ),
    "pixel shuffle": nn.Sequential(conv(cout=4, stride=2), nn.PixelShuffle(2)),
    "pixel unshuffle": nn.Sequential(nn.ZeroPad2d((0, 1, 1, 0)), nn.PixelUnshuffle(2)),
    "unpadded and cropped": Does(
        lambda x, a, b: torch.cat([b(a(x)), x[:, :, 2:-2, 2:-2]], 1),
        conv(padding=0),
        conv(padding=0),
    ),
    "negative padding": Does(lambda x, a: F.pad(a(x), (-2, 1, 0, -3)), conv()),
    "mirrored": nn.Sequential(nn.ReflectionPad2d((3, 1, 2, 0)), conv(padding=0)),
    "repeated": nn.Sequential(nn.ReplicationPad2d(2), conv(padding=0)),
    "every second": Does(lambda x, a: a(x)[..., 1::2, ::3], conv()),
    "U": Does(
        lambda x, a, b, c: c(F.pad(b(F.max_pool2d(a(x), 2)), (0, 1, 0, 1)) + x),
        conv(),
        up(2, 2),
        conv(),
    ),
    "image pooling": Does(
        lambda x, a, b: torch.cat([a(x), b(x.mean((2, 3), keepdim=True)).expand_as(x)], 1),
        conv(),
        conv(1, padding=0),
    ),
    "strips": Does(lambda x, a: a(x) + a(x).mean(3, keepdim=True), conv()),
    "flattened": Does(lambda x: x.flatten(1).sum(1).view(-1, 1, 1, 1) + x),
    "flattened, small": Does(
        lambda x, a, b: b(a(x).flatten(1)).view(-1, 2, 1, 1),
        conv(11, stride=3, padding=0),
        nn.Linear(1, 2, bias=False),
    ),
    "zeros": Does(
        lambda x, a, b: torch.cat([a(x), b(torch.zeros_like(x))], 1), conv(), conv(7, padding=3)
    ),
    "rows last": Does(lambda x, a: (a(x).mT * 2).relu().transpose(2, 3), conv()),
    "channels last": Does(
        lambda x, a: a(x).permute(0, 2, 3, 1).clone().permute(0, 3, 1, 2), conv()
    ),
    "same": nn.Conv2d(1, 1, 4, padding="same", bias=False),
    "shuffled channels": nn.Sequential(conv(cout=4), nn.ChannelShuffle(2), conv(cin=4)),
    "halves": Does(lambda x, a, b: b(torch.stack(a(x).chunk(2, 1)).sum(0)), conv(cout=2), conv()),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("case", CASES)
def test_deltas_reach_what_is_traced(case):
    assert_deltas_agree(CASES[case])


def test_unpooling():
    # A lit pixel alone decides where a maximum lies, so the network is asked with noise.
    def unpools(x, deeper):
        pooled, where = F.max_pool2d(x, 3, 2, padding=1, return_indices=True)
        return F.max_unpool2d(deeper(pooled), where, 3, 2, 1, x.shape[-2:])

    network = Does(unpools, conv())
    nn.init.ones_(network.parts[0].weight)
    row = last_row(network, height=11, width=9)
    reached = np.zeros((11, 9, 11, 9), bool)
    generator = torch.Generator().manual_seed(1)
    for _ in range(150):
        x = torch.rand(1, 1, 11, 9, generator=generator, requires_grad=True)
        out = network(x)
        for y, z in ((0, 0), (5, 4), (6, 4), (10, 8), (3, 7)):
            if out[0, 0, y, z] != 0:
                (gradient,) = torch.autograd.grad(out[0, 0, y, z], x, retain_graph=True)
                reached[y, z] |= gradient[0, 0].numpy() != 0
    for y, z in ((0, 0), (5, 4), (6, 4), (10, 8), (3, 7)):
        places = np.argwhere(reached[y, z])
        (top, left), (bottom, right) = places.min(0), places.max(0) + 1
        assert seen_by_unit(row, y, z) == Rectangle(left, top, right, bottom), (y, z)


step = st.one_of(
    st.tuples(
        st.just("conv"), st.integers(1, 4), st.integers(1, 2), st.integers(0, 3), st.integers(1, 3)
    ),
    st.tuples(st.just("pool"), st.integers(2, 3), st.integers(1, 2), st.integers(0, 1), st.just(1)),
    st.tuples(
        st.just("up"), st.integers(1, 4), st.integers(1, 3), st.integers(0, 1), st.integers(1, 2)
    ),
    st.tuples(st.just("skip"), st.just(3), st.just(1), st.integers(1, 2), st.just(1)),
)


class RandomNetwork(nn.Module):
    """Steps one after the other; a skip adds a dilated branch to the map."""

    def __init__(self, steps):
        super().__init__()
        self.kinds, self.parts = [s[0] for s in steps], nn.ModuleList()
        for kind, kernel, stride, padding, rate in steps:
            if kind == "conv":
                part = conv(kernel, stride, padding, rate)
            elif kind == "pool":
                part = nn.MaxPool2d(kernel, stride, padding)
            elif kind == "up":
                part = up(kernel, stride, padding, rate)
            else:
                part = conv(kernel, stride, padding, padding)
            self.parts.append(part)

    def forward(self, x):
        for kind, part in zip(self.kinds, self.parts, strict=True):
            x = x + part(x) if kind == "skip" else part(x)
        return x


@given(st.lists(step, min_size=1, max_size=4))
@settings(max_examples=60)
def test_deltas_reach_what_is_traced_of_random_networks(steps):
    network = RandomNetwork(steps)
    try:
        answer = network(torch.zeros(1, 1, 10, 9))
    except RuntimeError:  # smaller than its kernels
        return
    if answer.numel() > 2000:  # every cell of the answer is looked at
        return
    assert_deltas_agree(network, 10, 9)


def test_resnet_18_by_gradient():
    """The border of the field of real ResNet-18: reached, and nothing beyond it."""
    network = build_backbone("resnet18").double().eval()
    network.reconfigure(32, (1, 1, 1), True)
    geometry = {"kernel_size": 3, "stride": 2, "padding": 1}
    network.maxpool = nn.AvgPool2d(**geometry)  # a maximum passes the gradient to one of nine
    for name, tensor in network.named_parameters():
        with torch.no_grad():
            tensor.fill_(0 if name.endswith("bias") else 1 / max(tensor[0].numel(), 1))
    row = rows_of(network, height=481, width=33)["out"]
    image = torch.ones(1, 3, 481, 33, dtype=torch.double, requires_grad=True)
    network(image)["out"][0, 0, 7, 0].backward()
    lines = image.grad[0, 0].any(1).nonzero()
    rectangle = seen_by_unit(row, 7, 0)
    assert (rectangle.top, rectangle.bottom) == (int(lines.min()), int(lines.max()) + 1)
    assert rectangle.bottom - rectangle.top == row.size == 435


# --- What cannot be traced. ---


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
