"""Files of hszhao/semseg: other depths, with and without what evaluation does not build."""

import pytest
import torch

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families.programs.semseg import PARTS
from segviewer.imaging.preprocessing import IMAGENET
from segviewer.networks.psp_net import PSPNetConfig


def file_of(**values):
    """Tensors without numbers under the keys that semseg would write."""
    network = build_without_numbers("psp_net", PSPNetConfig(**values))
    theirs = {}
    for key, shape in shapes_of(network).items():
        for part, ours in PARTS.items():
            if key.startswith(f"{ours}."):
                key = key.replace(ours, part, 1)
        theirs[key.removeprefix("backbone.")] = torch.empty(shape, device="meta")
    return theirs


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"auxiliary": False},
        {"backbone": "resnet101_deep", "num_classes": 19, "auxiliary": False},
        {"backbone": "resnet152_deep", "num_classes": 150},
        {"bins": (1,), "levels": (True,)},
        {"bins": (1, 2, 3), "levels": (True,) * 3, "reduction": False},
        {"pyramid": False},
        {"head_channels": 256},
    ],
)
def test_structure_is_read_off_the_shapes(values):
    found = detect(file_of(**values))
    assert (found.architecture, found.family) == ("psp_net", "PSPNet (hszhao/semseg)")
    assert found.config == PSPNetConfig(**values)
    assert found.table.fits and found.alternatives == ()


def test_what_is_assumed():
    found = detect(file_of(num_classes=150))
    assert found.preprocessing == IMAGENET
    assert found.label_set == "ade20k150"
    assert (found.config.output_stride, found.config.first_unit_keeps_rate) == (8, False)
    assert found.config.align_corners


def test_keys_are_the_published_ones():
    keys = set(file_of())
    assert {"layer0.6.weight", "ppm.features.3.2.running_var", "cls.4.bias", "aux.4.bias"} <= keys
    assert not any(key.startswith(("backbone", "classifier")) for key in keys)
