"""VGG-16's convolutions: torchvision's own answers, sizes, rates, and fc6 as a convolution."""

import pytest
import torch
from torch import nn
from torchvision.models.vgg import make_layers

from segviewer.layers.vgg import VGG16, FullyConnected

WIDTH = 4
COLUMN_D = [1, 1, "M", 2, 2, "M", 4, 4, 4, "M", 8, 8, 8, "M", 8, 8, 8, "M"]
NAMES = [
    f"conv{stage}_{n}"
    for stage, count in enumerate((2, 2, 3, 3, 3), 1)
    for n in range(1, count + 1)
]


def vgg(poolings=None, width=WIDTH, **values):
    poolings = poolings or [nn.MaxPool2d(2) for _ in range(5)]
    return VGG16(width, poolings, **values).eval().requires_grad_(False)


@pytest.mark.parametrize(("normalised", "number"), [(False, 14_714_688), (True, 14_723_136)])
def test_parameters(normalised, number):
    with torch.device("meta"):
        network = vgg(width=64, normalised=normalised)
    assert sum(p.numel() for p in network.parameters()) == number
    assert network.channels == (64, 128, 256, 512, 512)


def test_names_are_caffes():
    network = vgg(normalised=True)
    found = [name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)]
    assert found == NAMES
    assert all(isinstance(network.get_submodule(f"{n}_bn"), nn.BatchNorm2d) for n in NAMES)
    assert [network.pooling(stage) for stage in (1, 5)] == [network.pool1, network.pool5]
    assert network.names(3) == ("conv3_1", "conv3_2", "conv3_3")


@pytest.mark.parametrize("normalised", [False, True])
@torch.inference_mode()
def test_the_answer_is_torchvisions(normalised):
    theirs = make_layers([c if c == "M" else c * WIDTH for c in COLUMN_D], normalised).eval()
    ours = vgg(normalised=normalised)
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    pairs = zip(
        [module for module in theirs if isinstance(module, kinds)],
        [module for module in ours.modules() if isinstance(module, kinds)],
        strict=True,
    )
    for their, our in pairs:
        for tensor in their.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5) if their.weight.ndim == 1 else tensor.normal_(0, 0.3)
        our.load_state_dict(their.state_dict())
    image = torch.randn(2, 3, 64, 96)
    expected, places = image, []
    for module in theirs:
        expected = module(expected)
        if isinstance(module, nn.MaxPool2d):
            places.append(expected)
    maps = ours(image)
    assert list(maps) == ["pool1", "pool2", "pool3", "pool4", "pool5"]
    for found, wanted in zip(maps.values(), places, strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        ({}, (96, 48, 24, 12, 6)),
        ({"first_padding": 100}, (195, 97, 48, 24, 12)),
        # Each unpadded convolution takes 2 of what is left: 192 -> 188 -> 94 -> 90 -> 45 …
        ({"first_padding": 0, "padded": False}, (94, 45, 19, 6, 0)),
    ],
)
def test_sizes(values, sizes):
    network = vgg(**values)
    x = torch.zeros(1, 3, 192, 192)
    for stage, size in enumerate(sizes, start=1):
        if not size:  # nothing is left for the last stage
            with pytest.raises(RuntimeError):
                network.stage(stage, x)
            return
        x = network.pooling(stage)(network.stage(stage, x))
        assert x.shape == (1, network.channels[stage - 1], size, size)


@pytest.mark.parametrize("rate", [1, 2, 3])
def test_a_rate_keeps_the_size_only_where_convolutions_are_padded(rate):
    x = torch.randn(1, 8 * WIDTH, 20, 22)
    padded, unpadded = vgg(), vgg(padded=False, first_padding=0)
    for network in (padded, unpadded):
        network.set_rate(5, rate)
        assert {network.get_submodule(n).dilation for n in network.names(5)} == {(rate, rate)}
        assert network.conv4_3.dilation == (1, 1)
    assert padded.stage(5, x).shape[-2:] == (20, 22)
    around = 3 * rate
    unpadded.load_state_dict(padded.state_dict())
    inside = padded.stage(5, x)[..., around:-around, around:-around]
    torch.testing.assert_close(unpadded.stage(5, x), inside)


def test_twice_the_rate_makes_up_for_a_lost_stride():
    """Atrous: at every second place the dense map says what the coarse one says."""
    network = vgg([nn.MaxPool2d(3, 2, padding=1) for _ in range(5)])
    map4 = torch.randn(1, 8 * WIDTH, 18, 22)
    coarse = network.stage(5, network.pooling(4)(map4))
    network.pooling(4).stride = 1
    network.set_rate(5, 2)
    dense = network.stage(5, network.pooling(4)(map4))
    assert dense.shape[-2:] == (18, 22)
    torch.testing.assert_close(dense[..., ::2, ::2], coarse)
    network.set_rate(5, 1)
    apart = network.stage(5, network.pooling(4)(map4))[..., ::2, ::2]
    assert not torch.allclose(apart, coarse, atol=1e-2 * float(coarse.std()))


def test_fc6_over_7x7_cells_is_the_classifiers_linear_layer():
    layers = FullyConnected(6, 10).eval().requires_grad_(False)
    cells = torch.randn(2, 6, 7, 7)
    x = nn.functional.linear(cells.flatten(1), layers.fc6.weight.flatten(1), layers.fc6.bias)
    x = nn.functional.linear(x.relu(), layers.fc7.weight.flatten(1), layers.fc7.bias).relu()
    torch.testing.assert_close(layers(cells), x[:, :, None, None], rtol=1e-4, atol=1e-5)


def test_dropout_is_for_training_and_of_single_values():
    layers = FullyConnected(4, 64, kernel=1).requires_grad_(False)
    nn.init.ones_(layers.fc7.bias)
    nn.init.zeros_(layers.fc7.weight)
    out = layers.train()(torch.randn(1, 4, 20, 20))
    assert set(out.unique().tolist()) == {0.0, 2.0}
    # Caffe's dropout, not Dropout2d: no channel goes as a whole.
    assert (out.flatten(2).sum(2) > 0).all()
    assert torch.equal(layers.eval()(torch.randn(1, 4, 20, 20)), torch.ones(1, 64, 20, 20))


@pytest.mark.parametrize(("kernel", "rate", "padding"), [(7, 1, 0), (3, 12, 12), (7, 4, 12)])
def test_fc6s_geometry(kernel, rate, padding):
    with torch.device("meta"):
        layers = FullyConnected(512, 16, kernel, rate, padding)
    side = 41 + 2 * padding - rate * (kernel - 1)
    assert layers(torch.zeros(1, 512, 41, 41, device="meta")).shape == (1, 16, side, side)
