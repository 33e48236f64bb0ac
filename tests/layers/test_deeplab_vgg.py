"""DeepLab's VGG-16: sizes, rates and parameters."""

import pytest
import torch
from torch import nn

from segviewer.layers.deeplab_vgg import DeepLabVGG16


@pytest.fixture
def backbone():
    with torch.device("meta"):
        return DeepLabVGG16().eval()


def test_it_has_vgg_16s_convolutions(backbone):
    assert sum(p.numel() for p in backbone.parameters()) == 14_714_688


@pytest.mark.parametrize(
    ("output_stride", "size", "rates"),
    [(8, 41, (1, 1, 1, 1, 2)), (16, 21, (1,) * 5), (32, 11, (1,) * 5)],
)
def test_sizes_for_321_and_rates_of_the_stages(backbone, output_stride, size, rates):
    backbone.reconfigure(output_stride, (1, 1, 1), False)
    maps = backbone(torch.zeros(1, 3, 321, 321, device="meta"))
    assert maps["out"].shape == (1, 512, size, size)
    found = [
        {layer.dilation[0] for layer in stage if isinstance(layer, nn.Conv2d)}
        for stage in backbone.stages
    ]
    assert found == [{rate} for rate in rates]
