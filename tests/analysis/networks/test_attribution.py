"""Attributions of networks whose answer is known by hand."""

import numpy as np
import pytest
import torch

from segviewer.analysis.networks.attribution import (
    RegionScore,
    integrated_gradients,
    occlusion,
    seg_grad_cam,
)
from segviewer.layers.framing import WHOLE


class Linear:
    """Features are two maps at half size, scores their weighted sums; everything is linear."""

    align_corners = False

    def framing(self, height, width):
        return WHOLE

    def features(self, image):
        small = torch.nn.functional.avg_pool2d(image, 2)
        return {"fine": image[:, :1], "out": small[:, :2]}

    def head(self, features):
        first, second = features["out"][:, :1], features["out"][:, 1:]
        return torch.cat([first, 3 * second - first], 1)


@pytest.fixture
def image():
    return torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 8, 12))).float()


def test_integrated_gradients_of_a_linear_score_are_its_terms(image):
    weights = torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    plain = torch.ones_like(image)
    found = integrated_gradients(lambda x: (weights * x).sum(), image, plain, 1)
    terms = (weights * (image - plain)).sum(1)[0]
    np.testing.assert_allclose(found.values, terms, rtol=1e-5, atol=1e-6)
    assert found.gap < 1e-5


def test_they_are_complete_also_where_the_score_is_curved(image):
    plain = torch.zeros_like(image)
    gaps = [
        integrated_gradients(lambda x: (x**4).sum(), image, plain, steps).gap for steps in (2, 16)
    ]
    # The midpoint rule: eight times the steps, a sixty-fourth of the error.
    assert gaps[1] == pytest.approx(gaps[0] / 64, rel=0.15)


def test_hidden_windows_lose_what_they_held(image):
    found = occlusion(lambda x: x.sum(), image, torch.zeros_like(image), 5)
    assert found.shape == (8, 12)
    assert found[0, 0] == pytest.approx(float(image[..., :5, :5].sum()), abs=1e-4)
    # At the border the windows are what is left of them.
    assert found[7, 11] == pytest.approx(float(image[..., 5:, 10:].sum()), abs=1e-4)


def test_seg_grad_cam_weights_the_deepest_maps_by_their_mean_gradient(image):
    network = Linear()
    region = torch.zeros((8, 12), dtype=torch.bool)
    region[2:4, 2:4] = True
    found = seg_grad_cam(RegionScore(network, region, 1), image)
    maps = network.features(image)["out"]
    # ∂s/∂A is −1 and 3, spread over 24 cells of each map in all.
    cam = ((3 * maps[:, 1:] - maps[:, :1]) / 24).clamp(min=0)
    expected = torch.nn.functional.interpolate(cam, (8, 12), mode="bilinear")[0, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_score_of_a_region_is_the_mean_over_it(image):
    region = torch.zeros((8, 12), dtype=torch.bool)
    region[0, 0] = region[7, 11] = True
    score = RegionScore(Linear(), region, 0)
    scores = Linear().features(image)["out"][0, 0]
    assert float(score(image)) == pytest.approx(float((scores[0, 0] + scores[3, 5]) / 2), abs=1e-5)
