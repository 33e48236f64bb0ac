"""The closed form against the network itself, counted, and against figures known by hand."""

from __future__ import annotations

import pytest
import torch

from segviewer.analysis.heads.cascade_steps import ALL_STRIDES, LITE, blocks
from segviewer.analysis.networks.model_size import layer_table
from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade, DeepLabV3CascadeConfig


@pytest.mark.parametrize("backbone", ["resnet50", LITE])
@pytest.mark.parametrize("output_stride", [8, 16, 64, 256])
def test_sizes_work_and_parameters_are_the_networks(backbone, output_stride):
    with torch.device("meta"):
        made = DeepLabV3Cascade(
            DeepLabV3CascadeConfig(
                backbone=backbone, output_stride=output_stride, num_classes=21, multi_grid=(1, 2, 1)
            )
        )
    found = blocks(backbone, output_stride, 361, 480, (1, 2, 1))
    *rows, last = layer_table(made, 361, 480)
    assert last.name == "classifier"
    assert (found[-1].height, found[-1].width) == (last.height, last.width)
    assert sum(block.multiply_adds for block in found) == sum(row.multiply_adds for row in rows)
    counted = sum(parameter.numel() for parameter in made.parameters())
    assert sum(block.parameters for block in found) == counted - 21 * (found_width(backbone) + 1)


def found_width(backbone: str) -> int:
    return 320 if backbone == LITE else 2048


def test_fields_of_the_fact_sheet():
    """ResNet-101 of DeepLab v3 with multi-grid 1, 2, 4: 1259 px at stride 16, 1275 at 8."""
    assert blocks("resnet101", 16, 513, 513, (1, 2, 4))[3].field == 1259
    assert blocks("resnet101", 8, 513, 513, (1, 2, 4))[3].field == 1275
    assert blocks("resnet50", ALL_STRIDES, 513, 513)[3].field == 427
    assert blocks("resnet50", 8, 513, 513, keeps_rate=True)[3].field == 427


def test_strides_double_and_rates_take_their_place():
    """513 px: 17, 9, 5, 3 places with strides; at stride 16 always 33, rates 2, 4, 8, 16."""
    strided = blocks("resnet50", ALL_STRIDES, 513, 513)[3:]
    assert [block.width for block in strided] == [17, 9, 5, 3]
    assert [block.jump for block in strided] == [32, 64, 128, 256]
    assert {block.rates for block in strided} == {(1, 1, 1)}
    atrous = blocks("resnet50", 16, 513, 513)[3:]
    assert [block.width for block in atrous] == [33] * 4
    assert [block.rates[0] for block in atrous] == [2, 4, 8, 16]
    grid = blocks("resnet50", 16, 513, 513, (1, 2, 4))[3:]
    assert grid[0].rates == (2, 4, 8) and grid[3].rates == (16, 32, 64)


def test_one_added_block_of_the_paper():
    """13,387,776 convolution weights of a block with identity shortcuts, as the facts have it."""
    with torch.device("meta"):
        made = DeepLabV3Cascade(DeepLabV3CascadeConfig())
    own = sum(parameter.numel() for parameter in made.cascade[0].parameters())
    assert blocks("resnet50", 16, 64, 64)[6].parameters == own == 13_387_776


def test_each_unit_of_a_small_backbone_multiplies_its_rate_by_the_grids():
    """Kernels k at rate r widen the field by (k − 1) · r · jump: 5×5 units of the last blocks."""
    even = blocks(LITE, 8, 513, 513, (1, 1, 1))[3].field
    # The last three units of the backbone at stride 8 and rate 4: two of 5×5 and one of 3×3.
    found = blocks(LITE, 8, 513, 513, (2, 3, 5))[3].field
    assert found - even == 8 * 4 * (4 * (2 - 1) + 4 * (3 - 1) + 2 * (5 - 1))
