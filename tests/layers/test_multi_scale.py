"""Several sizes of a picture under one set of names, fused by the largest score."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.layers.multi_scale import SCALES, by_scale, largest, maps_at_scales, shrink


@pytest.mark.parametrize("scale", SCALES)
@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_sides_are_the_floor_and_at_least_one(scale, height, width):
    small = shrink(torch.zeros(1, 3, height, width), scale)
    assert small.shape[-2:] == (max(1, int(height * scale)), max(1, int(width * scale)))


def test_cells_are_mapped_by_the_scale_itself():
    # Output cell i of scale 1/2 lies between input cells 2i and 2i+1, for odd sizes too.
    ramp = torch.arange(9.0).expand(1, 1, 2, 9)
    assert torch.equal(shrink(ramp, 0.5)[0, 0, 0], torch.tensor([0.5, 2.5, 4.5, 6.5]))


def test_names_are_taken_apart_again():
    image = torch.randn(2, 3, 16, 24)
    whole, half, three_quarters = by_scale(maps_at_scales(lambda x: {"a": x, "b": -x}, image))
    assert torch.equal(whole["a"], image) and torch.equal(whole["b"], -image)
    assert torch.equal(half["a"], shrink(image, 0.5))
    assert three_quarters["b"].shape == (2, 3, 12, 18)


def test_one_scale_is_one_dict():
    maps = {"out": torch.zeros(1)}
    assert by_scale(maps) == [maps]


@given(st.integers(0, 2**31))
def test_the_fused_score_is_no_smaller_than_any_and_is_one_of_them(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = [torch.randn(1, 4, 5, 6, generator=generator) for _ in range(3)]
    fused = largest(scores)
    assert all((fused >= one).all() for one in scores)
    assert (torch.stack(scores) == fused).any(dim=0).all()


def test_smaller_maps_are_brought_to_the_first_ones_size():
    first, second = torch.zeros(1, 2, 7, 9), torch.full((1, 2, 3, 4), 2.0)
    assert torch.allclose(largest([first, second]), torch.full((1, 2, 7, 9), 2.0))
    assert largest([first]) is first
