"""DeepLab v3+: parameters, sizes, and what the decoder is without its input."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.networks.deeplab_v3_plus import DeepLabV3Plus, DeepLabV3PlusConfig


def on_meta(**values):
    with torch.device("meta"):
        return DeepLabV3Plus(DeepLabV3PlusConfig(**values)).eval()


@pytest.mark.parametrize(
    ("backbone", "parameters"),
    [("resnet50", 39_761_845), ("resnet101", 58_753_973), ("mobilenet_v2", 5_225_717)],
)
def test_parameters(backbone, parameters):
    network = on_meta(backbone=backbone)
    assert sum(p.numel() for p in network.parameters()) == parameters


@pytest.mark.parametrize(("decoder", "side"), [(True, 129), (False, 33)])
def test_size_of_the_scores(decoder, side):
    network = on_meta(output_stride=16, decoder=decoder)
    scores = network(torch.zeros(1, 3, 513, 513, device="meta"))
    assert scores.shape == (1, 21, side, side)


@torch.inference_mode()
def test_three_scales_keep_the_largest_score():
    torch.manual_seed(0)
    config = DeepLabV3PlusConfig(
        backbone="efficientnet_lite0", num_classes=3, aspp_channels=8, multi_scale=True
    )
    network = DeepLabV3Plus(config).eval()
    image = torch.randn(1, 3, 64, 96)
    found = network(image)
    network.reconfigure(config.changed(multi_scale=False))
    single = network(image)
    scores = [single]
    for scale in (0.5, 0.75):
        smaller = F.interpolate(image, scale_factor=scale, mode="bilinear", align_corners=False)
        other = F.interpolate(network(smaller), single.shape[-2:], mode="bilinear")
        scores.append(other)
    torch.testing.assert_close(found, torch.stack(scores).amax(0))
    assert not torch.allclose(found, single)


@pytest.mark.parametrize("norm", [True, False])
def test_a_separable_convolution_without_a_norm_is_two_convolutions(norm):
    config = {"backbone": "efficientnet_lite0", "separable": True, "separable_norm": norm}
    keys = on_meta(**config).state_dict()
    assert ("classifier.aspp.convs.1.1.running_mean" in keys) is norm
    assert keys["classifier.aspp.convs.1.0.weight"].shape[1:] == (1, 3, 3)
    pointwise = "classifier.aspp.convs.1.3.weight" if norm else "classifier.aspp.convs.1.1.weight"
    assert keys[pointwise].shape[2:] == (1, 1)


@torch.inference_mode()
def test_low_level_features_matter_only_through_the_skip():
    torch.manual_seed(0)
    config = DeepLabV3PlusConfig(backbone="efficientnet_lite0", num_classes=3, aspp_channels=8)
    network = DeepLabV3Plus(config).eval()
    features = network.features(torch.randn(1, 3, 64, 64))
    other = {**features, "low_level": torch.randn_like(features["low_level"])}
    assert not torch.allclose(network.head(features), network.head(other))
    for values in ({"low_level_skip": False}, {"decoder": False}):
        network.reconfigure(config.changed(**values))
        assert torch.equal(network.head(features), network.head(other))
