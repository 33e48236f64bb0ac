"""PSPNet: parameters, sizes, receptive field, framing, and what its switches leave alone."""

import pytest
import torch
from pydantic import ValidationError

from segviewer.layers.framing import full_scores, place_scores
from segviewer.networks.psp_net import PSPNet, PSPNetConfig

COUNTS = [
    ({}, 49_081_578),
    ({"auxiliary": False}, 46_716_373),
    ({"num_classes": 150}, 49_180_908),
    ({"num_classes": 150, "auxiliary": False}, 46_782_550),
    ({"backbone": "resnet101_deep"}, 68_073_706),
    ({"backbone": "resnet101_deep", "auxiliary": False}, 65_708_501),
    ({"backbone": "resnet101_deep", "num_classes": 19}, 68_072_166),
    ({"backbone": "resnet101_deep", "num_classes": 19, "auxiliary": False}, 65_707_475),
    ({"pyramid": False}, 35_445_994),
]


def on_meta(**values):
    with torch.device("meta"):
        return PSPNet(PSPNetConfig(**values)).eval()


def small(**values):
    torch.manual_seed(0)
    usual = {"backbone": "efficientnet_lite0", "num_classes": 3, "head_channels": 8}
    return PSPNet(PSPNetConfig(**usual | values)).eval().requires_grad_(False)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("values", "number"), COUNTS)
def test_parameters(values, number):
    assert parameters(on_meta(**values)) == number


def test_reduction_moves_parameters_from_the_classifier_to_the_pyramid():
    reduced, whole = on_meta(), on_meta(reduction=False)
    assert parameters(reduced.classifier[:2]) == 18_875_392
    assert parameters(whole.classifier[:2]) == 47_186_944
    assert parameters(reduced.ppm) == 4 * (2048 * 512 + 2 * 512)
    assert parameters(whole.ppm) == 0


@pytest.mark.parametrize(("side", "cells"), [(473, 60), (713, 90)])
def test_size_of_the_map(side, cells):
    network = on_meta()
    features = network.features(torch.zeros(1, 3, side, side, device="meta"))
    assert features["out"].shape == (1, 2048, cells, cells)
    assert network.head(features).shape == (1, 21, cells, cells)


@pytest.mark.parametrize(("backbone", "side"), [("resnet50_deep", 479), ("resnet101_deep", 1023)])
def test_receptive_field(backbone, side):
    network = on_meta(backbone=backbone).backbone
    convs = [layer for layer in network.stem if hasattr(layer, "kernel_size")]
    steps = [(conv.stride[0], 1) for conv in convs] + [(2, 1)]  # and the pooling
    for layer in (network.layer1, network.layer2, network.layer3, network.layer4):
        steps += [(unit.conv2.stride[0], unit.conv2.dilation[0]) for unit in layer]
    field = jump = 1
    for stride, rate in steps:  # all of them 3x3
        field += 2 * rate * jump
        jump *= stride
    assert (field, jump) == (side, 8)


def test_every_unit_of_a_dilated_stage_has_the_full_rate():
    backbone = on_meta().backbone
    assert {unit.conv2.dilation for unit in backbone.layer3} == {(2, 2)}
    assert {unit.conv2.dilation for unit in backbone.layer4} == {(4, 4)}


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize("size", [(1, 1), (30, 73), (97, 129), (98, 128)])
def test_framed_so_that_cells_lie_on_every_so_many_pixels(output_stride, size):
    network = on_meta(output_stride=output_stride)
    framing = network.framing(*size)
    framed = [size[0] + framing.bottom, size[1] + framing.right]
    assert all(side % output_stride == 1 for side in framed)
    assert framing.bottom < output_stride and framing.right < output_stride
    image = torch.zeros(1, 3, *framed, device="meta")
    cells = network(image).shape[-2:]
    assert [(side - 1) // output_stride + 1 for side in framed] == list(cells)
    # Scores that say where their cell is, then say where each pixel is.
    rows, columns = (output_stride * torch.arange(n).float() for n in cells)
    scores = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]
    placed = place_scores(network, scores, *size)
    assert placed.shape[-2:] == size
    assert torch.allclose(placed[0, 0, :, 0], torch.arange(size[0]).float(), atol=1e-3)
    assert torch.allclose(placed[0, 1, 0], torch.arange(size[1]).float(), atol=1e-3)


@torch.inference_mode()
def test_align_corners_is_of_the_levels_and_of_the_scores():
    network = small(levels=(True, False, False, False))
    features = {"out": torch.randn(1, 320, 8, 8)}
    aligned = network.head(features), full_scores(network, features, 64, 64)
    assert network.align_corners
    network.reconfigure(network.config.changed(align_corners=False))
    assert not network.align_corners
    # One bin is the same everywhere, so only the scores can show it.
    assert torch.allclose(network.head(features), aligned[0], atol=1e-5)
    assert not torch.allclose(full_scores(network, features, 64, 64), aligned[1], atol=1e-3)
    other = network.config.changed(levels=(False, True, False, False))
    network.reconfigure(other)
    apart = network.head(features)
    network.reconfigure(other.changed(align_corners=True))
    assert not torch.allclose(network.head(features), apart, atol=1e-3)


@torch.inference_mode()
def test_auxiliary_scores_are_for_training():
    network = small()
    features = network.features(torch.randn(1, 3, 64, 96))
    scores, [auxiliary] = network.training_head(features)
    assert torch.equal(scores, network.head(features))
    assert torch.equal(auxiliary, network.aux_classifier(features["auxiliary"]))
    assert small(auxiliary=False).training_head(features)[1] == []


@pytest.mark.parametrize("values", [{"bins": (1, 2)}, {"bins": (), "levels": ()}])
def test_a_switch_for_each_level(values):
    with pytest.raises(ValidationError):
        PSPNetConfig(**values)


def test_the_forms_of_the_papers_first_table():
    """One window or four levels, average or maximum, with and without reduction: all count."""
    forms = {name: PSPNetConfig(**values) for name, values in PSPNet.presets.items()}
    assert all(all(form.levels) for form in forms.values())
    assert forms["PSPNet-50"].bins == (1, 2, 3, 6) and forms["PSPNet-50"].reduction
    for name, bins, reduction, pooling in (
        ("PSPNet-50, B1236, no reduction", (1, 2, 3, 6), False, "average"),
        ("PSPNet-50, B1236, maximum", (1, 2, 3, 6), True, "maximum"),
        ("PSPNet-50, B1, no reduction", (1,), False, "average"),
        ("PSPNet-50, B1, no reduction, maximum", (1,), False, "maximum"),
    ):
        form = forms[name]
        assert (form.bins, form.reduction, form.pooling) == (bins, reduction, pooling), name
    assert not forms["PSPNet-50, no pyramid"].pyramid and forms["PSPNet-50"].pyramid
