"""Dense blocks with and without their links."""

import pytest
import torch

from segviewer.layers.dense_block import BottleneckLayer, DenseBlock, PlainLayer, Transition

CIN, GROWTH, LAYERS = 5, 3, 4


@pytest.fixture(params=[BottleneckLayer, PlainLayer])
def block(request):
    layers = (request.param(CIN + index * GROWTH, GROWTH) for index in range(LAYERS))
    return DenseBlock(layers).eval().requires_grad_(False)


@torch.inference_mode()
def test_the_stack_grows_by_growth(block):
    x = torch.randn(2, CIN, 6, 7)
    maps = block.maps(x)
    assert [m.shape[1] for m in maps] == [CIN] + [GROWTH] * LAYERS
    assert torch.equal(maps[0], x)
    assert torch.equal(block(x), torch.cat(maps, dim=1))


def test_with_links_every_layer_reads_every_map(block):
    x = torch.randn(1, CIN, 6, 7)
    read = []
    for layer in block.values():
        layer.register_forward_pre_hook(lambda _, given: read.append(given[0].clone()))
    maps = block.maps(x)
    for number, stack in enumerate(read, start=1):
        assert torch.equal(stack, torch.cat(maps[:number], dim=1))


def test_without_links_only_the_newest_maps_are_read(block):
    block.linked = False
    read = []
    for layer in block.values():
        layer.register_forward_pre_hook(lambda _, given: read.append(given[0].clone()))
    x = torch.randn(1, CIN, 6, 7)
    out = block(x)
    assert torch.equal(read[0], x)
    for stack in (*read[1:], out):
        assert not stack[:, :-GROWTH].any()
        assert stack[:, -GROWTH:].any()


@torch.inference_mode()
def test_the_first_layer_feels_no_difference(block):
    x = torch.randn(1, CIN, 6, 7)
    dense = block.maps(x)[1]
    only = DenseBlock([next(iter(block.values()))])
    only.linked = False
    assert torch.equal(only.maps(x)[1], dense)


@torch.inference_mode()
def test_a_transition_without_pooling_is_what_the_pooling_saw():
    transition = Transition(6, 3).eval()
    x = torch.randn(1, 6, 8, 10)
    pooled = transition(x)
    transition.pooled = False
    assert torch.equal(transition.pool(transition(x)), pooled)
