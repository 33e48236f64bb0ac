"""Families of published files, one file of this folder for each public program.

A program's file is imported only when a checkpoint has one of the pieces of keys that its line
names, so that many programs cost no start.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from segviewer.checkpoints.families.family import Family, Shapes, Variant

if TYPE_CHECKING:
    FAMILIES: tuple[Family, ...]

# File of this folder, and pieces of keys one of which every file of the program has. The first
# family that matches counts, so special ones stand above general ones.
PROGRAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("torchvision", ("backbone.",)),
    ("kazuto1011", ("aspp.c0.", "aspp.stages.")),
    ("kazuto1011_v1", ("layer1.conv1.conv.",)),
    ("vainf", ("classifier.aspp.", "classifier.classifier.")),
    ("torchvision_classifiers", ("fc.", "features.", "classifier.")),
    ("drn", ("fc.", "seg.")),
    ("semseg", ("layer0.",)),
    ("smp", ("segmentation_head.",)),
    ("smp_library", ("segmentation_head.",)),
    ("mmseg", ("decode_head.",)),
    ("jfzhang95", ("atrous_conv.",)),
    ("yassouali", ("master_branch.", "ASSP.", "stage1_encoder.")),
    ("seg_former", ("decode_head.",)),
    ("hugging_face_mobilenet", ("segmentation_head.",)),
    ("sacmehta", ("d16.conv.",)),
    ("csail", ("decoder.conv_last.",)),
    ("tramac", ("pretrained.conv1.",)),
    ("bubbliiiing", ("shortcut_conv.",)),
    ("caffe_deeplab_v2", ("conv2d_list.",)),
    ("mateuszbuda", ("bottleneckconv1.",)),
    ("milesial", ("inc.",)),
    ("crfasrnn", ("conv1_1.",)),
    ("wkentaro", ("conv1_1.",)),
    ("seg_net", ("conv1_1.",)),
)

# Programs whose files are recognised, so that the refusal can name them.
NOT_OPENED: tuple[tuple[str, str], ...] = (
    ("mobilevit.conv_stem.convolution.weight", "MobileViT (Hugging Face)"),
    ("dpt.embeddings.cls_token", "DPT (Hugging Face)"),
    ("beit.embeddings.cls_token", "BEiT (Hugging Face)"),
    ("model.pixel_level_module.encoder.embeddings.norm.weight", "Mask2Former (Hugging Face)"),
)


def __getattr__(name: str) -> object:
    """`FAMILIES`: every family, which imports every program's file."""
    if name == "FAMILIES":
        return tuple(family for program, _ in PROGRAMS for family in _families(program))
    raise AttributeError(name)


@cache
def _families(program: str) -> tuple[Family, ...]:
    found: tuple[Family, ...] = importlib.import_module(f"{__name__}.{program}").FAMILIES
    return found


def families_of(shapes: Shapes, architecture: str = "") -> list[Family]:
    """Every family that `shapes` match, of one architecture where one is named."""
    keys = "\n".join(shapes)
    return [
        family
        for program, pieces in PROGRAMS
        if any(piece in keys for piece in pieces)
        for family in _families(program)
        if architecture in ("", family.architecture) and family.matches(shapes)
    ]


def family_of(shapes: Shapes, architecture: str = "") -> Family | None:
    """The first family that `shapes` match, of one architecture where one is named."""
    return next(iter(families_of(shapes, architecture)), None)


def other_variant(keys: Iterable[str]) -> Variant | None:
    """The variant of a known program that there is no network of, or None."""
    from segviewer.checkpoints.families.milesial import OTHER_VARIANTS

    keys = list(keys)
    return next((v for v in OTHER_VARIANTS if _is_among(v.key, keys)), None)


def _is_among(telling: str, keys: Iterable[str]) -> bool:
    """Whether it is one of `keys`, whatever a wrapper put before them."""
    return any(f".{key}".endswith(f".{telling}") for key in keys)


def known_elsewhere(keys: Iterable[str]) -> str:
    """Name of a program whose files are recognised but not opened, or ""."""
    keys = list(keys)
    return next((title for telling, title in NOT_OPENED if _is_among(telling, keys)), "")
