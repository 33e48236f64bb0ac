"""HDC-DUC: rates of the units, the order of the sub-cells, framing, and gridding in the map."""

import pytest
import torch
from pydantic import ValidationError

from segviewer.layers.framing import full_scores, place_scores, run_features
from segviewer.networks.hdc_duc import HDCDUC, HDCDUCConfig

LITE = {"backbone": "efficientnet_lite0", "num_classes": 3, "cells": 2}


def on_meta(**values):
    with torch.device("meta"):
        return HDCDUC(HDCDUCConfig(**values)).eval()


@pytest.fixture
def small():
    torch.manual_seed(0)
    return HDCDUC(HDCDUCConfig(**LITE)).eval().requires_grad_(False)


def rates_of(network):
    layers = (network.backbone.layer3, network.backbone.layer4)
    return tuple(tuple(unit.conv2.dilation[0] for unit in layer) for layer in layers)


def test_schedules_on_resnet101():
    network = on_meta()
    assert rates_of(network) == ((2, 2, 5, 9) + (1, 2, 5, 9) * 4 + (1, 2, 5), (5, 9, 17))
    network.reconfigure(network.config.changed(schedule="RF"))
    assert rates_of(network) == ((1, 2, 3) * 7 + (2, 2), (3, 4, 5))
    network.reconfigure(network.config.changed(schedule="constant"))
    assert rates_of(network) == ((2,) * 23, (4,) * 3)
    network.reconfigure(network.config.changed(schedule="none"))
    assert rates_of(network) == ((1,) * 23, (1,) * 3)


def test_typed_rates_on_resnet50():
    network = on_meta(
        backbone="resnet50_deep", schedule="typed", rates4=(1, 3), rates5=(2, 4, 6, 8)
    )
    assert rates_of(network) == ((1, 3) * 3, (2, 4, 6))


def test_rates_of_the_lite_form_can_be_those_of_multi_grid():
    """Typed rates reach the geometry the bundled backbone was trained with."""
    network = on_meta(**LITE, schedule="typed", rates4=(1, 2, 2, 4), rates5=(8,))
    ours = [conv.dilation[0] for conv in network.modules() if hasattr(conv, "dilation")]
    network.backbone.reconfigure(16, (1, 2, 4), first_unit_keeps_rate=True)
    theirs = [conv.dilation[0] for conv in network.modules() if hasattr(conv, "dilation")]
    assert ours == theirs


@pytest.mark.parametrize(("cells", "side"), [(4, 256), (8, 512)])
def test_size_of_the_scores(cells, side):
    """Four sub-cells are half the picture's resolution, eight the whole of it."""
    network = on_meta(cells=cells)
    image = torch.zeros(1, 3, 512, 512, device="meta")
    assert network(image).shape == (1, 21, side, side)
    network.reconfigure(network.config.changed(duc=False))
    assert network(image).shape == (1, 21, 64, 64)


def test_four_branches_of_rates_6_to_24():
    network = on_meta()
    assert [conv.dilation[0] for conv in network.classifier.convs] == [6, 12, 18, 24]
    assert network.classifier.convs[0].weight.shape == (21 * 16, 2048, 3, 3)


@torch.inference_mode()
def test_order_of_the_sub_cells(small):
    """Channel c·d² + i·d + j is class c, row i, column j of a cell."""
    small.reconfigure(small.config.changed(branches=(True, False, False, False)))
    branch = small.classifier.convs[0]
    branch.weight.zero_()
    branch.bias.copy_(torch.arange(12.0))
    scores = small.head({"out": torch.zeros(1, 320, 2, 3)})
    for c in range(3):
        for i in range(2):
            for j in range(2):
                assert (scores[0, c, i::2, j::2] == 4 * c + 2 * i + j).all()


@torch.inference_mode()
def test_dense_upsampling_off_is_the_average_of_a_cell(small):
    features = {"out": torch.randn(2, 320, 4, 5)}
    dense = small.head(features)
    small.reconfigure(small.config.changed(duc=False))
    averaged = torch.nn.functional.avg_pool2d(dense, 2)
    assert torch.allclose(small.head(features), averaged, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (64, 96)])
def test_whole_cells_so_that_sub_cells_lie_on_pixels(size):
    network = on_meta(backbone="resnet50_deep", num_classes=2, cells=8)
    framing = network.framing(*size)
    framed = (size[0] + framing.bottom, size[1] + framing.right)
    assert all(side % 8 == 0 for side in framed)
    assert network(torch.zeros(1, 3, *framed, device="meta")).shape[-2:] == framed
    # With as many sub-cells as pixels nothing is interpolated.
    scores = torch.randn(1, 2, *framed)
    assert torch.equal(place_scores(network, scores, *size), scores[..., : size[0], : size[1]])


@torch.inference_mode()
def test_any_picture_has_scores_at_its_pixels(small):
    image = torch.randn(1, 3, 33, 47)
    assert full_scores(small, run_features(small, image), 33, 47).shape == (1, 3, 33, 47)


@pytest.mark.parametrize("values", [{"rates4": ()}, {"rates5": (0,)}, {"branches": (True,)}])
def test_settings_that_cannot_be(values):
    with pytest.raises(ValidationError):
        HDCDUCConfig(**values)
