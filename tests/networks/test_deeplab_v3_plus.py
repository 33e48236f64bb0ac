"""DeepLab v3+: parameters, sizes, and what the decoder is without its input."""

import pytest
import torch

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
