"""FCN: parameters, sizes, offsets that keep left and right alike, skips, and deconvolutions."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks.fcn import DECONVOLUTIONS, FCN, LAST_CROP, SKIPS, FCNConfig

FORMS = ("32s", "16s", "8s")
# Sizes for which every map has as many cells left as right of the picture's middle.
EVEN_SIZES = (26, 58, 90)


def on_meta(**values):
    with torch.device("meta"):
        return FCN(FCNConfig(**values)).eval()


def small(**values):
    """With lively weights, the deconvolutions' too."""
    usual = {"width": 2, "fc_channels": 4, "num_classes": 3}
    network = FCN(FCNConfig(**usual | values)).eval().requires_grad_(False)
    for name, parameter in network.named_parameters():
        if name.startswith("upscore"):
            parameter += 0.1 * torch.randn(parameter.shape)
        elif name.endswith("bias"):
            parameter.normal_(0, 0.3)
    return network


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def head_with(network, features, **values):
    network.reconfigure(network.config.changed(**values))
    return network.head(features)


@pytest.mark.parametrize(
    ("variant", "number", "without_deconvolutions"),
    [
        ("32s", 136_152_917, 134_346_581),
        ("16s", 134_815_994, 134_357_354),
        ("8s", 134_489_759, 134_362_751),
    ],
)
def test_parameters(variant, number, without_deconvolutions):
    network = on_meta(variant=variant)
    assert parameters(network) == number
    ups = sum(parameters(network.get_submodule(name)) for name in DECONVOLUTIONS[variant])
    assert number - ups == without_deconvolutions


def test_form_by_form():
    """Kernels, strides and offsets of FACTS §1."""
    shapes = {
        variant: {
            name: (up.weight.shape[-1], up.stride[0], up.bias)
            for name, up in on_meta(variant=variant).named_children()
            if name.startswith("upscore")
        }
        for variant in FORMS
    }
    assert shapes == {
        "32s": {"upscore": (64, 32, None)},
        "16s": {"upscore2": (4, 2, None), "upscore16": (32, 16, None)},
        "8s": {"upscore2": (4, 2, None), "upscore_pool4": (4, 2, None), "upscore8": (16, 8, None)},
    }
    assert LAST_CROP == {"32s": 19, "16s": 27, "8s": 31}
    assert SKIPS == {"32s": {}, "16s": {"pool4": 5}, "8s": {"pool4": 5, "pool3": 9}}


def test_layers_around_vgg():
    network = on_meta()
    backbone = network.backbone
    assert backbone.conv1_1.padding == (100, 100) and backbone.conv1_2.padding == (1, 1)
    assert all(backbone.pooling(s).ceil_mode for s in range(1, 6))
    assert {backbone.pooling(s).kernel_size for s in range(1, 6)} == {2}
    fc6 = network.fully_connected.fc6
    assert (fc6.weight.shape, fc6.padding) == ((4096, 512, 7, 7), (0, 0))
    assert network.score_pool4.weight.shape == (21, 512, 1, 1)
    assert network.score_pool3.weight.shape == (21, 256, 1, 1)
    assert not hasattr(on_meta(variant="16s"), "score_pool3")


def test_receptive_fields():
    rows = {row.label: row for row in trace(on_meta())}
    found = {
        name: (rows[name].size, rows[name].jump)
        for name in ("backbone.conv5_3", "backbone.pool5", "fully_connected.fc6", "features[out]")
    }
    assert found == {
        "backbone.conv5_3": (196, 16),
        "backbone.pool5": (212, 32),
        "fully_connected.fc6": (404, 32),
        "features[out]": (404, 32),
    }


@pytest.mark.parametrize("variant", FORMS)
@pytest.mark.parametrize("size", [(256, 320), (500, 375), (1, 224)])
def test_scores_have_the_pictures_size(variant, size):
    image = torch.zeros(1, 3, *size, device="meta")
    assert on_meta(variant=variant)(image).shape == (1, 21, *size)


def test_no_map_is_too_short_for_its_cut():
    """At every size modulo the stride; a cut beyond the border would be silent."""
    network = on_meta(width=1, fc_channels=1, num_classes=1)
    for side in range(1, 98):
        features = network.features(torch.zeros(1, 3, side, 98 - side, device="meta"))
        for axis, pixels in ((2, side), (3, 98 - side)):
            out, pool4, pool3 = (features[name].shape[axis] for name in ("out", "pool4", "pool3"))
            up4 = 2 * (out - 1) + 4
            up3 = 2 * (up4 - 1) + 4
            assert 5 + up4 <= pool4 and 9 + up3 <= pool3, side
            assert 31 + pixels <= 8 * (up3 - 1) + 16, side


@pytest.mark.parametrize("variant", FORMS)
@pytest.mark.parametrize("size", EVEN_SIZES)
@torch.inference_mode()
def test_a_mirrored_picture_has_mirrored_scores(variant, size):
    """One pixel off in any offset would show left from right."""
    network = small(variant=variant)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.copy_((parameter + parameter.flip(2)) / 2)
            parameter.copy_((parameter + parameter.flip(3)) / 2)
    image = torch.randn(1, 3, size, size)
    scores = network(image)
    for axis in (2, 3):
        difference = network(image.flip(axis)) - scores.flip(axis)
        assert difference.abs().max() < 1e-4 * scores.std()


def by_hand(network, features, skips):
    """FCN-8s from its scores on, written out; `skips` are factors of pool4 and pool3."""
    score4 = network.score_pool4(features["pool4"] * skips[0]) if skips[0] else 0
    score3 = network.score_pool3(features["pool3"] * skips[1]) if skips[1] else 0
    up = F.conv_transpose2d(network.score_fr(features["out"]), network.upscore2.weight, stride=2)
    height, width = up.shape[-2:]
    if skips[0]:
        up = up + score4[:, :, 5 : 5 + height, 5 : 5 + width]
    up = F.conv_transpose2d(up, network.upscore_pool4.weight, stride=2)
    height, width = up.shape[-2:]
    if skips[1]:
        up = up + score3[:, :, 9 : 9 + height, 9 : 9 + width]
    up = F.conv_transpose2d(up, network.upscore8.weight, stride=8)
    height, width = features["image"].shape[-2:]
    return up[:, :, 31 : 31 + height, 31 : 31 + width]


@pytest.mark.parametrize(
    ("values", "skips"),
    [
        ({}, (1, 1)),
        ({"skip_pool4": False}, (0, 1)),
        ({"skip_pool3": False}, (1, 0)),
        ({"skip_pool4": False, "skip_pool3": False}, (0, 0)),
        ({"at_once": True}, (0.01, 0.0001)),
        ({"at_once": True, "skip_pool3": False}, (0.01, 0)),
    ],
)
@torch.inference_mode()
def test_what_joins_the_sum(values, skips):
    network = small()
    features = network.features(torch.randn(2, 3, 37, 50))
    found = head_with(network, features, **values)
    expected = by_hand(network, features, skips)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    if values:
        assert not torch.allclose(found, by_hand(network, features, (1, 1)), atol=1e-3)


@pytest.mark.parametrize(("variant", "pools"), [("16s", (4,)), ("8s", (4, 3))])
@torch.inference_mode()
def test_a_skip_off_is_a_skip_that_scores_nothing(variant, pools):
    network = small(variant=variant)
    features = network.features(torch.randn(1, 3, 40, 33))
    for pool in pools:
        off = head_with(network, features, **{f"skip_pool{pool}": False})
        on = head_with(network, features, **{f"skip_pool{pool}": True})
        score = network.get_submodule(f"score_pool{pool}")
        kept = score.weight.clone(), score.bias.clone()
        score.weight.zero_()
        score.bias.zero_()
        assert torch.equal(network.head(features), off)
        score.weight.copy_(kept[0])
        score.bias.copy_(kept[1])
        assert (on - off).abs().max() > 0.01 * on.std()


@torch.inference_mode()
def test_without_its_skip_16s_is_two_bilinear_enlargements():
    network = small(variant="16s")
    features = network.features(torch.randn(1, 3, 154, 122))  # 26 modulo 32: no half cells
    found = head_with(network, features, skip_pool4=False, deconvolution="bilinear")
    scores = network.score_fr(features["out"])
    assert scores.shape[-2:] == (5, 4)
    scores = F.pad(scores, (1,) * 4)  # a deconvolution adds zeros where torch repeats
    for factor in (2, 16):
        scores = F.interpolate(scores, scale_factor=factor, mode="bilinear", align_corners=False)
    # Of the padding 32 pixels are left on each side; half a cell of them was real zeros.
    trim = [(long - short) // 2 for long, short in zip(scores.shape[-2:], (154, 122), strict=True)]
    scores = scores[..., trim[0] : trim[0] + 154, trim[1] : trim[1] + 122]
    torch.testing.assert_close(found, scores, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", FORMS)
@torch.inference_mode()
def test_untrained_deconvolutions_are_bilinear(variant):
    network = FCN(FCNConfig(variant=variant, width=2, fc_channels=4, num_classes=3)).eval()
    features = network.features(torch.randn(1, 3, 45, 61))
    learned = network.head(features)
    bilinear = head_with(network, features, deconvolution="bilinear")
    assert (learned - bilinear).abs().max() < 1e-5 * learned.std()
    for name in DECONVOLUTIONS[variant]:
        network.get_submodule(name).weight.normal_()
    assert torch.equal(network.head(features), bilinear)
    learned = head_with(network, features, deconvolution="learned")
    assert not torch.allclose(learned, bilinear, atol=0.1)


@pytest.mark.parametrize(("variant", "faded"), [("32s", 13), ("16s", 21), ("8s", 25)])
@torch.inference_mode()
def test_equal_scores_everywhere_stay_equal_inside(variant, faded):
    """Zeros beyond the last cell show as far in as kernels, strides and offsets say."""
    network = small(variant=variant, deconvolution="bilinear")
    features = network.features(torch.zeros(1, 3, 90, 122))
    for name in SKIPS[variant]:
        network.get_submodule(f"score_{name}").weight.zero_()
        network.get_submodule(f"score_{name}").bias.zero_()
    network.score_fr.weight.zero_()
    network.score_fr.bias.fill_(2.0)
    scores = network.head(features)
    reach = 0
    for kernel, stride in DECONVOLUTIONS[variant].values():
        reach = stride * (reach - 1) + kernel
    assert reach - LAST_CROP[variant] == faded
    inside = scores[..., faded:-faded, faded:-faded]
    torch.testing.assert_close(inside, torch.full_like(inside, 2.0))
    assert (scores[..., faded - 1] < 1.999).all() and (scores[..., -faded] < 1.999).all()


@pytest.mark.parametrize(
    ("variant", "idle"),
    [("32s", {"skip_pool4", "skip_pool3", "at_once"}), ("16s", {"skip_pool3"}), ("8s", set())],
)
@torch.inference_mode()
def test_idle_settings_do_nothing(variant, idle):
    network = small(variant=variant)
    assert set(network.idle_fields()) == idle
    features = network.features(torch.randn(1, 3, 40, 33))
    before = network.head(features)
    for name in idle:
        changed = network.config.changed(**{name: not getattr(network.config, name)})
        network.reconfigure(changed)
        assert torch.equal(network.head(features), before)


def test_untrained_scores_show_something():
    """Caffe starts its score layers at zero, and every class would score the same."""
    network = FCN(FCNConfig(width=2, fc_channels=4, num_classes=3)).eval().requires_grad_(False)
    assert network(torch.randn(1, 3, 40, 40)).std() > 1e-3
