"""DeepLab v3, cascaded blocks: parameters and sizes with and without atrous convolution."""

import pytest
import torch
from pydantic import ValidationError

from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade, DeepLabV3CascadeConfig

RESNET50 = 23_508_032  # without its classifier
CLASSIFIER = 2048 * 21 + 21


def on_meta(**values):
    with torch.device("meta"):
        return DeepLabV3Cascade(DeepLabV3CascadeConfig(**values)).eval()


@pytest.mark.parametrize(("projection", "block"), [(False, 13_387_776), (True, 17_586_176)])
def test_parameters(projection, block):
    found = sum(p.numel() for p in on_meta(projection=projection).parameters())
    assert found == RESNET50 + 3 * block + CLASSIFIER


@pytest.mark.parametrize("backbone", ["resnet50", "resnet101", "efficientnet_lite0"])
@pytest.mark.parametrize("blocks", [0, 1, 2, 3])
@pytest.mark.parametrize("output_stride", [8, 16, 32, 64, 128, 256])
def test_size_of_the_scores(backbone, blocks, output_stride):
    network = on_meta(
        backbone=backbone, cascaded_blocks=blocks, output_stride=output_stride, num_classes=2
    )
    scores = network(torch.zeros(1, 3, 512, 768, device="meta"))
    stride = min(output_stride, 32 * 2**blocks)
    assert scores.shape == (1, 2, 512 // stride, 768 // stride)


def test_rates_of_blocks_4_to_7_at_output_stride_16():
    network = on_meta(multi_grid=(1, 2, 4))
    blocks = [network.backbone.layer4, *network.cascade]
    found = [[unit.conv2.dilation[0] for unit in block] for block in blocks]
    assert found == [[rate, 2 * rate, 4 * rate] for rate in (2, 4, 8, 16)]


def test_multi_grid_has_three_rates():
    with pytest.raises(ValidationError):
        DeepLabV3CascadeConfig(multi_grid=(1, 2))
