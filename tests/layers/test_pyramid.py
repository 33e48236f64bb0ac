"""ASPP, image pooling and the low-level skip in closed form."""

import pytest
import torch
from torch import nn

from segviewer.layers.pyramid import ASPP, AtrousBranch, ImagePooling, LowLevelSkip

ALL_ON = (True, True, True, True)


def seeded(module: nn.Module) -> nn.Module:
    """Weights and batch norm statistics that differ from their defaults, in eval mode."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if key.endswith("running_var"):
                tensor.uniform_(0.5, 1.5, generator=generator)
            elif tensor.is_floating_point():
                tensor.normal_(0, 0.3, generator=generator)
    return module.eval()


@pytest.fixture
def image():
    return torch.randn(2, 6, 9, 7, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def aspp():
    pyramid = seeded(ASPP(6, 5, 3))
    pyramid.reconfigure((1, 2, 4), ALL_ON, True)
    return pyramid


@pytest.mark.parametrize("index", range(5))
def test_branch_off_is_its_slice_of_the_projection_set_to_zero(aspp, image, index):
    on = [True] * 5
    on[index] = False
    aspp.reconfigure((1, 2, 4), tuple(on[:4]), on[4])
    switched_off = aspp(image)
    aspp.reconfigure((1, 2, 4), ALL_ON, True)
    with torch.no_grad():
        aspp.project[0].weight[:, index * 5 : index * 5 + 5] = 0
    torch.testing.assert_close(switched_off, aspp(image))


def test_all_branches_off_is_the_projection_of_nothing(aspp, image):
    aspp.reconfigure((1, 2, 4), (False,) * 4, False)
    expected = aspp.project(torch.zeros(2, 25, 9, 7))
    torch.testing.assert_close(aspp(image), expected)


def test_branches_are_concatenated_in_the_papers_order(aspp, image):
    joined = torch.cat([branch(image) for branch in aspp.convs], dim=1)
    torch.testing.assert_close(aspp(image), aspp.project(joined))


def test_rate_beyond_the_map_leaves_only_the_centre_tap(image):
    # DeepLab v3 section 3.3: with a rate near the map's size a 3x3 filter becomes 1x1.
    branch = seeded(AtrousBranch(6, 5, separable=False))
    branch.reconfigure(48)
    centre = nn.functional.conv2d(image, branch[0].weight[:, :, 1:2, 1:2])
    torch.testing.assert_close(branch(image), nn.Sequential(*list(branch)[1:])(centre))


def test_separable_branch_is_depthwise_then_pointwise(image):
    branch = seeded(AtrousBranch(6, 5, separable=True))
    branch.reconfigure(3)
    assert branch[0].groups == 6 and branch[0].dilation == (3, 3)
    assert branch(image).shape == (2, 5, 9, 7)


def test_image_pooling_of_a_constant_is_the_pointwise_layer_on_it():
    pooling = seeded(ImagePooling(6, 5))
    constant = torch.linspace(-1, 1, 6).view(1, 6, 1, 1).expand(1, 6, 9, 7)
    expected = nn.Sequential(*list(pooling)[1:])(constant)
    torch.testing.assert_close(pooling(constant), expected)


def test_image_pooling_is_the_same_everywhere_and_blind_to_place(image):
    pooling = seeded(ImagePooling(6, 5))
    pooled = pooling(image)
    assert torch.equal(pooled, pooled[..., :1, :1].expand_as(pooled))
    torch.testing.assert_close(pooling(image.flip(-1, -2)), pooled)


def test_low_level_skip_adds_to_the_upsampled_scores():
    skip = seeded(LowLevelSkip(4, 5, 3, 2))
    last = skip.refine[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([1.0, -2.0]))
    scores = torch.full((1, 2, 3, 3), 0.5)
    refined = skip(torch.randn(1, 4, 12, 11), torch.randn(1, 5, 3, 3), scores)
    expected = torch.tensor([1.5, -1.5]).view(1, 2, 1, 1).expand(1, 2, 12, 11)
    torch.testing.assert_close(refined, expected)
