"""Strides and rates of trees that others wrote."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from segviewer.layers.module_geometry import read_geometry, set_geometry


def torchvision_resnet(**options):
    models = pytest.importorskip("torchvision.models")
    torch.manual_seed(0)
    resnet = models.resnet50(weights=None, **options)
    return nn.Sequential(*list(resnet.children())[:-2]).eval().requires_grad_(False)


class Branches(nn.Module):
    """A small trunk, three parallel branches, and a bottleneck that fits or not."""

    def __init__(self, rates=(2, 4, 6), fixed=False):
        super().__init__()
        torch.manual_seed(1)
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU()
        )
        self.deep = nn.Conv2d(8, 8, 3, padding=1)
        self.aspp = nn.ModuleList(nn.Conv2d(8, 4, 3, padding=r, dilation=r) for r in rates)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.of_pool = nn.Conv2d(8, 4, 1)
        self.fixed = fixed

    def forward(self, image):
        low = self.trunk[:2](image)
        x = self.deep(self.trunk[2:](low))
        if self.fixed:
            return low + nn.functional.interpolate(self.aspp[0](x), scale_factor=2)
        pooled = self.of_pool(self.pool(x))
        return torch.cat([pooled.expand(-1, -1, *x.shape[-2:]), *(b(x) for b in self.aspp)], 1)


@pytest.mark.parametrize("stride", [16, 8])
def test_as_torchvision_trades_strides_for_rates(stride):
    """``replace_stride_with_dilation``: the first unit of a stage keeps the rate before it."""
    tree = torchvision_resnet()
    geometry = read_geometry(tree)
    assert (geometry.output_stride, geometry.output_strides) == (32, (32, 16, 8, 4))
    set_geometry(tree, geometry, stride, ())
    theirs = torchvision_resnet(replace_stride_with_dilation=[False, stride == 8, True])
    theirs.load_state_dict(tree.state_dict())
    image = torch.randn(1, 3, 65, 97)
    torch.testing.assert_close(tree(image), theirs(image), rtol=1e-4, atol=1e-3)
    set_geometry(tree, geometry, 32, ())
    plain = torchvision_resnet()
    plain.load_state_dict(tree.state_dict())
    torch.testing.assert_close(tree(image), plain(image), rtol=1e-4, atol=1e-3)


def test_what_is_read_of_a_tree_without_touching_it():
    tree = Branches()
    before = {key: tensor.clone() for key, tensor in tree.state_dict().items()}
    geometry = read_geometry(tree)
    assert (geometry.output_stride, geometry.output_strides) == (8, (8, 4))
    assert geometry.branches == ("aspp.0", "aspp.1", "aspp.2")
    assert geometry.rates == (2, 4, 6) and geometry.fixed == ()
    stages = {level: [la.name for la in found] for level, found in geometry.stages().items()}
    assert stages[1] == ["trunk.0"] and stages[4] == ["trunk.2"]
    assert stages[8] == ["aspp.0", "aspp.1", "aspp.2"]
    for key, tensor in tree.state_dict().items():
        assert torch.equal(tensor, before[key])
    assert all(not module._forward_hooks for module in tree.modules())


def test_every_strided_and_dilated_layer_is_listed_by_the_map_it_reads():
    rows = dict(read_geometry(Branches()).rows())
    assert rows["Map of stride 1"].startswith("trunk.0 (3×3, stride 2")
    assert rows["Map of stride 8"] == (
        "aspp.0 (3×3, rate 2); aspp.1 (3×3, rate 4); aspp.2 (3×3, rate 6)"
    )


def test_rates_of_branches_are_set_apart_and_the_rest_follows_the_stride():
    tree = Branches().eval()
    geometry = read_geometry(tree)
    set_geometry(tree, geometry, 4, (1, 3, 9))
    assert [conv.dilation[0] for conv in tree.aspp] == [1, 3, 9]
    assert [conv.padding[0] for conv in tree.aspp] == [1, 3, 9]
    assert tree.trunk[2].stride == (1, 1) and tree.trunk[2].dilation == (1, 1)
    assert tree.deep.dilation == (2, 2) and tree.deep.padding == (2, 2)
    assert tree(torch.randn(1, 3, 64, 64)).shape[-2:] == (16, 16)


def test_the_part_that_is_fixed_is_named():
    geometry = read_geometry(Branches(fixed=True))
    assert geometry.output_strides == (8,)
    (said,) = geometry.fixed
    assert "stays 8 or more" in said


def test_an_even_kernel_is_named():
    tree = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 8, 2, 2))
    (said,) = read_geometry(tree).fixed
    assert "2 has a kernel of 2" in said


class Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2, 1)

    def forward(self, image):
        return self.conv(image) * float(image.sum())  # a number, which a shape does not have


def test_what_cannot_be_traced_says_so():
    geometry = read_geometry(Untraceable())
    assert geometry.output_strides == () and "cannot be traced" in geometry.fixed[0]


def test_attention_that_reduces_its_keys_is_no_stage():
    """As in a mix transformer: a 2×2 reduction into as many channels lies beside the way down."""

    class Stage(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Conv2d(3, 8, 7, 4, 3)
            self.reduce = nn.Conv2d(8, 8, 2, 2)
            self.next = nn.Conv2d(8, 16, 3, 2, 1)

        def forward(self, image):
            x = self.embed(image)
            return self.next(x + self.reduce(x).mean())

    geometry = read_geometry(Stage())
    assert (geometry.output_stride, geometry.output_strides) == (8, (8, 4))


def test_segformer_of_transformers():
    transformers = pytest.importorskip("transformers")
    config = transformers.SegformerConfig(
        hidden_sizes=[16, 16, 32, 32],
        num_attention_heads=[1, 1, 2, 2],
        depths=[1, 1, 1, 1],
        decoder_hidden_size=16,
        num_labels=4,
    )
    tree = transformers.SegformerForSemanticSegmentation(config).eval().requires_grad_(False)
    geometry = read_geometry(tree, lambda model, image: model(image).logits)
    assert geometry.output_stride == 32 and geometry.output_strides[:2] == (32, 16)
    image = torch.randn(1, 3, 64, 64)
    before = tree(image).logits
    set_geometry(tree, geometry, 16, ())
    denser = tree(image, output_hidden_states=True)
    assert denser.hidden_states[-1].shape[-1] == 4 and denser.logits.shape == before.shape
    set_geometry(tree, geometry, 32, ())
    assert torch.equal(tree(image).logits, before)
