"""VainF's files: v3 beside v3+, and this program's own with the same names."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families import family_of
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import IMAGENET
from segviewer.networks import network_class

BACKBONES = ("resnet50", "resnet101", "resnet152", "resnet18", "mobilenet_v2")
GOLD = Path(__file__).resolve().parents[3].parent / "shared" / "facts"


def on_meta(shapes):
    return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}


def separable(shapes):
    """The same after its ``convert_to_separable_conv`` of the classifier."""
    converted = {}
    for key, shape in shapes.items():
        if key.startswith("classifier.") and shape[2:] == (3, 3):
            place = key.removesuffix(".weight")
            converted[f"{place}.body.0.weight"] = (shape[1], 1, 3, 3)
            converted[f"{place}.body.1.weight"] = (*shape[:2], 1, 1)
        else:
            converted[key] = shape
    return converted


def written(architecture, **values):
    """Shapes by key as VainF writes them."""
    config = network_class(architecture).Config(**values)
    shapes = shapes_of(build_without_numbers(architecture, config))
    if architecture == "deeplab_v3":
        shapes = {
            k.replace("classifier.", "classifier.classifier.", 1): s for k, s in shapes.items()
        }
    return shapes


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("architecture", ["deeplab_v3", "deeplab_v3_plus"])
def test_what_is_found_out(architecture, backbone):
    values = {"auxiliary": False} if architecture == "deeplab_v3" else {}
    shapes = written(architecture, backbone=backbone, num_classes=19, **values)
    found = detect(on_meta(shapes))
    assert found.architecture == architecture
    assert "VainF" in found.family
    assert found.table.fits and len(found.keys) == len(shapes)
    assert found.config.backbone == backbone and found.config.num_classes == 19
    assert (found.config.output_stride, found.config.atrous_rates) == (16, (6, 12, 18))
    assert found.config.first_unit_keeps_rate
    assert found.preprocessing == IMAGENET


@pytest.mark.parametrize("architecture", ["deeplab_v3", "deeplab_v3_plus"])
def test_separable_classifiers_fill_every_place(architecture):
    values = {"auxiliary": False} if architecture == "deeplab_v3" else {}
    shapes = separable(written(architecture, backbone="mobilenet_v2", num_classes=7, **values))
    found = detect(on_meta(shapes))
    assert found.architecture == architecture and "separable" in found.family
    assert found.table.fits and len(set(found.keys.values())) == len(shapes)
    assert found.config.separable and not found.config.separable_norm


@pytest.mark.slow
@pytest.mark.skipif(not GOLD.is_dir(), reason="../shared/facts is not beside this checkout")
def test_its_own_numbers_of_the_separable_form(filled, tmp_path):
    entries = json.loads((GOLD / "gold" / "forward_more.json").read_text())["entries"]
    entry = next(entry for entry in entries if "separable" in entry["name"])
    lines = (GOLD / "state_dict_keys" / entry["keyfile"]).read_text().splitlines()
    shapes = {
        key: () if shape == "scalar" else tuple(map(int, shape.split("x")))
        for key, shape in (line.split() for line in lines)
    }
    assert len(shapes) == entry["keys"]
    path = tmp_path / "w.pth"
    torch.save({"model_state": filled(shapes), "best_score": np.float64(0.7)}, path)
    opened = open_network(str(path))
    assert (opened.unused, opened.card.weights) == (0, "unknown")
    height, width = entry["input"][2:]
    row, column = torch.arange(height)[:, None], torch.arange(width)[None]
    wave = 0.3 * torch.cos(0.31 * row - 0.17 * column)
    image = torch.stack([torch.sin(0.07 * row + 0.11 * column + c) + wave for c in range(3)])[None]
    with torch.inference_mode():
        scores = F.interpolate(opened.network(image), (height, width), mode="bilinear")
    found = scores.flatten()[torch.tensor(entry["index"])].double()
    expected = torch.tensor(entry["value"], dtype=torch.float64)
    assert float((found - expected).abs().max()) < 1e-4 * entry["std"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conv2.weight": (128, 4, 3, 3)}, "ResNeXt: 32 groups of 4 channels"),
        ({"conv2.weight": (128, 128, 3, 3)}, "wide ResNet: its units have 128 channels"),
    ],
)
def test_units_of_other_kinds_are_named(change, said):
    shapes = written("deeplab_v3_plus", backbone="resnet50")
    for key in list(shapes):
        for end, shape in change.items():
            if key.startswith("backbone.layer1") and key.endswith(end):
                shapes[key] = shape
    with pytest.raises(CheckpointError) as caught:
        detect(on_meta(shapes))
    assert "VainF" in caught.value.what and "variant" in caught.value.what
    assert said in caught.value.why and "needed" in caught.value.next_step


def test_a_depth_of_elsewhere_is_named():
    shapes = written("deeplab_v3_plus", backbone="resnet50")
    fewer = {
        key: shape
        for key, shape in shapes.items()
        if not any(f"layer{n}.{unit}." in key for n in (1, 2, 3, 4) for unit in range(2, 6))
    }
    with pytest.raises(CheckpointError, match="ResNet-26, of 2, 2, 2, 2 units"):
        detect(on_meta(fewer))


def test_other_backbones_are_not_theirs():
    shapes = written("deeplab_v3_plus", backbone="efficientnet_lite0")
    assert family_of(shapes) is None
