"""MobileNet v2 against torchvision's, and its strides and rates."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.layers.mobilenet_v2 import MobileNetV2


@pytest.fixture(scope="module")
def backbone():
    return MobileNetV2().eval().requires_grad_(False)


def ours_by_torchvisions_name(name: str) -> str:
    number = int(name.split(".")[0])
    return f"{'low' if number < 4 else 'high'}_level_features.{name}"


def test_it_is_torchvisions_where_the_border_is_the_same(backbone):
    """Fresh batch norm has no offset, so padding before the expansion is zero behind it."""
    from torchvision.models import mobilenet_v2

    theirs = mobilenet_v2(weights=None).features[:-1].eval()
    tensors = {ours_by_torchvisions_name(k): t for k, t in theirs.state_dict().items()}
    ours = MobileNetV2().eval()
    ours.load_state_dict(tensors)
    ours.reconfigure(32, (1, 1, 1), True)
    image = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = theirs(image)
        # Padded by hand, for our stem has no padding.
        found = ours(F.pad(image, (1, 1, 1, 1)))["out"]
    assert (found - expected).abs().max() < 1e-5 * expected.std()


@pytest.mark.parametrize(("output_stride", "out", "auxiliary"), [(32, 2, 4), (16, 4, 4), (8, 8, 8)])
@torch.inference_mode()
def test_sizes_and_widths(backbone, output_stride, out, auxiliary):
    backbone.reconfigure(output_stride, (1, 1, 1), True)
    maps = backbone(torch.zeros(1, 3, 65, 65))
    assert maps["low_level"].shape == (1, 24, 16, 16)
    assert maps["auxiliary"].shape == (1, 96, auxiliary, auxiliary)
    assert maps["out"].shape == (1, 320, out, out)


def rates(backbone):
    units = [*backbone.low_level_features[1:], *backbone.high_level_features]
    return [unit.rate for unit in units]


def test_vainfs_rates_at_output_stride_8(backbone):
    # The first unit of a stage whose stride was removed keeps the rate before it.
    backbone.reconfigure(8, (1, 1, 1), True)
    assert rates(backbone) == [1] * 7 + [2] * 7 + [4] * 3


def test_multi_grid_multiplies_the_last_three_units(backbone):
    backbone.reconfigure(16, (1, 2, 4), False)
    assert rates(backbone) == [1] * 13 + [2, 2] + [4] + [8]


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2)])
@torch.inference_mode()
def test_smaller_than_the_stems_kernel(backbone, size):
    backbone.reconfigure(8, (1, 1, 1), True)
    assert torch.isfinite(backbone(torch.ones(1, 3, *size))["out"]).all()


def test_the_plain_form_is_torchvisions():
    from torchvision.models import mobilenet_v2

    theirs = mobilenet_v2(weights=None).features[:-1].eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias)  # a border padded early would show
    ours = MobileNetV2("plain").eval()
    ours.load_state_dict({ours_by_torchvisions_name(k): t for k, t in theirs.state_dict().items()})
    ours.reconfigure(32, (1, 1, 1), True)
    image = torch.randn(1, 3, 63, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected, found = theirs(image), ours(image)["out"]
    assert (found - expected).abs().max() < 1e-5 * expected.std()


@pytest.mark.parametrize(
    ("form", "keeps", "expected"),
    [
        ("plain", False, [1] * 6 + [2] * 7 + [4] * 4),
        ("first", False, [1] * 6 + [2, 1, 1, 1, 2, 1, 1, 4, 1, 1, 4]),  # MMSegmentation
        ("lagging", True, [1] * 10 + [2] * 6 + [4]),  # jfzhang95
    ],
)
def test_rates_of_the_other_forms_at_output_stride_8(form, keeps, expected):
    backbone = MobileNetV2(form)
    backbone.reconfigure(8, (1, 1, 1), keeps)
    assert rates(backbone) == expected


@pytest.mark.parametrize("size", [8, 9])
def test_tensorflows_padding(size):
    """Half of an even side begins at its first cell, of an odd one before it."""
    from segviewer.layers.mobilenet_v2 import TensorFlowConv2d

    conv = TensorFlowConv2d(1, 1, 3, 2, bias=False)
    torch.nn.init.zeros_(conv.weight)
    conv.weight.data[0, 0, 0, 0] = 1  # reads the first cell of its window
    row = torch.arange(1.0, size + 1).expand(1, 1, size, size).contiguous()
    found = conv(row)[0, 0, -1].tolist()
    assert found == ([1, 3, 5, 7] if size == 8 else [0, 2, 4, 6, 8])
