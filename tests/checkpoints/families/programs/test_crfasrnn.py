"""sadeepj's CRF-RNN opens with its CRF, and a bias there is none of here is not lost."""

import pytest
import torch

from segviewer.checkpoints.detection import build_without_numbers, shapes_of
from segviewer.checkpoints.opening import open_network
from segviewer.networks import network_class

CLASSES = 3


@pytest.fixture
def tensors(filled):
    config = network_class("fcn").Config(width=2, fc_channels=4, num_classes=CLASSES)
    shapes = {
        key.removeprefix("backbone.").removeprefix("fully_connected."): shape
        for key, shape in shapes_of(build_without_numbers("fcn", config)).items()
    }
    for name in ("spatial_ker_weights", "bilateral_ker_weights", "compatibility_matrix"):
        shapes[f"crfrnn.{name}"] = (CLASSES, CLASSES)
    return filled(shapes | {"upscore2.bias": (CLASSES,)})


@pytest.fixture
def opened(tensors, tmp_path):
    torch.save(tensors, tmp_path / "crfasrnn_weights.pth")
    return open_network(str(tmp_path / "crfasrnn_weights.pth"))


def test_every_tensor_is_used(opened, tensors):
    assert opened.card.architecture == "crf_rnn"
    assert (opened.unused, opened.card.weights) == (0, "unknown")
    matrix = tensors["crfrnn.bilateral_ker_weights"]
    assert torch.equal(opened.network.mean_field.bilateral.weight[:, :, 0, 0], matrix)
    assert any("coarse grid" in note for note in opened.notes)


@torch.inference_mode()
def test_the_bias_of_its_first_deconvolution_counts(opened, tensors):
    """Without the CRF the scores are FCN-8s's, whose first deconvolution adds the bias."""
    opened.network.reconfigure(opened.config.changed(num_iterations=0))
    fcn, image = opened.network.fcn, torch.randn(1, 3, 70, 90)
    found = opened.network(image)
    fcn.score_pool4.bias = torch.nn.Parameter(tensors["score_pool4.bias"])
    without = fcn(image)
    fcn.upscore2.bias = torch.nn.Parameter(tensors["upscore2.bias"])
    torch.testing.assert_close(found, fcn(image))
    assert not torch.allclose(found, without)
