"""Blocks 5 to 7 of DeepLab v3: rates, strides, shortcuts and parameters."""

import pytest
import torch

from segviewer.layers.cascade import Cascade


def on_meta(backbone="resnet50", channels=2048, projection=False):
    with torch.device("meta"):
        return Cascade(backbone, channels, projection).eval()


def small(backbone, projection=False):
    torch.manual_seed(0)
    return Cascade(backbone, 8, projection).eval().requires_grad_(False)


@pytest.mark.parametrize(("projection", "each"), [(False, 13_387_776), (True, 17_586_176)])
def test_parameters_of_a_block(projection, each):
    cascade = on_meta(projection=projection)
    assert [sum(p.numel() for p in block.parameters()) for block in cascade] == [each] * 3


def rates(cascade):
    return [[unit.conv2.dilation[0] for unit in block] for block in cascade]


def strides(cascade):
    return [[unit.conv2.stride[0] for unit in block] for block in cascade]


@pytest.mark.parametrize(
    ("output_stride", "rate", "stride"),
    [
        (8, (8, 16, 32), (1, 1, 1)),
        (16, (4, 8, 16), (1, 1, 1)),
        (32, (2, 4, 8), (1, 1, 1)),
        (64, (1, 2, 4), (2, 1, 1)),
        (128, (1, 1, 2), (2, 2, 1)),
        (256, (1, 1, 1), (2, 2, 2)),
    ],
)
def test_stride_is_traded_for_rate(output_stride, rate, stride):
    cascade = on_meta()
    cascade.reconfigure(output_stride, (1, 1, 1), 3, False)
    assert rates(cascade) == [[r] * 3 for r in rate]
    assert strides(cascade) == [[s, 1, 1] for s in stride]
    x = torch.zeros(1, 2048, 33, 17, device="meta")
    for block, step in zip(cascade, stride, strict=True):
        expected = tuple(-(-side // step) for side in x.shape[-2:])
        x = block(x)
        assert x.shape[-2:] == expected


def test_multi_grid_multiplies_the_units_of_every_block():
    cascade = on_meta()
    cascade.reconfigure(16, (1, 2, 4), 3, False)
    assert rates(cascade) == [[4, 8, 16], [8, 16, 32], [16, 32, 64]]


@pytest.mark.parametrize("backbone", ["resnet50", "efficientnet_lite0"])
@torch.inference_mode()
def test_a_silent_residual_leaves_the_input_subsampled(backbone):
    cascade = small(backbone)
    for block in cascade:
        for unit in block:
            last = unit.bn3 if backbone == "resnet50" else unit.project[1]
            last.weight.zero_()
    x = torch.rand(1, 8, 9, 13)
    for output_stride, step in ((16, 1), (64, 2), (256, 8)):
        cascade.reconfigure(output_stride, (1, 1, 1), 3, False)
        assert torch.equal(cascade(x), x[..., ::step, ::step])


@pytest.mark.parametrize("backbone", ["resnet50", "efficientnet_lite0"])
@torch.inference_mode()
def test_blocks_passed_over(backbone):
    cascade, x = small(backbone), torch.rand(1, 8, 5, 6)
    expected = x
    for blocks in range(4):
        cascade.reconfigure(32, (1, 1, 1), blocks, False)
        assert torch.equal(cascade(x), expected)
        if blocks < 3:
            expected = cascade[blocks](expected)


@pytest.mark.parametrize("backbone", ["resnet50", "efficientnet_lite0"])
@torch.inference_mode()
def test_projections_left_out_are_identities(backbone):
    projecting, plain = small(backbone, projection=True), small(backbone)
    tensors = projecting.state_dict()
    plain.load_state_dict({key: tensors[key] for key in plain.state_dict()})
    x = torch.rand(1, 8, 7, 9)
    plain.reconfigure(64, (1, 1, 1), 3, False)
    projecting.reconfigure(64, (1, 1, 1), 3, True)
    assert torch.equal(projecting(x), plain(x))
    projecting.reconfigure(64, (1, 1, 1), 3, False)
    assert not torch.allclose(projecting(x), plain(x))
