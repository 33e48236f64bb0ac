"""DRN: counts, sizes and receptive fields of FACTS §7, and what each toggle means."""

import typing
from bisect import bisect_left

import pytest
import torch

from segviewer.layers.drn import UNITS
from segviewer.layers.framing import full_scores, run_features
from segviewer.networks.drn import DRN, DRNConfig

IMAGENET_COUNTS = {
    "A-18": 11_689_512,
    "A-34": 21_797_672,
    "A-50": 25_557_032,
    "C-26": 21_126_584,
    "C-42": 31_234_744,
    "C-58": 41_591_608,
    "D-22": 16_393_752,
    "D-24": 21_114_392,
    "D-38": 26_501_912,
    "D-40": 31_222_552,
    "D-54": 35_809_176,
    "D-56": 40_529_816,
    "D-105": 54_801_304,
    "D-107": 59_521_944,
}
CITYSCAPES_COUNTS = {
    "C-26": 20_623_331,
    "C-42": 30_731_491,
    "D-22": 15_890_499,
    "D-38": 25_998_659,
    "D-105": 54_298_051,
    "A-50": 23_546_963,
}
FIELDS = {
    ("A-18", "repo"): 355,
    ("A-34", "repo"): 819,
    ("A-50", "repo"): 411,
    ("A-18", "paper"): 435,
    ("A-34", "paper"): 899,
    ("A-50", "paper"): 427,
    ("C-26", "repo"): 581,
    ("C-42", "repo"): 1045,
    ("C-58", "repo"): 573,
    ("D-22", "repo"): 527,
    ("D-24", "repo"): 575,
    ("D-38", "repo"): 991,
    ("D-40", "repo"): 1039,
    ("D-54", "repo"): 519,
    ("D-56", "repo"): 567,
    ("D-105", "repo"): 1063,
}
PICTURE = torch.randn(1, 3, 40, 56, generator=torch.Generator().manual_seed(1))


def on_meta(**values):
    with torch.device("meta"):
        return DRN(DRNConfig(**values))


def narrow(**values):
    values = {"width": 1 / 8, "num_classes": 3, **values}
    return DRN(DRNConfig(**values)).eval().requires_grad_(False)


def change(network, **values):
    network.reconfigure(network.config.changed(**values))


def parameters_of(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_settings_name_every_variant():
    assert typing.get_args(DRNConfig.model_fields["variant"].annotation) == tuple(UNITS)


@pytest.mark.parametrize("variant", UNITS)
def test_parameters_of_the_classifiers(variant):
    network = on_meta(variant=variant, task="classification", num_classes=1000)
    assert parameters_of(network) == IMAGENET_COUNTS[variant]


@pytest.mark.parametrize("variant", CITYSCAPES_COUNTS)
def test_parameters_of_the_segmentation_networks(variant):
    network = on_meta(variant=variant, num_classes=19)
    assert parameters_of(network) == CITYSCAPES_COUNTS[variant]
    assert network.state_dict()["up.weight"].shape == (19, 1, 16, 16)


@pytest.mark.parametrize(("size", "places"), [(224, 28), (513, 65)])
@pytest.mark.parametrize("variant", ["A-50", "C-26", "D-54"])
def test_feature_sizes(variant, size, places):
    network = on_meta(variant=variant).eval()
    channels = 512 if variant == "C-26" else 2048
    out = network.features(torch.empty(1, 3, size, size, device="meta"))["out"]
    assert out.shape == (1, channels, places, places)
    degridded = network.backbone.degrid(out, (True, True))
    assert degridded.shape[1:] == (2048 if variant == "A-50" else 512, places, places)


@pytest.mark.parametrize(("variant", "first_block_rate"), FIELDS)
@torch.inference_mode()
def test_theoretical_receptive_field(variant, first_block_rate):
    """Measured: where weights are positive, an infinite pixel shows exactly where it reaches."""
    expected = FIELDS[variant, first_block_rate]
    network = narrow(variant=variant, first_block_rate=first_block_rate, width=1 / 32).double()
    for parameter in network.parameters():
        parameter.data.abs_()
    # Convolutions and poolings are square, so a strip shows as much as a picture.
    rows = 16 * (expected // 16 + 3)

    def reached_from(part):
        image = torch.ones(1, 3, rows, 1, dtype=torch.float64)
        image[:, :, part] = float("inf")
        out = network.backbone.degrid(network.features(image)["out"], (True, True))
        return bool(out[0, :, rows // 16].isinf().any())

    first = bisect_left(range(rows), True, key=lambda row: reached_from(slice(0, row + 1)))
    after = bisect_left(range(rows), True, key=lambda row: not reached_from(slice(row, None)))
    assert 0 < first < after < rows
    assert after - first == expected


@torch.inference_mode()
def test_rates_of_the_groups():
    network = narrow(variant="C-26", dilation=(3, 5))
    rates = {5: 3, 6: 5, 7: 2, 8: 1}
    for level, rate in rates.items():
        for block in getattr(network.backbone, f"layer{level}"):
            for conv in (block.conv1, block.conv2):
                assert conv.dilation == conv.padding == (rate, rate)
    network = narrow(variant="A-18", dilation=(3, 5))
    first, second = network.backbone.layer3[0], network.backbone.layer4[0]
    of = [conv.dilation[0] for b in (first, second) for conv in (b.conv1, b.conv2)]
    assert of == [1, 1, 1, 1]
    change(network, first_block_rate="paper")
    of = [conv.dilation[0] for b in (first, second) for conv in (b.conv1, b.conv2)]
    assert of == [1, 3, 3, 5]
    assert network.backbone.layer4[1].conv1.dilation == (5, 5)


@torch.inference_mode()
def test_without_the_early_max_pooling_every_second_place_is_taken():
    network = narrow(variant="A-18")
    backbone = network.backbone
    full = torch.rand(1, 8, 21, 14)
    assert torch.equal(backbone.maxpool(full), torch.nn.functional.max_pool2d(full, 3, 2, 1))
    change(network, early_max_pool=False)
    assert torch.equal(backbone.maxpool(full), full[..., ::2, ::2])


@pytest.mark.parametrize("variant", ["C-26", "D-40"])
@torch.inference_mode()
def test_levels_that_are_off_are_left_out(variant):
    network = narrow(variant=variant)
    features = network.features(PICTURE)
    backbone, out = network.backbone, features["out"]
    expected = {
        (True, True): backbone.layer8(backbone.layer7(out)),
        (True, False): backbone.layer7(out),
        (False, True): backbone.layer8(out),
        (False, False): out,
    }
    for (level_7, level_8), x in expected.items():
        change(network, level_7=level_7, level_8=level_8)
        assert torch.equal(network.head(features), network.up(network.seg(x)))


@torch.inference_mode()
def test_shortcuts_make_form_b():
    network = narrow(variant="C-26", residual=True)
    out = network.features(PICTURE)["out"]
    for level in network.backbone.degridding_levels():
        (block,) = level
        with_shortcut = block(out)
        change(network, residual=False)
        without = block(out)
        assert torch.equal(without, block.residual(out).relu())
        assert torch.equal(with_shortcut, (block.residual(out) + out).relu())
        change(network, residual=True)


@torch.inference_mode()
def test_the_unused_projection_of_c_58():
    network = narrow(variant="C-58")
    block = network.backbone.layer7[0]
    assert block.downsample is not None
    assert "level_7" in network.idle_fields()
    without, features = network(PICTURE), network.features(PICTURE)
    change(network, residual=True)
    with_projection = network.head(features)
    assert not torch.allclose(with_projection, without)
    block.downsample[0].weight.mul_(2)
    assert not torch.allclose(network.head(features), with_projection)
    change(network, residual=False)
    assert torch.equal(network.head(features), without)
    change(network, level_7=False)
    assert torch.equal(network.head(features), without)


@torch.inference_mode()
def test_of_two_convolutions_in_level_7_only_the_widening_one_stays():
    network = narrow(variant="D-56")
    assert "level_7" not in network.idle_fields()
    out = network.features(PICTURE)["out"]
    level = network.backbone.layer7
    assert len(level) == 6
    assert torch.equal(network.backbone.degrid(out, (False, False)), level[:3](out))


@pytest.mark.parametrize("variant", ["A-18", "C-26", "D-22"])
@torch.inference_mode()
def test_the_pictures_class_is_the_mean_of_the_class_map(variant):
    network = narrow(variant=variant, task="classification", global_pooling=False)
    features = network.features(PICTURE)
    class_map = network.head(features)
    assert class_map.shape == (1, 3, 5, 7)
    change(network, global_pooling=True)
    answer = network.head(features)
    assert answer.shape == (1, 3, 1, 1)
    torch.testing.assert_close(answer, class_map.mean((2, 3), keepdim=True))


@torch.inference_mode()
def test_enlargement_of_constant_scores_is_constant_inside():
    up = narrow().up
    constants = torch.tensor([1.0, -2.0, 5.0])
    scores = up(constants.view(1, 3, 1, 1).expand(1, 3, 4, 5))
    assert scores.shape == (1, 3, 32, 40)
    inside = scores[..., 4:-4, 4:-4]
    torch.testing.assert_close(inside, constants.view(1, 3, 1, 1).expand_as(inside))


@torch.inference_mode()
def test_scores_of_a_picture_whose_sides_are_no_multiple_of_8():
    network = narrow()
    image = PICTURE[..., :37, :50]
    padded = torch.nn.functional.pad(image, (0, 6, 0, 3))
    found = full_scores(network, run_features(network, image), 37, 50)
    assert torch.equal(found, network(padded)[..., :37, :50])


def test_idle_fields():
    pooled = {"early_max_pool", "first_block_rate"}
    levels = {"level_7", "level_8", "residual"}
    assert set(on_meta(variant="A-18").idle_fields()) == levels | {"global_pooling"}
    assert set(on_meta(variant="C-26").idle_fields()) == pooled | {"global_pooling"}
    classifier = on_meta(variant="D-22", task="classification")
    assert set(classifier.idle_fields()) == pooled | {"residual"}
    plain = on_meta(variant="C-26", level_7=False, level_8=False)
    assert "residual" in plain.idle_fields()


@torch.inference_mode()
def test_an_untrained_network_keeps_its_signal():
    for variant in ("A-50", "C-58", "D-105"):
        out = narrow(variant=variant).features(PICTURE)["out"]
        assert 0.01 < out.std() < 100
