"""Families of published files, one file of this folder for each public program."""

from __future__ import annotations

from collections.abc import Iterable

from segviewer.checkpoints.families import (
    bubbliiiing,
    caffe_deeplab_v2,
    crfasrnn,
    csail,
    drn,
    hugging_face_mobilenet,
    jfzhang95,
    kazuto1011,
    kazuto1011_v1,
    mateuszbuda,
    milesial,
    mmseg,
    sacmehta,
    seg_former,
    seg_net,
    semseg,
    smp,
    smp_library,
    torchvision,
    torchvision_classifiers,
    tramac,
    vainf,
    wkentaro,
    yassouali,
)
from segviewer.checkpoints.families.family import Family, Shapes, Variant

# The first that matches counts, so special ones stand above general ones.
FAMILIES: tuple[Family, ...] = (
    *torchvision.FAMILIES,
    *kazuto1011.FAMILIES,
    *kazuto1011_v1.FAMILIES,
    *vainf.FAMILIES,
    *torchvision_classifiers.FAMILIES,
    *drn.FAMILIES,
    *semseg.FAMILIES,
    *smp.FAMILIES,
    *smp_library.FAMILIES,
    *mmseg.FAMILIES,
    *jfzhang95.FAMILIES,
    *yassouali.FAMILIES,
    *seg_former.FAMILIES,
    *hugging_face_mobilenet.FAMILIES,
    *sacmehta.FAMILIES,
    *csail.FAMILIES,
    *tramac.FAMILIES,
    *bubbliiiing.FAMILIES,
    *caffe_deeplab_v2.FAMILIES,
    *mateuszbuda.FAMILIES,
    *milesial.FAMILIES,
    *crfasrnn.FAMILIES,
    *wkentaro.FAMILIES,
    *seg_net.FAMILIES,
)

OTHER_VARIANTS: tuple[Variant, ...] = (*milesial.OTHER_VARIANTS,)

# Programs whose files are recognised, so that the refusal can name them.
NOT_OPENED: tuple[tuple[str, str], ...] = ()


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


def other_variant(keys: Iterable[str]) -> Variant | None:
    """The variant of a known program that there is no network of, or None."""
    keys = list(keys)
    return next((v for v in OTHER_VARIANTS if _is_among(v.key, keys)), None)


def _is_among(telling: str, keys: Iterable[str]) -> bool:
    """Whether it is one of `keys`, whatever a wrapper put before them."""
    return any(f".{key}".endswith(f".{telling}") for key in keys)


def known_elsewhere(keys: Iterable[str]) -> str:
    """Name of a program whose files are recognised but not opened, or ""."""
    keys = list(keys)
    return next((title for telling, title in NOT_OPENED if _is_among(telling, keys)), "")
