"""Dilation8 and Dilation10: parameters, sizes, fields, margin, and the identity in between."""

import pytest
import torch
from pydantic import ValidationError

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.layers.framing import full_scores, place_scores, run_features
from segviewer.networks.dilated_context import DilatedContext, DilatedContextConfig

PRESETS = DilatedContext.presets
TEN = (1, 1, 2, 4, 8, 16, 32, 64, 1)


def on_meta(**values):
    with torch.device("meta"):
        return DilatedContext(DilatedContextConfig(**values)).eval()


def small(**values):
    usual = {"width": 2, "fc_channels": 4, "num_classes": 3}
    network = DilatedContext(DilatedContextConfig(**usual | values))
    return network.eval().requires_grad_(False)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("preset", "context"),
    [
        ("Dilation8 · VOC, large", 6_803_139),
        ("Dilation8 · basic", 28_392),
        ("Dilation10 · Cityscapes", 29_792),
    ],
)
def test_parameters(preset, context):
    network = on_meta(**PRESETS[preset])
    assert parameters(network.context) == context
    front_end = parameters(network) - context
    of_a_class = network.config.fc_channels + 1
    assert front_end == 134_346_581 - (21 - network.config.num_classes) * of_a_class


def test_nothing_is_padded_and_the_last_poolings_are_gone():
    network = on_meta()
    convs = [m for m in network.backbone.modules() if isinstance(m, torch.nn.Conv2d)]
    convs += [network.fully_connected.fc6, network.fully_connected.fc7, network.final]
    assert {conv.padding for conv in convs} == {(0, 0)}
    rates = {n: network.backbone.get_submodule(n).dilation[0] for n in ("conv4_3", "conv5_1")}
    assert rates == {"conv4_3": 1, "conv5_1": 2}
    assert (network.fully_connected.fc6.dilation, network.fully_connected.fc6.kernel_size) == (
        (4, 4),
        (7, 7),
    )
    pools = [network.backbone.pooling(stage) for stage in range(1, 6)]
    assert [isinstance(pool, torch.nn.Identity) for pool in pools] == [False] * 3 + [True] * 2
    assert all((pool.kernel_size, pool.stride) == (2, 2) for pool in pools[:3])


@pytest.mark.parametrize("preset", PRESETS)
def test_size_of_the_map(preset):
    network = on_meta(**PRESETS[preset])
    features = network.features(torch.zeros(1, 3, 900, 900, device="meta"))
    classes = network.config.num_classes
    assert features["out"].shape == (1, classes, 66, 66)
    assert network.head(features).shape == (1, classes, 66, 66)


@pytest.mark.parametrize(
    ("values", "side"),
    [
        ({"context": False}, 380),
        ({}, 908),
        ({"padding": "each layer"}, 908),
        ({"size": "basic", "dilations": TEN}, 2444),
    ],
)
def test_receptive_fields(values, side):
    rows = {row.label: row for row in trace(on_meta(**values), height=256, width=256)}
    assert (rows["features[out]"].size, rows["features[out]"].jump) == (380, 8)
    assert (rows["scores"].size, rows["scores"].jump) == (side, 8)


@pytest.mark.parametrize("size", ["basic", "large"])
@pytest.mark.parametrize("padding", ["first layer", "each layer"])
@torch.inference_mode()
def test_an_untrained_module_passes_the_front_end_on_exactly(size, padding):
    network = small(size=size, padding=padding)
    features = network.features(60 * torch.randn(1, 3, 412, 428))  # grey levels
    front_end = features["out"]
    assert front_end.shape == (1, 3, 5, 7)
    assert front_end.min() > 0 and front_end.std() > 0  # none is lost at the ReLUs
    difference = (network.head(features) - front_end).abs().max()
    # Halves and their sums: exact, but for the rounding of 3 and more equal parts.
    assert difference <= (0 if size == "basic" else 1e-6 * front_end.max())
    assert difference < 0.01 * front_end.std()
    # Numbers that float32 halves and adds without rounding come out to the bit.
    features = {"out": (front_end * 16).round() / 16}
    assert torch.equal(network.head(features), features["out"])


@torch.inference_mode()
def test_context_off_is_the_front_end():
    network = small()
    for parameter in network.context.parameters():
        parameter.normal_(0, 0.2)
    features = network.features(torch.randn(1, 3, 388, 396))
    on = network.head(features)
    network.reconfigure(network.config.changed(context=False))
    assert network.head(features) is features["out"]
    assert not torch.allclose(on, features["out"], atol=0.1)


@pytest.mark.parametrize("size", [(1, 1), (8, 16), (30, 73), (97, 129)], ids=str)
@torch.inference_mode()
def test_a_cell_stands_for_8x8_pixels(size):
    network = small()
    framing = network.framing(*size)
    assert (framing.left, framing.top, framing.margin, framing.mode) == (186, 186, 186, "reflect")
    framed = (size[0] + framing.top + framing.bottom, size[1] + framing.left + framing.right)
    cells = [-(-side // 8) for side in size]
    assert [(side - 372) / 8 for side in framed] == cells
    image = torch.randn(1, 3, *size)
    features = run_features(network, image)
    assert list(features["out"].shape[-2:]) == cells
    assert full_scores(network, features, *size).shape == (1, 3, *size)
    # Scores that say where their cell's middle is, then say where each pixel is.
    middles = [8 * torch.arange(n) + 3.5 for n in cells]
    scores = torch.stack(torch.meshgrid(*middles, indexing="ij"))[None]
    placed = place_scores(network, scores, *size)
    for axis, side in enumerate(size):
        # Outside of the first and last middle there is nothing to interpolate with.
        expected = torch.arange(side).float().clamp(3.5, 8 * (cells[axis] - 1) + 3.5)
        line = placed[0, axis, :, 0] if axis == 0 else placed[0, axis, 0]
        torch.testing.assert_close(line, expected, rtol=0, atol=1e-4)


def test_the_margin_centres_each_field_on_its_cell():
    """Of a field of 380 pixels, 8 are the cell's own: 186 remain on each side."""
    network = on_meta()
    framing = network.framing(64, 64)
    assert 2 * framing.margin + 8 == 380
    features = network.features(torch.zeros(1, 3, 380, 380, device="meta"))
    assert features["out"].shape[-2:] == (1, 1)


@torch.inference_mode()
def test_the_picture_is_mirrored_beyond_its_border():
    """Sizes of whole cells need the margin and no more."""
    network = small(context=False)
    image = torch.randn(1, 3, 192, 200)
    framed = torch.nn.functional.pad(image, (186,) * 4, mode="reflect")
    assert torch.equal(run_features(network, image)["out"], network.features(framed)["out"])


@pytest.mark.parametrize("side", [100, 372, 379])
def test_too_small_without_its_margin(side):
    with pytest.raises(RuntimeError, match="size"):
        small().features(torch.zeros(1, 3, side, 400))


@pytest.mark.parametrize("dilations", [(), (1, 1, 1), (1,) * 10])
def test_too_few_or_too_many_dilations(dilations):
    with pytest.raises(ValidationError, match="4 to 9 layers"):
        DilatedContextConfig(dilations=dilations)


@pytest.mark.parametrize("rate", [0, 65])
def test_dilations_out_of_range(rate):
    with pytest.raises(ValidationError, match=str(rate)):
        DilatedContextConfig(dilations=(1, 1, rate, 1))


def test_number_of_layers():
    """Dilation10 has two dilated layers more than Dilation8, KITTI's Dilation7 one fewer."""
    layers = {p: len(DilatedContextConfig(**v).dilations) + 1 for p, v in PRESETS.items()}
    assert layers["Dilation8 · VOC, large"] == layers["Dilation8 · basic"] == 8
    assert layers["Dilation10 · Cityscapes"] == 10
    assert layers["Dilation7 · KITTI"] == 7
    for preset, number in layers.items():
        dilated = DilatedContextConfig(**PRESETS[preset]).dilations[2:-1]
        assert dilated == tuple(2 ** (n + 1) for n in range(number - 4))
    assert on_meta(**PRESETS["Dilation10 · Cityscapes"]).context.conv7_1.dilation == (64, 64)
