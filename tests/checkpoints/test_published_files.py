"""Files in the formats people publish are recognised, fit, and give the reference's numbers.

Keys and numbers come from ../shared/facts, whose gold/README.md says the rule.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.detection import detect
from segviewer.checkpoints.families import FAMILIES, families_of, family_of
from segviewer.checkpoints.opening import open_network
from segviewer.networks import NETWORKS

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "facts"
# Halves of a network in two files: see families/test_csail.py.
HALVES = ("csail_encoder_resnet18dilated", "csail_decoder_ppm_deepsup")
KEY_LISTS = sorted(
    path.stem for path in (FACTS / "state_dict_keys").glob("*.txt") if path.stem not in HALVES
)
GOLD_FILES = FACTS / "gold" / "forward.json", FACTS / "gold" / "forward_more.json"
GOLD = json.loads(GOLD_FILES[0].read_text()) if GOLD_FILES[0].is_file() else []
if GOLD_FILES[1].is_file():
    GOLD += json.loads(GOLD_FILES[1].read_text())["entries"]
# Which list of keys an entry of forward.json is about.
LISTED = {
    "milesial UNet": "unet",
    "wkentaro FCN32s": "wk_fcn32",
    "wkentaro FCN8s": "wk_fcn8",
    "VainF deeplabv3_resnet50": "vf_deeplabv3_resnet50",
    "VainF deeplabv3plus_resnet50": "vf_deeplabv3plus_resnet50",
    "VainF deeplabv3plus_mobilenet": "vf_deeplabv3plus_mobilenet",
    "fyu/drn drn_a_50": "drn_a_50",
    "fyu/drn drn_c_26": "drn_c_26",
    "fyu/drn drn_c_58": "drn_c_58",
    "fyu/drn drn_d_22": "drn_d_22",
    "fyu/drn drn_d_54": "drn_d_54",
    "fyu/drn segmentation form of drn_c_26": "drn_c_26",
    "hszhao/semseg PSPNet": "hs_pspnet50_21",
    "kazuto1011 DeepLabV2": "kz_DeepLabV2_ResNet101_MSC",
    "kazuto1011 MSC(DeepLabV2": "kz_DeepLabV2_ResNet101_MSC",
    "kazuto1011 DeepLabV3": "kz_DeepLabV3_ResNet101_MSC",
}
# Settings that the entry's constructor has and a file cannot say.
SAID = {
    "VainF deeplabv3_resnet50": {"output_stride": 16, "atrous_rates": (6, 12, 18)},
    "VainF deeplabv3plus_resnet50": {"output_stride": 8, "atrous_rates": (12, 24, 36)},
    "VainF deeplabv3plus_mobilenet": {"output_stride": 16, "atrous_rates": (6, 12, 18)},
    "VainF deeplabv3plus_resnet50 --separable": {"output_stride": 16, "atrous_rates": (6, 12, 18)},
    "kazuto1011 DeepLabV2": {"multi_scale": False},
}
# Files that look just like another program's, and which of the two is meant.
MEANT = {"fyu/drn drn_a_50": "drn"}


def recorded(name):
    path = FACTS / "state_dict_keys" / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    found = {}
    for line in path.read_text().splitlines():
        if "\t" in line:  # "(64, 3, 7, 7)"
            key, shape = line.split("\t")
            found[key] = ast.literal_eval(shape)
        else:  # "64x3x7x7"
            key, shape = line.split(" ")
            found[key] = () if shape == "scalar" else tuple(map(int, shape.split("x")))
    return found


def longest(table, name):
    """Entry of `table` whose key is the longest beginning of `name`."""
    keys = [key for key in table if name.startswith(key)]
    return table[max(keys, key=len)] if keys else None


def shapes_of_entry(entry):
    listed = entry.get("keyfile", "").removesuffix(".txt")
    shapes = recorded(listed or longest(LISTED, entry["name"]))
    if entry["name"].startswith("kazuto1011 DeepLab"):  # without MSC, hence without its prefix
        shapes = {key.removeprefix("base."): shape for key, shape in shapes.items()}
    if "segmentation form" in entry["name"]:
        shapes = _drn_segmentation(shapes, 19)
    assert len(shapes) == entry["keys"]
    return shapes


def _drn_segmentation(shapes, num_classes):
    """Keys of DRNSeg: the classifier's children by number, a score layer, a fixed deconvolution."""
    children = ["conv1", "bn1", "relu", *(f"layer{level}" for level in range(1, 9))]
    renamed = {}
    for key, shape in shapes.items():
        child, _, rest = key.partition(".")
        if child != "fc":
            renamed[f"base.{children.index(child)}.{rest}"] = shape
    renamed["seg.weight"] = (num_classes, 512, 1, 1)
    renamed["seg.bias"] = (num_classes,)
    renamed["up.weight"] = (num_classes, 1, 16, 16)
    return renamed


def picture(height, width):
    row, column = np.mgrid[:height, :width]
    planes = [
        np.sin(0.07 * row + 0.11 * column + c) + 0.3 * np.cos(0.31 * row - 0.17 * column)
        for c in range(3)
    ]
    return torch.from_numpy(np.stack(planes)[None].astype(np.float32))


def output(network, image, shape):
    """The reference's output: at its own size, or brought to the picture's pixels."""
    with torch.inference_mode():
        scores = network(image)
        if len(shape) == 2:  # a classifier's
            return scores.flatten(2)[:, :, 0]
        if tuple(scores.shape) != tuple(shape):
            scores = F.interpolate(
                scores, shape[2:], mode="bilinear", align_corners=network.align_corners
            )
    return scores


def slow(entry) -> bool:
    """Many layers, or VGG's fc6 of 100 million weights."""
    return entry["keys"] > 300 or "FCN" in entry["name"]


@pytest.mark.parametrize(
    "entry",
    [pytest.param(e, marks=pytest.mark.slow if slow(e) else ()) for e in GOLD],
    ids=lambda e: e["name"],
)
def test_the_reference_networks_own_numbers(entry, filled, tmp_path):
    path = tmp_path / "model.pth"
    torch.save(filled(shapes_of_entry(entry)), path)
    opened = open_network(str(path), longest(MEANT, entry["name"]) or "")
    assert opened.card.weights == "unknown", "everything must be filled from the file"
    assert opened.unused == 0
    said = longest(SAID, entry["name"]) or {}
    opened.network.reconfigure(opened.config.changed(**said))
    found = output(opened.network, picture(*entry["input"][2:]), entry["output"])
    assert list(found.shape) == entry["output"]
    flat = found.flatten()[torch.tensor(entry["index"])].double()
    expected = torch.tensor(entry["value"], dtype=torch.float64)
    assert float((flat - expected).abs().max()) < 1e-4 * entry["std"]
    assert found.double().mean().item() == pytest.approx(entry["mean"], abs=1e-4 * entry["std"])


@pytest.mark.slow
@pytest.mark.parametrize("name", KEY_LISTS)
def test_every_listed_file_fits_its_network(name):
    shapes = recorded(name)
    found = detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
    assert found.table.missing == () and found.table.mis_shaped == ()
    assert found.family == family_of(shapes).title


def test_families_belong_to_networks():
    assert {family.architecture for family in FAMILIES} <= {*NETWORKS, ""}
    titles = [family.title for family in FAMILIES]
    assert len(set(titles)) == len(titles)


def test_every_program_is_asked_about_its_files():
    """Its line names pieces of keys of which every file of its families has one."""
    for name in KEY_LISTS:
        shapes = recorded(name)
        matching = [family for family in FAMILIES if family.matches(shapes)]
        assert families_of(shapes) == matching
