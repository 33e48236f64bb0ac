"""ResNet: counts, receptive fields, and modules that go and change places."""

import itertools

import pytest
import torch
from torch import nn

from segviewer.networks.res_net import ResNet, ResNetConfig

COUNTS = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
MODULES = {18: 8, 34: 16, 50: 16, 101: 33, 152: 50}
PICTURE = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def built():
    networks = {d: ResNet(ResNetConfig(depth=d, num_classes=3)) for d in (18, 50)}
    return {d: network.eval().requires_grad_(False) for d, network in networks.items()}


@pytest.fixture
def network(built):
    built[50].reconfigure(ResNetConfig(depth=50, num_classes=3))
    return built[50]


def modules_of(network):
    b = network.backbone
    return list(itertools.chain(b.layer1, b.layer2, b.layer3, b.layer4))


def order_of(network, **values):
    """Numbers of the modules in the order in which they run, gone ones left out."""
    network.reconfigure(network.config.changed(**values))
    ran = []
    hooks = [
        module.conv1.register_forward_hook(lambda *_, number=number: ran.append(number))
        for number, module in enumerate(modules_of(network), start=1)
    ]
    with torch.inference_mode():
        network.features(PICTURE[..., :32, :32])
    for hook in hooks:
        hook.remove()
    return ran


@pytest.mark.parametrize("depth", COUNTS)
def test_parameters_and_modules(depth):
    with torch.device("meta"):
        network = ResNet(ResNetConfig(depth=depth, num_classes=1000))
    assert sum(p.numel() for p in network.parameters()) == COUNTS[depth]
    assert len(modules_of(network)) == MODULES[depth]


@pytest.mark.parametrize(("depth", "expected"), [(18, 435), (50, 427)])
def test_theoretical_receptive_field(depth, expected):
    """Measured: with positive weights the gradient is not zero exactly where it reaches."""
    network = ResNet(ResNetConfig(depth=depth, num_classes=1)).eval().double()
    for parameter in network.parameters():
        parameter.data.abs_()
    # Of the same extent, but its gradient reaches every pixel and not only the largest.
    network.backbone.maxpool = nn.AvgPool2d(3, 2, padding=1)
    image = torch.ones(1, 3, 32, 544, dtype=torch.float64, requires_grad=True)
    out = network.features(image)["out"]
    out[0, :, 0, out.shape[-1] // 2].sum().backward()
    reached = image.grad[0].abs().sum((0, 1)).nonzero().flatten()
    assert len(reached) == reached[-1] - reached[0] + 1 == expected


@torch.inference_mode()
def test_a_denser_map_agrees_at_the_coarse_places(network):
    coarse = network.features(PICTURE)["out"]
    for stride in (16, 8):
        network.reconfigure(network.config.changed(output_stride=stride))
        dense = network.features(PICTURE)["out"]
        assert dense.shape[-2:] == (64 // stride, 96 // stride)
        step = 32 // stride
        difference = (dense[..., ::step, ::step] - coarse).abs().max()
        assert difference < 1e-4 * coarse.std()


@torch.inference_mode()
def test_the_pictures_class_is_the_mean_of_the_class_map(network):
    features = network.features(PICTURE)
    class_map = network.head(features)
    network.reconfigure(network.config.changed(global_pooling=True))
    answer = network.head(features)
    assert answer.shape == (1, 3, 1, 1)
    torch.testing.assert_close(answer, class_map.mean((2, 3), keepdim=True))


@pytest.mark.parametrize(
    ("first", "count", "gone"),
    [
        (1, 1, {1}),
        (6, 1, {6}),
        (6, 3, {6, 7, 8}),
        (16, 1, {16}),
        (50, 50, {16}),
        (15, 50, {15, 16}),
    ],
)
def test_deleted_modules_do_not_run(network, first, count, gone):
    ran = order_of(network, delete_first=first, delete_count=count)
    assert ran == [number for number in range(1, 17) if number not in gone]


@torch.inference_mode()
def test_a_deleted_module_is_its_shortcut(network):
    """The same as a module whose branch gives zeros: its last batch norm says 0."""
    for number in (2, 4):  # without and with a projection
        network.reconfigure(network.config.changed(delete_first=number))
        deleted = network(PICTURE)
        network.reconfigure(network.config.changed(delete_first=0))
        last = modules_of(network)[number - 1].bn3
        kept = last.weight.clone()
        last.weight.zero_()
        silenced = network(PICTURE)
        last.weight.copy_(kept)
        torch.testing.assert_close(deleted, silenced, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("swap", "distance", "pair"),
    [
        (2, 1, (2, 3)),
        (3, 1, (3, 2)),  # round the end of its stage
        (9, 2, (9, 11)),
        (9, 5, None),  # five modules of its shape on: itself
        (8, 1, (7, 5)),  # 8 changes the shape: the nearest before it that does not
        (1, 1, None),
        (50, 1, (16, 15)),
    ],
)
def test_modules_change_places(network, swap, distance, pair):
    expected = list(range(1, 17))
    if pair is not None:
        one, other = pair
        expected[one - 1], expected[other - 1] = other, one
    assert order_of(network, swap=swap, swap_distance=distance) == expected


def test_resnet_18_has_one_pair_to_swap(built):
    network = built[18]
    assert order_of(network, swap=1)[:3] == [2, 1, 3]
    assert order_of(network, swap=8)[:3] == [2, 1, 3]
    assert order_of(network, swap=0) == list(range(1, 9))


def test_a_deletion_follows_its_module(network):
    assert order_of(network, swap=2, delete_first=3)[:2] == [1, 2]


def test_idle_fields(network):
    assert set(network.idle_fields()) == {"delete_count", "swap_distance"}
    network.reconfigure(network.config.changed(delete_first=1, swap=2))
    assert network.idle_fields() == ()
