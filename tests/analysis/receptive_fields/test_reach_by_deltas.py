"""What a unit reaches: by the closed form of a chain, and by deltas sent through the layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.theoretical_receptive_field import (
    Rectangle,
    field_of_unit,
    seen_by_unit,
)
from segviewer.layers.backbones import build_backbone
from tests.analysis.receptive_fields.traced_networks import Does, conv, last_row, rows_of


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
