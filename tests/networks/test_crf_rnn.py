"""CRF-RNN: FCN-8s when idle, the exact CRF when every pixel is a cell, and its cells."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.crf.engines.mean_field_exact import mean_field_exact
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.networks.crf_rnn import CRFRNN, CRFRNNConfig, cell_centres, cell_side
from segviewer.networks.fcn import FCN, FCNConfig

GOLD = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "gold" / "crf_gold.json"
SMALL = {"width": 2, "fc_channels": 4, "num_classes": 3}


def small(**values):
    network = CRFRNN(CRFRNNConfig(**SMALL | values))
    return network.eval().requires_grad_(False)


def picture(height=24, width=32):
    """Grey levels in two halves and some noise, as the network takes them."""
    image = 8 * torch.randn(1, 3, height, width)
    image[..., width // 2 :] += 90
    return image


def head_with(network, features, **values):
    network.reconfigure(network.config.changed(**values))
    return network.head(features)


def test_parameters():
    """FCN-8s (FACTS §1) and three matrices over the classes."""
    with torch.device("meta"):
        network = CRFRNN(CRFRNNConfig())
    assert sum(p.numel() for p in network.parameters()) == 134_489_759 + 3 * 21 * 21


def test_settings_are_those_of_the_release():
    config = CRFRNNConfig()
    assert (config.appearance_xy_std, config.appearance_rgb_std) == (160, 3)
    assert (config.smoothness_xy_std, config.num_iterations) == (3, 10)
    assert CRFRNNConfig(**CRFRNN.presets["CRF-RNN · as trained"]).num_iterations == 5


@torch.inference_mode()
def test_without_iterations_it_is_fcn_8s_exactly():
    network, image = small(num_iterations=0), picture()
    fcn = FCN(FCNConfig(**SMALL)).eval()
    fcn.load_state_dict(network.fcn.state_dict())
    assert fcn.config.variant == "8s" and fcn.config.skip_pool4 and fcn.config.skip_pool3
    assert torch.equal(network(image), fcn(image))
    features, theirs = network.features(image), fcn.features(image)
    assert features.keys() == theirs.keys()
    assert all(torch.equal(features[name], theirs[name]) for name in theirs)
    assert not torch.allclose(head_with(network, features, num_iterations=1), fcn(image))


@torch.inference_mode()
def test_without_weights_it_is_fcn_8s_too():
    network = small(appearance_weight=0.0, smoothness_weight=0.0)
    features = network.features(picture())
    assert torch.equal(network.head(features), network.fcn.head(features))


def stubbed(monkeypatch, scores, **values):
    """A network whose FCN-8s says `scores` (1, K, h, w)."""
    network = small(num_classes=scores.shape[1], **values)
    monkeypatch.setattr(network.fcn, "head", lambda features: scores)
    return network


def golden_picture():
    image = torch.zeros(1, 3, 3, 4)
    image[..., 2:] = 200
    image[..., 1, 1] = 180
    rows = [[0.3, 0.4, 0.6, 0.7], [0.2, 0.45, 0.55, 0.9], [0.4, 0.6, 0.5, 0.8]]
    one = torch.tensor(rows)
    return image, torch.stack([1 - one, one])[None].log()


# The release's matrices are 3 and 5, the golden numbers' weights 3 and 4.
GOLDEN = {
    "smoothness_weight": 1.0,
    "smoothness_xy_std": 1.0,
    "appearance_weight": 0.8,
    "appearance_xy_std": 3.0,
    "appearance_rgb_std": 30.0,
}


@pytest.mark.parametrize("potts", [False, True])
@pytest.mark.parametrize(("steps", "place", "value"), [(1, (0, 0), 0.059191), (10, (1, 1), 0.9778)])
@torch.inference_mode()
def test_golden_numbers(monkeypatch, steps, place, value, potts):
    image, scores = golden_picture()
    network = stubbed(monkeypatch, scores, num_iterations=steps, compatibility=not potts, **GOLDEN)
    probs = network.head({"image": image}).softmax(1)[0, 1]
    assert float(probs[place]) == pytest.approx(value, abs=6e-5)
    if GOLD.is_file():
        results = json.loads(GOLD.read_text(encoding="utf-8"))["results"]
        expected = results["after|self=True"][f"q1_it{steps}"]
        np.testing.assert_allclose(probs.flatten().numpy(), expected, atol=5e-6)


@torch.inference_mode()
def test_with_a_cell_for_every_pixel_it_is_the_exact_crf(monkeypatch):
    """The program's own CRF, each row of the kernels normalised."""
    generator = np.random.default_rng(4)
    image = generator.integers(0, 256, (9, 13, 3), dtype=np.uint8)
    scores = torch.from_numpy(generator.normal(size=(1, 4, 9, 13)).astype(np.float32))
    stds = {"appearance_xy_std": 6.0, "appearance_rgb_std": 40.0, "smoothness_xy_std": 2.0}
    network = stubbed(monkeypatch, scores, num_iterations=5, **stds)
    # Less the mean, and BGR: distances between colours know neither.
    normalised = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None] - 110.0
    found = network.head({"image": normalised}).softmax(1)[0]
    crf = CRFSettings(
        appearance_weight=5.0,
        smoothness_weight=3.0,
        num_iterations=5,
        normalisation="after",
        **stds,
    )
    unary = -scores.log_softmax(1)[0].flatten(1).T.double().numpy()
    *_, expected = mean_field_exact(image, unary, crf)
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-5)


@torch.inference_mode()
def test_potts_and_learned_compatibility_part_only_by_learning():
    network = small(num_iterations=3)
    features = network.features(picture())
    learned, potts = (head_with(network, features, compatibility=c) for c in (True, False))
    assert torch.equal(learned, potts)
    network.mean_field.compatibility.weight += 0.3
    assert torch.equal(network.head(features), potts)
    assert not torch.allclose(head_with(network, features, compatibility=True), potts, atol=0.1)


@torch.inference_mode()
def test_colours_count_in_the_appearance_kernel_alone():
    network = small(num_iterations=2, max_cells=64)
    features = network.features(picture())
    recoloured = features | {"image": features["image"].flip(-1)}
    for weights, same in (((0.0, 1.0), True), ((1.0, 0.0), False)):
        appearance, smoothness = weights
        before = head_with(
            network, features, appearance_weight=appearance, smoothness_weight=smoothness
        )
        assert torch.equal(network.head(recoloured), before) == same


@torch.inference_mode()
def test_what_is_added_is_interpolated_between_cells(monkeypatch):
    scores, image = torch.randn(1, 3, 24, 32), picture(24, 32)
    scores[:, 0, :12, :16] += 6
    network = stubbed(monkeypatch, scores, num_iterations=1, max_cells=48)
    assert cell_side(24, 32, 48) == 4  # 6 x 8 cells of 4 pixels
    added = network.head({"image": image}) - scores
    coarse = network.mean_field(
        F.avg_pool2d(scores, 4),
        network._kernels(F.avg_pool2d(image, 4), (24, 32)),
        (1.0, 1.0),
        1,
        False,
    )
    assert coarse.std() > 0.1
    expected = F.interpolate(coarse, (24, 32), mode="bilinear", align_corners=False)
    torch.testing.assert_close(added, expected, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_cells_are_as_far_apart_as_their_pixels():
    """Reach is in pixels: the same picture at half the cells has the same kernel."""
    network = small(smoothness_xy_std=5.0)
    spatial, _ = network._kernels(torch.zeros(1, 3, 2, 3), (16, 24))
    centres = [(r, c) for r in (4, 12) for c in (4, 12, 20)]
    weights = [[math.exp(-(math.dist(a, b) ** 2) / 50) for b in centres] for a in centres]
    expected = torch.tensor([[w / sum(row) for w in row] for row in weights])
    torch.testing.assert_close(spatial[0], expected)


@given(st.integers(1, 700), st.integers(1, 700), st.integers(16, 4096))
def test_cells_are_the_smallest_that_are_few_enough(height, width, most):
    def cells(side):
        return math.ceil(height / side) * math.ceil(width / side)

    side = cell_side(height, width, most)
    assert cells(side) <= most
    assert side == 1 or cells(side - 1) > most


@pytest.mark.parametrize(
    ("size", "most", "side"),
    [((64, 64), 4096, 1), ((64, 65), 4096, 2), ((375, 500), 4096, 7), ((1, 1), 16, 1)],
)
def test_sides(size, most, side):
    assert cell_side(*size, most) == side


def test_centres():
    centres = cell_centres((2, 3), (10, 12))
    expected = [[2.5, 2], [2.5, 6], [2.5, 10], [7.5, 2], [7.5, 6], [7.5, 10]]
    assert torch.equal(centres, torch.tensor([expected]))
    assert torch.equal(cell_centres((4, 5), (4, 5))[0, 6], torch.tensor([1.5, 1.5]))


def test_all_of_it_trains_together():
    network = CRFRNN(CRFRNNConfig(**SMALL, num_iterations=2)).eval()
    network(picture()).log_softmax(1)[:, 0].mean().backward()
    for name in (
        "fcn.backbone.conv1_1",
        "fcn.score_fr",
        "fcn.upscore8",
        "mean_field.spatial",
        "mean_field.bilateral",
        "mean_field.compatibility",
    ):
        assert network.get_submodule(name).weight.grad.abs().max() > 0, name
