"""Layer tables: closed forms of single layers, and torchvision's own figures of its networks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torchvision import models

from segviewer.analysis.networks.model_size import LayerRow, layer_table, totals
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config
from segviewer.networks.drn import DRN, DRNConfig
from segviewer.networks.network import Network
from segviewer.networks.res_net import ResNet, ResNetConfig
from segviewer.networks.settings import NetworkSettings
from segviewer.networks.u_net import UNet, UNetConfig


class OneLayer(Network):
    """A layer or function, and nothing behind it."""

    def __init__(self, layer, channels=3):
        super().__init__(NetworkSettings())
        self.layer, self.channels = layer, channels

    def features(self, image):
        return {"out": self.layer(image[:, :1].expand(-1, self.channels, -1, -1))}

    def head(self, features):
        return features["out"]


def only_row(layer, height, width, channels=3):
    (row,) = layer_table(OneLayer(layer, channels), height, width)
    return row


def on_meta(network_type, config):
    with torch.device("meta"):
        return network_type(config)


@settings(max_examples=30)
@given(
    groups=st.sampled_from([1, 2, 6]),
    wider=st.integers(1, 3),
    kernel=st.sampled_from([1, 3, 4, 7]),
    stride=st.integers(1, 3),
    rate=st.integers(1, 2),
    height=st.integers(20, 40),
    bias=st.booleans(),
)
def test_a_convolution(groups, wider, kernel, stride, rate, height, bias):
    cin, cout, width = 6, 6 * wider, 25
    conv = nn.Conv2d(cin, cout, kernel, stride, padding=1, dilation=rate, groups=groups, bias=bias)
    h, w = ((side + 2 - (kernel - 1) * rate - 1) // stride + 1 for side in (height, width))
    weights = cout * (cin // groups) * kernel**2
    assert only_row(conv, height, width, cin) == LayerRow(
        "layer",
        "depthwise convolution" if groups == cin else "convolution",
        cout,
        h,
        w,
        kernel,
        stride,
        rate,
        weights + bias * cout,
        weights * h * w,
    )


def test_a_transposed_convolution_spreads_its_input():
    row = only_row(nn.ConvTranspose2d(3, 5, 4, 2, padding=1), 10, 12)
    weights = 3 * 5 * 4 * 4
    assert row == LayerRow(
        "layer", "transposed convolution", 5, 20, 24, 4, 2, 1, weights + 5, weights * 10 * 12
    )


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.BatchNorm2d(3), ("batch norm", 3, 16, 24, 1, 1, 1, 6)),
        (nn.MaxPool2d(3, 2, 1), ("max pooling", 3, 8, 12, 3, 2, 1)),
        (nn.MaxPool2d(2), ("max pooling", 3, 8, 12, 2, 2, 1)),
        (nn.MaxPool2d(3, 1, 1, dilation=2), ("max pooling", 3, 14, 22, 3, 1, 2)),
        (nn.AvgPool2d(2), ("average pooling", 3, 8, 12, 2, 2, 1)),
        (nn.AvgPool2d(3, 1, 1), ("average pooling", 3, 16, 24, 3, 1, 1)),
        (nn.AdaptiveAvgPool2d(6), ("adaptive average pooling", 3, 6, 6)),
        (nn.AdaptiveAvgPool2d(1), ("global average", 3, 1, 1, 0)),
        (nn.AdaptiveMaxPool2d(3), ("adaptive max pooling", 3, 3, 3)),
        (nn.UpsamplingBilinear2d(scale_factor=2), ("bilinear resizing", 3, 32, 48)),
        (nn.PReLU(3), ("PReLU", 3, 16, 24, 1, 1, 1, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_layers_without_multiply_adds(layer, expected):
    assert only_row(layer, 16, 24) == LayerRow("layer", *expected)


def test_what_is_no_layer_has_no_row():
    layer = nn.Sequential(nn.ReLU(), nn.Dropout(0.5), nn.Identity())
    assert layer_table(OneLayer(layer), 16, 24) == ()


def test_a_linear_layer_and_a_product():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 5, 7))
    row = only_row(linear, 4, 5)
    assert (row.name, row.channels, row.parameters) == ("layer.1", 7, 60 * 7 + 7)
    assert row.multiply_adds == 60 * 7
    row = only_row(lambda x: torch.einsum("bchw,bcvu->bhwvu", x, x).flatten(2), 4, 5)
    assert row.name == "features"
    assert row.multiply_adds == 3 * 20 * 20


def test_functions_are_seen_like_layers():
    weight = torch.empty(8, 3, 3, 3, device="meta")
    row = only_row(lambda x: F.conv2d(x, weight, padding=1), 10, 10)
    assert (row.name, row.multiply_adds, row.parameters) == ("features", weight.numel() * 100, 0)


def test_a_layer_that_runs_twice_has_its_parameters_once():
    conv = nn.Conv2d(3, 3, 3, padding=1)
    first, second = layer_table(OneLayer(nn.Sequential(conv, conv)), 8, 8)
    assert (first.parameters, second.parameters) == (84, 0)
    assert first.multiply_adds == second.multiply_adds == 81 * 64


@pytest.mark.parametrize(
    ("depth", "weights"),
    [
        (18, models.ResNet18_Weights.IMAGENET1K_V1),
        (50, models.ResNet50_Weights.IMAGENET1K_V1),
        (152, models.ResNet152_Weights.IMAGENET1K_V1),
    ],
)
def test_resnets_cost_what_torchvision_says(depth, weights):
    config = ResNetConfig(depth=depth, num_classes=1000, global_pooling=True)
    found = totals(on_meta(ResNet, config), 224, 224)
    assert found.parameters == weights.meta["num_params"]
    assert found.multiply_adds / 1e9 == pytest.approx(weights.meta["_ops"], abs=5e-4)
    assert (found.feature_height, found.feature_width, found.output_stride) == (7, 7, 32)


def test_deeplab_v3_costs_what_torchvision_says_less_its_auxiliary_head():
    weights = models.segmentation.DeepLabV3_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1
    network = on_meta(DeepLabV3, DeepLabV3Config())
    found = totals(network, 520, 520)
    auxiliary = (1024 * 256 * 9 + 256 * 21) * 65 * 65
    assert (found.multiply_adds + auxiliary) / 1e9 == pytest.approx(weights.meta["_ops"], abs=5e-4)
    assert found.parameters == weights.meta["num_params"]  # those that do not run included
    rows = sum(row.parameters for row in layer_table(network, 520, 520))
    assert rows == found.parameters - 2_365_205
    rates = [r.rate for r in layer_table(network, 65, 65) if ".convs." in r.name and r.kernel == 3]
    assert rates == [12, 24, 36]


def test_geometry_changes_the_table_and_not_the_parameters():
    network = on_meta(DeepLabV3, DeepLabV3Config(output_stride=8))
    dense = totals(network, 257, 257)
    network.reconfigure(network.config.changed(output_stride=16))
    coarse = totals(network, 257, 257)
    assert (dense.output_stride, coarse.output_stride) == (8, 16)
    assert (dense.feature_height, coarse.feature_height) == (33, 17)
    assert dense.parameters == coarse.parameters
    assert dense.multiply_adds > 2 * coarse.multiply_adds


def test_the_unused_projection_of_drn_c_58_is_a_parameter_and_no_layer():
    network = on_meta(DRN, DRNConfig(variant="C-58", num_classes=19))
    names = {row.name for row in layer_table(network, 64, 64)}
    assert "backbone.layer7.0.conv1" in names
    assert "backbone.layer7.0.downsample.0" not in names
    ran = sum(row.parameters for row in layer_table(network, 64, 64))
    assert totals(network, 64, 64).parameters - ran == 2048 * 512 + 2 * 512


def test_framing_is_applied():
    network = on_meta(UNet, UNetConfig(form="valid", width=2, num_classes=2))
    last = layer_table(network, 388, 388)[-1]
    assert (last.channels, last.height, last.width) == (2, 388, 388)
    assert totals(network, 388, 388).output_stride == 16


def test_features_that_do_not_grow_have_no_stride():
    assert totals(OneLayer(nn.AdaptiveAvgPool2d(2)), 40, 40).output_stride == 0


def test_the_network_itself_is_left_alone():
    network = DRN(DRNConfig(width=1 / 16, num_classes=2)).train()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    layer_table(network, 40, 40)
    assert network.training
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[key])
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


@pytest.mark.slow
@pytest.mark.parametrize("architecture", NETWORKS)
def test_every_network_has_a_table(architecture):
    network_type = network_class(architecture)
    config = network_type.Config(**next(iter(network_type.presets.values())))
    network = on_meta(network_type, config)
    found = totals(network, 65, 97)
    assert found.multiply_adds > 0
    assert 1 <= found.output_stride <= 256
    rows = sum(row.parameters for row in layer_table(network, 65, 97))
    assert 0 < rows <= found.parameters
