"""Families of published files: `libraries` and `programs`, one file for each of them.

Such a file is imported only when a checkpoint has one of the pieces of keys that its line names,
so that many programs cost no start. Those of installed packages come after all of these; their
entry's name is such a piece.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from segviewer.additions import installed
from segviewer.checkpoints.families.family import Family, Shapes, Variant

if TYPE_CHECKING:
    FAMILIES: tuple[Family, ...]

# File, and pieces of keys one of which every file of the program has. The first
# family that matches counts, so special ones stand above general ones.
PROGRAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("libraries.torchvision", ("backbone.",)),
    ("programs.kazuto1011", ("aspp.c0.", "aspp.stages.")),
    ("programs.kazuto1011_v1", ("layer1.conv1.conv.",)),
    ("programs.vainf", ("classifier.aspp.", "classifier.classifier.")),
    ("libraries.torchvision_classifiers", ("fc.", "features.", "classifier.")),
    ("programs.drn", ("fc.", "seg.")),
    ("programs.semseg", ("layer0.",)),
    ("libraries.smp", ("segmentation_head.",)),
    ("libraries.smp_library", ("segmentation_head.",)),
    ("libraries.mmseg", ("decode_head.",)),
    ("programs.jfzhang95", ("atrous_conv.",)),
    ("programs.yassouali", ("master_branch.", "ASSP.", "stage1_encoder.")),
    ("libraries.seg_former", ("decode_head.",)),
    ("libraries.hugging_face_mobilenet", ("segmentation_head.",)),
    ("programs.sacmehta", ("d16.conv.",)),
    ("programs.eromera", ("initial_block.",)),
    ("programs.usuyama", ("conv_original_size2.",)),
    ("programs.csail", ("decoder.conv_last.",)),
    ("programs.tramac", ("pretrained.conv1.",)),
    ("programs.bubbliiiing", ("shortcut_conv.",)),
    ("programs.caffe_deeplab_v2", ("conv2d_list.",)),
    ("programs.mateuszbuda", ("bottleneckconv1.",)),
    ("programs.milesial", ("inc.",)),
    ("programs.crfasrnn", ("conv1_1.",)),
    ("programs.wkentaro", ("conv1_1.",)),
    ("programs.seg_net", ("conv1_1.",)),
)

# Programs whose files are recognised, so that the refusal can name them.
NOT_OPENED: tuple[tuple[str, str], ...] = (
    ("initial_block.main_branch.weight", "ENet (davidtvs)"),
    ("down1.conv1.cbr_unit.0.weight", "SegNet (meetps)"),
    ("convbnrelu1_1.cbr_unit.0.weight", "PSPNet or ICNet (meetps)"),
    ("mobilevit.conv_stem.convolution.weight", "MobileViT (Hugging Face)"),
    ("dpt.embeddings.cls_token", "DPT (Hugging Face)"),
    ("beit.embeddings.cls_token", "BEiT (Hugging Face)"),
    ("model.pixel_level_module.encoder.embeddings.norm.weight", "Mask2Former (Hugging Face)"),
)


def __getattr__(name: str) -> object:
    """`FAMILIES`: every family, which imports every program's file."""
    if name == "FAMILIES":
        own = [family for program, _ in PROGRAMS for family in _families(program)]
        added = installed.additions(installed.FAMILIES)
        return (*own, *(family for one in added for family in _added(one)))
    raise AttributeError(name)


@cache
def _families(program: str) -> tuple[Family, ...]:
    found: tuple[Family, ...] = importlib.import_module(f"{__name__}.{program}").FAMILIES
    return found


def _added(one: installed.Addition) -> tuple[Family, ...]:
    """Families of an installed package; none where they cannot be used, which is said once."""
    try:
        found = one.load()
        families = (found,) if isinstance(found, Family) else tuple(found)
        if not all(isinstance(family, Family) for family in families):
            raise TypeError(f"{one.value} holds something else than families")
    except installed.AdditionError:
        return ()
    except Exception as error:
        one.refuse(error)
        return ()
    return families


def families_of(shapes: Shapes, architecture: str = "") -> list[Family]:
    """Every family that `shapes` match, of one architecture where one is named."""
    keys = "\n".join(shapes)
    own = (
        family
        for program, pieces in PROGRAMS
        if any(piece in keys for piece in pieces)
        for family in _families(program)
    )
    added = (
        family
        for one in installed.additions(installed.FAMILIES)
        if one.name in keys
        for family in _added(one)
    )
    return [
        family
        for family in (*own, *added)
        if architecture in ("", family.architecture) and family.matches(shapes)
    ]


def family_of(shapes: Shapes, architecture: str = "") -> Family | None:
    """The first family that `shapes` match, of one architecture where one is named."""
    return next(iter(families_of(shapes, architecture)), None)


def other_variant(keys: Iterable[str]) -> Variant | None:
    """The variant of a known program that there is no network of, or None."""
    from segviewer.checkpoints.families.programs.milesial import OTHER_VARIANTS

    keys = list(keys)
    return next((v for v in OTHER_VARIANTS if _is_among(v.key, keys)), None)


def _is_among(its_own: str, keys: Iterable[str]) -> bool:
    """Whether it is one of `keys`, whatever a wrapper put before them."""
    return any(f".{key}".endswith(f".{its_own}") for key in keys)


def known_elsewhere(keys: Iterable[str]) -> str:
    """Name of a program whose files are recognised but not opened, or ""."""
    keys = list(keys)
    return next((title for its_own, title in NOT_OPENED if _is_among(its_own, keys)), "")
