"""The context module: table 1 of the paper, the identity it starts as, and its two paddings."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.layers.context_module import ContextModule, channels_of, names_of

EIGHT = (1, 1, 2, 4, 8, 16, 1)
TEN = (1, 1, 2, 4, 8, 16, 32, 64, 1)
SEVEN = (1, 1, 2, 4, 8, 1)
SIZES = ("basic", "large")
PADDINGS = ("first layer", "each layer")


def module_of(num_classes, size, dilations=EIGHT, padding="each layer"):
    module = ContextModule(num_classes, len(dilations), size).eval().requires_grad_(False)
    module.reconfigure(dilations, padding)
    return module


def lively(module):
    for parameter in module.parameters():
        if parameter.ndim > 1:
            parameter.normal_(0, (2 / parameter[0].numel()) ** 0.5)
        else:
            parameter.normal_(0, 0.3)
    return module


def count(module):
    return sum(p.numel() for p in module.parameters())


def dyadic(*shape):
    """Multiples of 1/16 from 0 to 16, which float32 adds and halves without rounding."""
    return torch.randint(0, 257, shape) / 16


@pytest.mark.parametrize(
    ("num_classes", "size", "dilations", "number"),
    [(21, "basic", EIGHT, 28_392), (21, "large", EIGHT, 6_803_139), (19, "basic", TEN, 29_792)],
)
def test_parameters(num_classes, size, dilations, number):
    with torch.device("meta"):
        module = ContextModule(num_classes, len(dilations), size)
    assert count(module) == number


def test_weights_of_the_basic_form_without_biases():
    with torch.device("meta"):
        module = ContextModule(21, 7, "basic")
    assert sum(p.numel() for p in module.parameters() if p.ndim > 1) == 28_224


def test_names_and_channels():
    names = ("conv1_1", "conv1_2", "conv2_1", "conv3_1", "conv4_1", "conv5_1", "fc1")
    assert names_of(7) == names
    assert names_of(9) == (*names[:-1], "conv6_1", "conv7_1", "fc1")
    assert names_of(6) == (*names[:5], "fc1")
    assert channels_of(7, 21, "basic") == (21,) * 7
    assert channels_of(7, 21, "large") == (42, 42, 84, 168, 336, 672, 672)
    with torch.device("meta"):
        module = ContextModule(21, 7, "large")
    assert module.final.weight.shape == (21, 672, 1, 1)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    ("dilations", "sides"),
    [
        (EIGHT, (3, 5, 9, 17, 33, 65, 67, 67)),
        (TEN, (3, 5, 9, 17, 33, 65, 129, 257, 259, 259)),
        (SEVEN, (3, 5, 9, 17, 33, 35, 35)),
    ],
)
def test_receptive_field_in_cells(dilations, sides, padding):
    rows = {
        r.label: r for r in trace(module_of(3, "basic", dilations, padding), height=65, width=65)
    }
    layers = [*names_of(len(dilations)), "final"]
    assert tuple(rows[name].size for name in layers) == sides
    assert rows["final"].output_size == (65, 65)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("dilations", [EIGHT, TEN, SEVEN], ids=len)
@pytest.mark.parametrize("size", SIZES)
def test_it_starts_as_the_identity_exactly(size, dilations, padding):
    scores = dyadic(2, 3, 9, 7)
    module = module_of(3, size, dilations, padding)
    assert torch.equal(module(scores), scores)
    rounded = torch.rand(1, 3, 9, 7)
    torch.testing.assert_close(module(rounded), rounded, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_the_identity_passes_nothing_below_zero(size):
    scores = dyadic(1, 4, 6, 5) - 8
    assert torch.equal(module_of(4, size)(scores), scores.relu())


def test_a_group_of_the_large_form_shares_its_class():
    module = module_of(3, "large")
    classes = torch.arange(3).float()
    # Channel by channel in the middle: 1 -> 1/2, 1/2 -> 1/2 (two of 1/2 each, halved), …
    first, second = module.conv1_1.weight[..., 1, 1], module.conv1_2.weight[..., 1, 1]
    assert torch.equal(first @ classes, torch.tensor([0, 0, 0.5, 0.5, 1, 1]))
    assert torch.equal(second @ (first @ classes), torch.tensor([0, 0, 0.5, 0.5, 1, 1]))
    off_centre = module.conv1_1.weight.clone()
    off_centre[..., 1, 1] = 0
    assert not off_centre.any() and not any(p.any() for p in module.parameters() if p.ndim == 1)


@given(
    st.lists(st.integers(1, 64), min_size=4, max_size=9),
    st.sampled_from(PADDINGS),
    st.integers(1, 20),
)
@settings(max_examples=40)
def test_every_set_of_rates_keeps_the_size(dilations, padding, side):
    module = module_of(1, "basic", tuple(dilations), padding)
    assert module(torch.ones(1, 1, side, side + 3)).shape == (1, 1, side, side + 3)


@pytest.mark.parametrize("size", SIZES)
def test_paddings_agree_far_from_the_border_and_nowhere_near(size):
    dilations = (1, 1, 2, 1)
    module = lively(module_of(2, size, dilations, "each layer"))
    scores = torch.randn(1, 2, 25, 23)
    each = module(scores)
    module.reconfigure(dilations, "first layer")
    at_once = module(scores)
    around = sum(dilations)
    inside = (..., slice(around, -around), slice(around, -around))
    torch.testing.assert_close(at_once[inside], each[inside], rtol=1e-4, atol=1e-5)
    assert (at_once - each)[..., 0, :].abs().max() > 0.01 * each.std()
    module.reconfigure(dilations, "each layer")
    assert torch.equal(module(scores), each)


def test_first_layer_padding_is_the_unpadded_module_on_padded_scores():
    """33 cells of zeros around the scores for VOC's rates (FACTS §12)."""
    module = module_of(2, "basic", EIGHT, "first layer")
    assert module.around == 33
    assert {module.get_submodule(name).padding for name in module.names} == {(0, 0)}
    module.reconfigure(EIGHT, "each layer")
    assert module.around == 0
    assert [module.get_submodule(name).padding[0] for name in module.names] == list(EIGHT)


def test_no_relu_behind_the_last_layer():
    module = module_of(2, "basic")
    module.final.bias.fill_(-3.0)
    assert torch.equal(module(torch.ones(1, 2, 4, 4)), torch.full((1, 2, 4, 4), -2.0))


@pytest.mark.parametrize("dilations", [EIGHT[:-1], (*EIGHT, 1)])
def test_a_rate_for_every_layer(dilations):
    with pytest.raises(ValueError):
        module_of(2, "basic").reconfigure(dilations, "each layer")
