"""DeepLab v3: parameters of every published form, the paper's rates, scales fused."""

import pytest
import torch

from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config

KAZUTO = DeepLabV3.presets["DeepLab v3 · Caffe ResNet-101, MG 1 2 4 (kazuto1011)"]
BARE = {"auxiliary": False}


def on_meta(**values):
    with torch.device("meta"):
        return DeepLabV3(DeepLabV3Config(**values)).eval()


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({}, 42_004_074),
        ({"backbone": "resnet101"}, 60_996_202),
        ({"backbone": "mobilenet_v3_large"}, 11_029_328),
        (BARE, 39_638_869),
        ({**BARE, "backbone": "resnet101"}, 58_630_997),
        ({**BARE, "backbone": "mobilenet_v3_large"}, 11_025_477),
        ({**BARE, "backbone": "mobilenet_v2"}, 5_113_877),
        (KAZUTO, 58_040_661),
    ],
)
def test_parameters(values, parameters):
    assert sum(p.numel() for p in on_meta(**values).parameters()) == parameters


def test_kazutos_rates_at_output_stride_16():
    network = on_meta(**KAZUTO)
    assert [unit.conv2.dilation[0] for unit in network.backbone.layer4] == [2, 4, 8]
    image = torch.zeros(1, 3, 513, 513, device="meta")
    assert network(image).shape == (1, 21, 33, 33)


@torch.inference_mode()
def test_three_scales_give_the_largest_score():
    torch.manual_seed(0)
    config = DeepLabV3Config(
        backbone="efficientnet_lite0", num_classes=3, aspp_channels=8, low_level_channels=4
    )
    network = DeepLabV3(config).eval()
    image = torch.randn(1, 3, 64, 96)
    alone = network(image)
    network.reconfigure(config.changed(multi_scale=True))
    fused = network(image)
    assert fused.shape == alone.shape
    assert (fused >= alone).all() and (fused > alone).any()
