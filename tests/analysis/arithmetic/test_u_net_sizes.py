"""Sizes by arithmetic agree with the paper's figure and with torch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.u_net_sizes import (
    fits,
    margin,
    neighbours,
    sizes,
    smallest,
    tile,
)


def test_the_papers_figure():
    found = sizes(572)
    assert [step.sizes for step in found.down] == [
        (572, 570, 568),
        (284, 282, 280),
        (140, 138, 136),
        (68, 66, 64),
        (32, 30, 28),
    ]
    assert [step.sizes for step in found.up] == [
        (56, 54, 52),
        (104, 102, 100),
        (200, 198, 196),
        (392, 390, 388),
    ]
    assert [(step.skip, step.cut) for step in found.up] == [
        (64, 8),
        (136, 32),
        (280, 80),
        (568, 176),
    ]
    assert [step.channels for step in found.down] == [64, 128, 256, 512, 1024]
    assert found.out == 388 and not found.problem and margin(4) == 92


@given(st.integers(1, 700), st.integers(1, 5))
def test_what_fits_goes_through_and_loses_the_margin(side, depth):
    found = sizes(side, depth)
    assert fits(side, depth) == (not found.problem and found.out > 0)
    if fits(side, depth):
        assert found.out == side - 2 * margin(depth)
    low, high = neighbours(side, depth)
    assert low <= side <= high and fits(high, depth) and (low == 0 or fits(low, depth))


def test_four_poolings_leave_12_of_16():
    assert [n for n in range(160, 260) if fits(n, 4)] == [188, 204, 220, 236, 252]
    assert smallest(4) == 188 and sizes(188).out == 4


@given(st.integers(16, 700), st.integers(1, 4))
def test_padded_every_size_comes_out_as_it_went_in(side, depth):
    found = sizes(side, depth, padded=True)
    assert found.out == side and not found.problem
    assert all(step.cut in (0, -1) for step in found.up)


@given(st.integers(1, 900))
def test_the_mirrored_tile_covers_the_picture(side):
    whole, far = tile(side, 4)
    assert fits(whole, 4) and whole - 2 * 92 >= side and whole == side + 92 + far
    assert whole - 2 * 92 - side < 16 or whole == smallest(4)


@pytest.mark.parametrize(("form", "side"), [("valid", 188), ("valid", 236), ("padded", 77)])
def test_torch_gives_the_same_sizes(form, side):
    from segviewer.networks.u_net import UNet, UNetConfig

    network = UNet(UNetConfig(form=form, width=1, num_classes=2)).eval()
    with torch.inference_mode():
        features = network.features(torch.zeros(1, 3, side, side))
        scores = network.head(features)
    found = sizes(side, padded=form == "padded")
    assert scores.shape[-1] == found.out
    names = ("stride1", "stride2", "stride4", "stride8", "out")
    assert [features[n].shape[-1] for n in names] == [step.sizes[-1] for step in found.down]


def test_what_does_not_go_through_says_where():
    assert "odd" in sizes(573).problem and sizes(573).out == 0
    assert "too short" in sizes(3).problem
    assert "nothing is left" in sizes(5).problem
