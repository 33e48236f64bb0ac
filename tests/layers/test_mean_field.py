"""Mean field as layers: a loop written out, the golden numbers, and laws of its parts."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.layers.mean_field import MeanField, gaussian_kernel, scaled_identity

GOLD = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "gold" / "crf_gold.json"
HEIGHT, WIDTH, CLASSES = 3, 4, 3


def positions(height=HEIGHT, width=WIDTH):
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([rows.flatten(), columns.flatten()], dim=1)[None].float()


def kernels(image, spatial, near, colour):
    """Both kernels of `image` (1, 3, h, w) in pixels and grey levels."""
    places = positions(*image.shape[-2:])
    colours = image.flatten(2).transpose(1, 2)
    return (
        gaussian_kernel(places / spatial),
        gaussian_kernel(torch.cat([places / near, colours / colour], dim=2)),
    )


def by_loop(scores, image, spatial, near, colour, weights, matrices, compatibility, steps):
    """The same in float64, place by place and class by class. `scores` (K, h, w)."""
    number, height, width = scores.shape
    places = [(r, c) for r in range(height) for c in range(width)]
    added = np.zeros(scores.shape)
    for _ in range(steps):
        probs = np.exp(scores + added)
        probs /= probs.sum(0)
        nxt = np.zeros(scores.shape)
        for r, c in places:
            received = np.zeros((2, number))
            mass = np.zeros(2)
            for y, x in places:
                apart = (r - y) ** 2 + (c - x) ** 2
                other = ((image[:, r, c] - image[:, y, x]) ** 2).sum()
                weight = np.array(
                    [
                        math.exp(-apart / (2 * spatial**2)),
                        math.exp(-apart / (2 * near**2) - other / (2 * colour**2)),
                    ]
                )
                mass += weight
                received += weight[:, None] * probs[:, y, x]
            received /= mass[:, None]
            total = sum(weights[k] * matrices[k] @ received[k] for k in range(2))
            nxt[:, r, c] = total if compatibility is None else compatibility @ total
        added = nxt
    return added


@pytest.fixture
def case():
    """Scores (1, K, 3, 4), an image in grey levels, and a mean field with lively matrices."""
    generator = torch.Generator().manual_seed(3)
    field = MeanField(CLASSES).requires_grad_(False)
    for matrix in (field.spatial, field.bilateral, field.compatibility):
        matrix.weight += 0.5 * torch.randn(matrix.weight.shape, generator=generator)
    scores = 2 * torch.randn(1, CLASSES, HEIGHT, WIDTH, generator=generator)
    image = 255 * torch.rand(1, 3, HEIGHT, WIDTH, generator=generator)
    return field, scores, image


@pytest.mark.parametrize("potts", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 5])
@torch.inference_mode()
def test_it_is_the_loop(case, steps, potts):
    field, scores, image = case
    stds = (1.3, 2.5, 60.0)
    found = field(scores, kernels(image, *stds), (0.7, 1.4), steps, potts)
    matrices = [m.weight[:, :, 0, 0].double().numpy() for m in (field.spatial, field.bilateral)]
    compatibility = None if potts else field.compatibility.weight[:, :, 0, 0].double().numpy()
    expected = by_loop(
        scores[0].double().numpy(),
        image[0].double().numpy(),
        *stds,
        (0.7, 1.4),
        matrices,
        compatibility,
        steps,
    )
    np.testing.assert_allclose(found[0].numpy(), expected, rtol=1e-4, atol=1e-4)


def golden_case():
    """The picture of crf_gold.json: weights 3 and 4 of the kernels are 3 x 1 and 5 x 0.8."""
    image = torch.zeros(1, 3, 3, 4)
    image[..., 2:] = 200
    image[..., 1, 1] = 180
    rows = [[0.3, 0.4, 0.6, 0.7], [0.2, 0.45, 0.55, 0.9], [0.4, 0.6, 0.5, 0.8]]
    one = torch.tensor(rows)
    return kernels(image, 1.0, 3.0, 30.0), torch.stack([1 - one, one])[None].log()


@torch.inference_mode()
def probs_after(steps):
    both, scores = golden_case()
    return (scores + MeanField(2)(scores, both, (1.0, 0.8), steps, False)).softmax(1)[0, 1]


def test_numbers_that_the_fact_sheet_quotes():
    assert float(probs_after(1)[0, 0]) == pytest.approx(0.059191, abs=3e-6)
    assert float(probs_after(10)[1, 1]) == pytest.approx(0.9778, abs=6e-5)


@pytest.mark.parametrize("steps", [1, 10])
def test_golden_numbers(steps):
    """Each row normalised, and a place receives its own message."""
    if not GOLD.is_file():
        pytest.skip("../shared/facts is not beside this checkout")
    results = json.loads(GOLD.read_text(encoding="utf-8"))["results"]
    expected = results["after|self=True"][f"q1_it{steps}"]
    np.testing.assert_allclose(probs_after(steps).flatten().numpy(), expected, atol=5e-6)


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 999))
@settings(max_examples=40)
def test_rows_of_a_kernel_sum_to_one(number, axes, seed):
    generator = torch.Generator().manual_seed(seed)
    places = 10 * torch.randn(2, number, axes, generator=generator)
    kernel = gaussian_kernel(places)
    assert kernel.shape == (2, number, number) and kernel.min() >= 0
    torch.testing.assert_close(kernel.sum(2), torch.ones(2, number))
    # Nobody is received better than oneself.
    assert (kernel.diagonal(dim1=1, dim2=2) >= kernel.amax(2) * (1 - 1e-4)).all()


def test_kernel_in_closed_form():
    places = torch.tensor([[0.0], [1], [3]])[None]
    weight = [[math.exp(-((a - b) ** 2) / 2) for b in (0, 1, 3)] for a in (0, 1, 3)]
    expected = torch.tensor([[w / sum(row) for w in row] for row in weight])[None]
    torch.testing.assert_close(gaussian_kernel(places), expected)


def test_where_the_picture_lies_does_not_count():
    """Far from zero squares are large, and their difference would drown in float32."""
    places = torch.rand(1, 12, 2, dtype=torch.float64) * 3
    expected = gaussian_kernel(places).float()
    found = gaussian_kernel((places + 1000).float())
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_places_far_apart_hear_themselves_and_equal_ones_all_alike():
    far = torch.tensor([[0.0, 0], [500, 0], [0, 1000]])[None]
    torch.testing.assert_close(gaussian_kernel(far), torch.eye(3)[None])
    torch.testing.assert_close(gaussian_kernel(torch.ones(1, 4, 5)), torch.full((1, 4, 4), 0.25))


def test_colours_of_opposite_ends_stay_exact_enough():
    """Smallest colour deviation, black beside white: float32 must not lose the positions."""
    places = positions(1, 8) / 3.0
    colours = torch.tensor([0.0, 255] * 4)[None, :, None].expand(1, 8, 3) / 0.5
    found = gaussian_kernel(torch.cat([places, colours], dim=2))
    alike = (torch.arange(8)[:, None] - torch.arange(8)) % 2 == 0
    expected = gaussian_kernel(places.double()) * alike
    expected = expected / expected.sum(2, keepdim=True)
    assert (found - expected).abs().max() < 0.01


def test_matrices_start_as_in_the_release():
    field = MeanField(21)
    for matrix, scale in ((field.spatial, 3), (field.bilateral, 5), (field.compatibility, 1)):
        assert torch.equal(matrix.weight[:, :, 0, 0], scale * torch.eye(21))
        assert matrix.bias is None
    assert sum(p.numel() for p in field.parameters()) == 3 * 21 * 21
    assert torch.equal(scaled_identity(2, -0.5).weight.flatten(), torch.tensor([-0.5, 0, 0, -0.5]))


@pytest.mark.parametrize("steps", [1, 4])
@torch.inference_mode()
def test_at_the_start_learned_compatibility_is_potts(case, steps):
    lively, scores, image = case
    both = kernels(image, 1.0, 3.0, 30.0)
    fresh = MeanField(CLASSES)
    learned = fresh(scores, both, (1.0, 1.0), steps, False)
    assert torch.equal(learned, fresh(scores, both, (1.0, 1.0), steps, True))
    apart = lively(scores, both, (1.0, 1.0), steps, True)
    assert not torch.allclose(lively(scores, both, (1.0, 1.0), steps, False), apart, atol=0.1)


@torch.inference_mode()
def test_at_the_start_what_is_added_sums_to_the_weights(case):
    """Messages of normalised kernels are distributions again: their classes sum to 1."""
    _, scores, image = case
    both = kernels(image, 1.0, 3.0, 30.0)
    added = MeanField(CLASSES)(scores, both, (0.5, 2.0), 3, False)
    torch.testing.assert_close(added.sum(1), torch.full((1, HEIGHT, WIDTH), 0.5 * 3 + 2.0 * 5))


@torch.inference_mode()
def test_each_kernel_has_its_weight(case):
    field, scores, image = case
    both = kernels(image, 1.0, 3.0, 30.0)

    def added(*weights):
        return field(scores, both, weights, 1, False)

    assert not added(0.0, 0.0).any()
    torch.testing.assert_close(added(2.0, 3.0), 2 * added(1.0, 0.0) + 3 * added(0.0, 1.0))
    other = kernels(255 - image.flip(-1), 1.0, 3.0, 30.0)
    assert torch.equal(
        field(scores, other, (1.0, 0.0), 2, False), field(scores, both, (1.0, 0.0), 2, False)
    )


@torch.inference_mode()
def test_kernels_of_one_serve_a_batch_and_pictures_do_not_mix(case):
    field, scores, image = case
    spatial, bilateral = kernels(image, 1.0, 3.0, 30.0)
    other_image, other_scores = image.flip(1), scores.flip(1)
    _, other = kernels(other_image.flip(-1), 1.0, 3.0, 30.0)
    both = field(
        torch.cat([scores, other_scores]),
        (spatial, torch.cat([bilateral, other])),
        (1.0, 1.0),
        3,
        False,
    )
    apart = [
        field(scores, (spatial, bilateral), (1.0, 1.0), 3, False),
        field(other_scores, (spatial, other), (1.0, 1.0), 3, False),
    ]
    torch.testing.assert_close(both, torch.cat(apart), rtol=1e-4, atol=1e-5)


def test_all_three_matrices_learn(case):
    _, scores, image = case
    field = MeanField(CLASSES)
    added = field(scores, kernels(image, 1.0, 3.0, 30.0), (1.0, 1.0), 2, False)
    (scores + added).softmax(1)[:, 0].sum().backward()
    for matrix in (field.spatial, field.bilateral, field.compatibility):
        assert matrix.weight.grad.abs().max() > 1e-6


@torch.inference_mode()
def test_a_lonely_place_gives_in_to_its_neighbours():
    scores = torch.zeros(1, 2, 5, 5)
    scores[:, 0] = 1.0
    scores[:, :, 2, 2] = torch.tensor([0.0, 1.0])
    both = kernels(torch.full((1, 3, 5, 5), 90.0), 3.0, 3.0, 10.0)
    added = MeanField(2)(scores, both, (1.0, 1.0), 5, False)
    assert scores.argmax(1)[0, 2, 2] == 1
    assert not (scores + added).argmax(1).any()
