"""Families of published files, one file of this folder for each public program."""

from __future__ import annotations

from collections.abc import Iterable

from segviewer.checkpoints.families import (
    crfasrnn,
    drn,
    kazuto1011,
    kazuto1011_v1,
    milesial,
    seg_net,
    semseg,
    torchvision,
    torchvision_classifiers,
    vainf,
    wkentaro,
)
from segviewer.checkpoints.families.family import Family, Shapes

# The first that matches counts, so special ones stand above general ones.
FAMILIES: tuple[Family, ...] = (
    *torchvision.FAMILIES,
    *kazuto1011.FAMILIES,
    *kazuto1011_v1.FAMILIES,
    *vainf.FAMILIES,
    *torchvision_classifiers.FAMILIES,
    *drn.FAMILIES,
    *semseg.FAMILIES,
    *milesial.FAMILIES,
    *crfasrnn.FAMILIES,
    *wkentaro.FAMILIES,
    *seg_net.FAMILIES,
)

# Programs whose files are recognised, so that the refusal can name them.
NOT_OPENED = (
    ("decode_head.conv_seg.weight", "a network of MMSegmentation"),
    ("segmentation_head.0.weight", "a network of segmentation_models_pytorch"),
    ("decode_head.classifier.weight", "SegFormer (Hugging Face)"),
)


def families_of(shapes: Shapes, architecture: str = "") -> list[Family]:
    """Every family that `shapes` match, of one architecture where one is named."""
    return [
        family
        for family in FAMILIES
        if architecture in ("", family.architecture) and family.matches(shapes)
    ]


def family_of(shapes: Shapes, architecture: str = "") -> Family | None:
    """The first family that `shapes` match, of one architecture where one is named."""
    return next(iter(families_of(shapes, architecture)), None)


def known_elsewhere(keys: Iterable[str]) -> str:
    """Name of a program whose files are recognised but not opened, or ""."""
    keys = list(keys)
    for telling, title in NOT_OPENED:
        # Whatever a wrapper put before them.
        if any(f".{key}".endswith(f".{telling}") for key in keys):
            return title
    return ""
