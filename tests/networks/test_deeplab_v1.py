"""DeepLab v1: the paper's four forms, sizes, receptive fields, and rates against strides."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks.deeplab_v1 import DeepLabV1, DeepLabV1Config

PRESETS = DeepLabV1.presets
PLAIN = [name for name in PRESETS if name.startswith("DeepLab")]


def on_meta(**values):
    with torch.device("meta"):
        return DeepLabV1(DeepLabV1Config(**values)).eval()


def small(**values):
    usual = {"width": 4, "fc_channels": 8, "num_classes": 3}
    return DeepLabV1(DeepLabV1Config(**usual | values)).eval().requires_grad_(False)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def head_with(network, features, **values):
    network.reconfigure(network.config.changed(**values))
    return network.head(features)


@pytest.mark.parametrize(
    ("preset", "number", "millions"),
    [
        ("DeepLab-LargeFOV", 20_505_429, 20.5),
        ("DeepLab-7x7", 134_346_581, 134.3),
        ("DeepLab", 65_140_565, 65.1),
        ("DeepLab-4x4", 65_140_565, 65.1),
        ("ResNet-101 (kazuto1011)", 42_543_189, None),
    ],
)
def test_parameters(preset, number, millions):
    assert parameters(on_meta(**PRESETS[preset])) == number
    if millions:  # what the paper prints
        assert round(number / 1e6, 1) == millions


@pytest.mark.parametrize(
    ("preset", "field"),
    [("DeepLab-LargeFOV", 224), ("DeepLab-7x7", 224), ("DeepLab", 128), ("DeepLab-4x4", 224)],
)
def test_the_papers_field_of_view_is_nominal(preset, field):
    """What fc6 spans on the map of stride 8, and 3 cells: not what the network sees."""
    fc6 = on_meta(**PRESETS[preset]).fully_connected.fc6
    span = fc6.kernel_size[0] + (fc6.kernel_size[0] - 1) * (fc6.dilation[0] - 1)
    assert (span + 3) * 8 == field


@pytest.mark.parametrize(
    ("preset", "changes", "side"),
    [
        ("DeepLab-LargeFOV", {}, 435),
        ("DeepLab-LargeFOV", {"average_pooling": False}, 419),
        # 2x2 poolings (396 and 300 in FACTS §20) see 23 pixels less than the release's.
        ("DeepLab-7x7", {}, 396 + 23),
        ("DeepLab-4x4", {}, 396 + 23),
        ("DeepLab", {}, 300 + 23),
    ],
)
def test_receptive_fields(preset, changes, side):
    rows = {row.label: row for row in trace(on_meta(**PRESETS[preset] | changes))}
    assert (rows["scores"].size, rows["scores"].jump) == (side, 8)
    assert rows["fully_connected.fc6"].size == side


def test_layer_by_layer():
    """LargeFOV of FACTS §2."""
    network = on_meta()
    backbone = network.backbone
    pools = [backbone.pooling(stage) for stage in range(1, 6)]
    assert {(pool.kernel_size, pool.padding) for pool in pools} == {(3, 1)}
    assert [pool.stride for pool in pools] == [2, 2, 2, 1, 1]
    for stage, rate in enumerate((1, 1, 1, 1, 2), start=1):
        convs = [backbone.get_submodule(name) for name in backbone.names(stage)]
        assert {(conv.dilation, conv.padding) for conv in convs} == {((rate, rate),) * 2}
    fc6, fc7 = network.fully_connected.fc6, network.fully_connected.fc7
    assert (fc6.weight.shape, fc6.dilation) == ((1024, 512, 3, 3), (12, 12))
    assert fc7.weight.shape == (1024, 1024, 1, 1)
    assert network.fc8.weight.shape == (21, 1024, 1, 1)
    assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [0.5, 0.5]
    average = network.average
    assert (average.kernel_size, average.stride, average.padding) == (3, 1, 1)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("side", "cells"), [(321, 41), (513, 65), (353, 45)])
def test_size_of_the_map(preset, side, cells):
    """Sizes 32k - 31 line up: 321, 161, 81, 41."""
    network = on_meta(**PRESETS[preset])
    features = network.features(torch.zeros(1, 3, side, side, device="meta"))
    assert features["out"].shape[-2:] == (cells, cells)
    assert network.head(features).shape == (1, 21, cells, cells)


def test_halves_of_321():
    network = on_meta(pool4_stride=2, pool5_stride=2)
    maps = network.backbone(torch.zeros(1, 3, 321, 321, device="meta"))
    assert [maps[f"pool{stage}"].shape[-1] for stage in range(1, 6)] == [161, 81, 41, 21, 11]


@pytest.mark.parametrize("kernel", [3, 4, 7])
def test_every_rate_of_fc6_keeps_the_size(kernel):
    network = on_meta(fc6_kernel=kernel, width=2, fc_channels=2)
    for shape in ((41, 41), (1, 5), (20, 33)):
        features = {"out": torch.zeros(1, 16, *shape, device="meta")}
        for rate in range(1, 25):
            scores = head_with(network, features, fc6_rate=rate)
            assert scores.shape == (1, 21, *shape), (rate, shape)


@pytest.mark.parametrize("rate", [1, 4, 12])
@torch.inference_mode()
def test_a_4x4_kernel_reaches_one_rate_farther_down_and_right(rate):
    network = small(fc6_kernel=4, fc6_rate=rate, average_pooling=False)
    fc6, fc7 = network.fully_connected.fc6, network.fully_connected.fc7
    for layer, value in ((fc6, 1.0), (fc7, 1.0), (network.fc8, 1.0)):
        layer.weight.fill_(value)
        layer.bias.zero_()
    before = 3 * rate // 2
    middle, side = 40, 81
    lit = torch.zeros(1, 32, side, side)
    lit[..., middle, middle] = 1
    answered = network.head({"out": lit})[0, 0].nonzero()
    # The tap at offset -before + n r of a place reads the lit one.
    places = sorted(middle + before - n * rate for n in range(4))
    assert sorted(set(answered[:, 0].tolist())) == places
    assert sorted(set(answered[:, 1].tolist())) == places


@torch.inference_mode()
def test_head_written_out():
    network = small()
    features = network.features(torch.randn(2, 3, 97, 65))
    layers = network.fully_connected

    def expected(x, rate):
        x = F.conv2d(x, layers.fc6.weight, layers.fc6.bias, padding=rate, dilation=rate).relu()
        x = F.conv2d(x, layers.fc7.weight, layers.fc7.bias).relu()
        return F.conv2d(x, network.fc8.weight, network.fc8.bias)

    pooled = F.avg_pool2d(features["out"], 3, 1, padding=1)
    torch.testing.assert_close(network.head(features), expected(pooled, 12))
    torch.testing.assert_close(head_with(network, features, fc6_rate=3), expected(pooled, 3))
    found = head_with(network, features, average_pooling=False)
    torch.testing.assert_close(found, expected(features["out"], 3))


def test_average_pooling_counts_the_zeros_around_as_caffe_does():
    ones = torch.ones(1, 1, 4, 5)
    averaged = small().average(ones)[0, 0]
    assert averaged[0, 0] == pytest.approx(4 / 9) and averaged[0, 2] == pytest.approx(6 / 9)
    assert averaged[1, 1] == 1


@torch.inference_mode()
def test_a_rate_makes_up_for_the_stride_that_pool4_lost():
    """conv5 at every second place is what it was behind a pool4 of stride 2."""
    network = small(pool4_stride=2, conv5_rate=1)
    image = torch.randn(1, 3, 97, 129)

    def conv5():
        return network.backbone.stage(5, network.backbone(image)["pool4"])

    classifier = conv5()
    network.reconfigure(network.config.changed(pool4_stride=1, conv5_rate=2))
    dense = conv5()
    torch.testing.assert_close(dense[..., ::2, ::2], classifier, rtol=1e-4, atol=1e-5)
    network.reconfigure(network.config.changed(conv5_rate=1))
    gap = (conv5()[..., ::2, ::2] - classifier).abs().max()
    assert gap > 0.01 * classifier.std()


@pytest.mark.parametrize("output_stride", [8, 16, 32])
def test_kazuto1011s_backbone_and_classifier(output_stride):
    network = on_meta(backbone="resnet101_caffe", output_stride=output_stride)
    assert network.fc.weight.shape == (21, 2048, 1, 1)
    features = network.features(torch.zeros(1, 3, 321, 321, device="meta"))
    cells = {8: 41, 16: 21, 32: 11}[output_stride]
    assert features["out"].shape == (1, 2048, cells, cells)
    rows = {row.label: row for row in trace(network)}
    assert (rows["scores"].size, rows["scores"].jump) == (1027, output_stride)


def test_every_unit_of_a_dilated_stage_has_the_full_rate():
    backbone = on_meta(backbone="resnet101_caffe").backbone
    assert {unit.conv2.dilation for unit in backbone.layer3} == {(2, 2)}
    assert {unit.conv2.dilation for unit in backbone.layer4} == {(4, 4)}


def test_idle_settings_by_backbone():
    plain, resnet = small(), on_meta(backbone="resnet50_caffe")
    geometry = set(plain.config.geometry_names())
    assert set(plain.idle_fields()) == {"output_stride"}
    assert set(resnet.idle_fields()) == geometry - {"output_stride"}
