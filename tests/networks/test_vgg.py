"""VGG: counts, the classifier as a convolution, and layers that go."""

import pytest
import torch

from segviewer.networks.vgg import VGG, VGGConfig

SMALL = VGGConfig(width=4, fc_channels=16, num_classes=3)


@pytest.fixture
def network():
    return VGG(SMALL).eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("preset", "expected"), [("VGG-16", 138_357_544), ("VGG-16 with batch norm", 138_365_992)]
)
def test_parameters(preset, expected):
    with torch.device("meta"):
        network = VGG(VGGConfig(num_classes=1000, **VGG.presets[preset]))
    assert sum(p.numel() for p in network.parameters()) == expected


@torch.inference_mode()
def test_the_middle_of_the_map_is_the_published_answer(network):
    """At 224 the map has 7x7 cells, and the 7x7 convolution sees them all from the middle."""
    features = network.features(torch.randn(1, 3, 224, 224))
    class_map = network.head(features)
    assert class_map.shape == (1, 3, 7, 7)
    network.reconfigure(SMALL.changed(global_pooling=True))
    torch.testing.assert_close(network.head(features), class_map[..., 3:4, 3:4])


@pytest.mark.parametrize("stride", [16, 8])
@torch.inference_mode()
def test_a_denser_map_agrees_at_the_coarse_places(network, stride):
    image = torch.randn(1, 3, 96, 128)
    coarse = network(image)
    network.reconfigure(SMALL.changed(output_stride=stride))
    dense = network(image)
    assert dense.shape[-2:] == (96 // stride, 128 // stride)
    step = 32 // stride
    torch.testing.assert_close(dense[..., ::step, ::step], coarse, rtol=1e-4, atol=1e-5)


def ran(network, **values):
    """Numbers of the convolutions that run."""
    network.reconfigure(SMALL.changed(**values))
    numbers = []
    convolutions = [layer for layer in network.layers if isinstance(layer, torch.nn.Conv2d)]
    hooks = [
        layer.register_forward_hook(lambda *_, number=number: numbers.append(number))
        for number, layer in enumerate(convolutions, start=1)
    ]
    with torch.inference_mode():
        network.features(torch.randn(1, 3, 32, 32))
    for hook in hooks:
        hook.remove()
    return numbers


@pytest.mark.parametrize(
    ("first", "count", "gone"),
    [(0, 16, set()), (1, 1, {1}), (6, 2, {6, 7}), (13, 1, {13}), (16, 16, {13}), (12, 9, {12, 13})],
)
def test_deleted_convolutions_do_not_run(network, first, count, gone):
    expected = [number for number in range(1, 14) if number not in gone]
    assert ran(network, delete_first=first, delete_count=count) == expected


@torch.inference_mode()
def test_a_deleted_convolution_passes_its_input_on(network):
    """As a convolution does whose kernel is 1 in the middle and on the diagonal."""
    image = torch.randn(1, 3, 64, 64)
    for number, index in ((2, 2), (5, 10)):  # same channels; 128 to 256 in VGG's own widths
        network.reconfigure(SMALL.changed(delete_first=number))
        deleted = network(image)
        network.reconfigure(SMALL)
        layer = network.layers[index]
        kept = layer.weight.clone(), layer.bias.clone()
        layer.bias.zero_()
        torch.nn.init.dirac_(layer.weight)
        passing = network(image)
        layer.weight.copy_(kept[0])
        layer.bias.copy_(kept[1])
        torch.testing.assert_close(deleted, passing)


@torch.inference_mode()
def test_without_any_convolution_colours_reach_the_classifier(network):
    network.reconfigure(SMALL.changed(delete_first=1, delete_count=16))
    image = torch.rand(1, 3, 64, 64)
    out = network.features(image)["out"]
    assert torch.equal(out[:, :3], torch.nn.functional.max_pool2d(image, 32))
    assert not out[:, 3:].any()


def test_five_stages():
    with pytest.raises(ValueError, match="five stages"):
        VGGConfig(stage_layers=(2, 2, 3, 3))
