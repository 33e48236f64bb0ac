"""The backbones' outputs, strides, rates and widths."""

import pytest
import torch
from torch import nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.mobilenet_v3 import MobileNetV3Large
from segviewer.layers.resnet import ResNet

NAMES = ("resnet50", "resnet101", "mobilenet_v3_large", "efficientnet_lite0")
AUXILIARY_STRIDE = {"mobilenet_v3_large": 8}  # the rest: 16, or the output stride if smaller


def on_meta(name: str) -> nn.Module:
    with torch.device("meta"):
        return build_backbone(name).eval()


def ceil_div(size: int, stride: int) -> int:
    return -(-size // stride)


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1, 1), (65, 129), (224, 224)])
def test_maps_have_the_promised_size_and_width(name, output_stride, keeps, size):
    backbone = on_meta(name)
    backbone.reconfigure(output_stride, (1, 2, 4), keeps)
    maps = backbone(torch.zeros(2, 3, *size, device="meta"))
    strides = {
        "low_level": 4,
        "auxiliary": min(AUXILIARY_STRIDE.get(name, 16), output_stride),
        "out": output_stride,
    }
    assert set(maps) == set(strides)
    for key, stride in strides.items():
        expected = (2, backbone.channels[key], *(ceil_div(side, stride) for side in size))
        assert maps[key].shape == expected


def test_sizes_for_513_are_the_papers():
    resnet, mobilenet = on_meta("resnet50"), on_meta("mobilenet_v3_large")
    resnet.reconfigure(8, (1, 1, 1), True)
    mobilenet.reconfigure(16, (1, 1, 1), False)
    image = torch.zeros(1, 3, 513, 513, device="meta")
    assert resnet(image)["out"].shape[-1] == 65
    assert mobilenet(image)["out"].shape[-1] == 33
    assert mobilenet(image)["auxiliary"].shape[-1] == 65


def rates(layer: nn.Module) -> list[int]:
    return [unit.conv2.dilation[0] for unit in layer]


def test_multi_grid_multiplies_the_last_block():
    # FACTS §4: MG(1,2,4) at output stride 16 runs block 4 at 2, 4, 8.
    resnet = on_meta("resnet50")
    resnet.reconfigure(16, (1, 2, 4), False)
    assert rates(resnet.layer4) == [2, 4, 8]
    assert rates(resnet.layer3) == [1] * 6


def test_torchvisions_rates_at_output_stride_8():
    resnet = on_meta("resnet50")
    resnet.reconfigure(8, (1, 1, 1), True)
    assert rates(resnet.layer3) == [1, 2, 2, 2, 2, 2]
    assert rates(resnet.layer4) == [2, 4, 4]


def test_shortcut_follows_the_stride():
    resnet = on_meta("resnet50")
    for output_stride, stride in ((32, (2, 2)), (16, (1, 1)), (32, (2, 2))):
        resnet.reconfigure(output_stride, (1, 1, 1), True)
        assert resnet.layer4[0].downsample[0].stride == stride
        assert resnet.layer4[0].downsample[0].padding == (0, 0)


def depthwise_rates(mobilenet: nn.Module) -> list[int]:
    return [m.dilation[0] for m in mobilenet.modules() if isinstance(m, nn.Conv2d) and m.groups > 1]


def test_mobilenet_starts_in_torchvisions_geometry():
    with torch.device("meta"):
        mobilenet = MobileNetV3Large()
    assert depthwise_rates(mobilenet) == [1] * 12 + [2, 2, 2]


def test_mobilenet_multi_grid_reaches_the_last_three_units():
    mobilenet = on_meta("mobilenet_v3_large")
    mobilenet.reconfigure(8, (1, 2, 4), True)
    assert depthwise_rates(mobilenet) == [1] * 6 + [1] + [2] * 5 + [2, 8, 16]


def test_parameter_counts_are_the_published_ones():
    # FACTS §20: classification networks minus their classification layers.
    def count(module):
        return sum(p.numel() for p in module.parameters())

    assert count(on_meta("resnet50")) == 25_557_032 - (2048 * 1000 + 1000)
    assert count(on_meta("resnet101")) == 44_549_160 - (2048 * 1000 + 1000)
    head = 960 * 1280 + 1280 + 1280 * 1000 + 1000
    assert count(on_meta("mobilenet_v3_large")) == 5_483_032 - head


def test_low_level_features_do_not_see_the_output_stride():
    torch.manual_seed(0)
    backbone = ResNet("resnet50").eval()
    image = torch.randn(1, 3, 40, 40)
    with torch.no_grad():
        backbone.reconfigure(32, (1, 1, 1), True)
        before = backbone(image)["low_level"]
        backbone.reconfigure(8, (1, 2, 4), False)
        after = backbone(image)["low_level"]
    assert torch.equal(before, after)


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "efficientnet_lite0"])
def test_a_removed_stride_makes_no_shortcut(name):
    backbone = on_meta(name)
    adding = [m for m in backbone.modules() if getattr(m, "adds_input", False)]
    backbone.reconfigure(8, (1, 1, 1), True)
    assert [m for m in backbone.modules() if getattr(m, "adds_input", False)] == adding
