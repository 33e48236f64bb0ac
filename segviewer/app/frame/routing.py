"""What paths that a person opens are: photographs, masks, checkpoints, data sets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath

from segviewer.errors import PictureError
from segviewer.imaging.datasets.listed_pairs import is_list
from segviewer.imaging.datasets.naming import named
from segviewer.imaging.datasets.pairing import Pairing, dataset_of, preference
from segviewer.imaging.reading.file_names import check_name, has_text_name
from segviewer.imaging.reading.routing import (
    SCORES_SUFFIXES,
    holds_label_numbers,
    image_paths,
    looks_like,
)
from segviewer.imaging.reading.suffixes import PICTURE_SUFFIXES

_BESIDE = 20_000  # files of a folder that are looked at for the mask of one photograph
_SEARCH_SECONDS = 30.0  # for masks under a folder, which may be a whole disk


@dataclass
class Routed:
    """Paths by what they are.

    Attributes
    ----------
    pictures, checkpoints, targets, scores : list of str
    mask_of : dict of str to str
        The masks of a data set, by picture.
    datasets : list of (str, Pairing)
        Each folder with its pictures and masks.
    supposed_mask : str
        A photograph that may be a mask; empty for none.
    mask_beside : str
        What lies beside the only photograph and is called like its mask; empty for none.
    """

    pictures: list[str] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    scores: list[str] = field(default_factory=list)
    mask_of: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, Pairing]] = field(default_factory=list)
    supposed_mask: str = ""
    mask_beside: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to open."""
        return not (self.pictures or self.checkpoints or self.targets or self.scores)


def route(paths: list[str], partners: Sequence[str] = ()) -> Routed:
    """Sort paths by what they are.

    Parameters
    ----------
    paths : list of str
    partners : sequence of str
        The photograph that is open, whose mask one of them may be.

    Raises
    ------
    PictureError
        If nothing among them can be opened.
    """
    routed, unknown, lists = Routed(), [], []
    for path in paths:
        check_name(path)
        kind = looks_like(Path(path), [*partners, *paths])
        if kind == "folder":
            if holds_scores(Path(path)):
                routed.scores.append(path)
            elif not _add_dataset(Path(path), routed):
                routed.pictures += _pictures_in(Path(path), refuse=len(paths) == 1)
        elif kind == "image":
            routed.pictures.append(path)
            if len(paths) == 1 and holds_label_numbers(path):
                routed.supposed_mask = path
        elif kind == "checkpoint":
            routed.checkpoints.append(path)
        elif kind == "target":
            routed.targets.append(path)
        elif kind == "scores":
            routed.scores.append(path)
        elif is_list(Path(path)):
            if not _add_dataset(Path(path), routed):
                lists.append(Path(path))
        else:
            unknown.append(path)
    if lists and routed.is_empty:
        dataset_of(lists[0])  # says what is wrong with it
    if unknown and routed.is_empty:
        # Reading it as a picture gives the exact reason.
        routed.pictures.append(unknown[0])
    if len(routed.pictures) == 1 and not (routed.targets or routed.datasets):
        routed.mask_beside = mask_beside(Path(routed.pictures[0]))
    return routed


def mask_beside(picture: Path) -> str:
    """The file in the folder of `picture` whose name says that it is its target mask.

    Of several it is the one that a data set takes. Empty where there is none, and where `picture`
    is called a mask itself.
    """
    own = named(PurePath(picture.name))
    if own.role == "mask" or not own.key:
        return ""
    found = []
    try:
        with os.scandir(picture.parent) as entries:
            for entry in islice(entries, _BESIDE):
                suffix = PurePath(entry.name).suffix.lower()
                if suffix not in PICTURE_SUFFIXES or entry.name == picture.name:
                    continue
                said = named(PurePath(entry.name))
                if said.role == "mask" and said.key == own.key and has_text_name(entry.path):
                    found.append(Path(entry.path))
    except OSError:
        return ""
    return str(min(found, key=preference)) if found else ""


def holds_scores(folder: Path) -> bool:
    """Whether a folder has files of scores and no photographs."""
    try:
        names = [entry.suffix.lower() for entry in folder.iterdir()]
    except OSError:
        return False
    return any(one in SCORES_SUFFIXES for one in names) and not PICTURE_SUFFIXES & set(names)


def _pictures_in(folder: Path, refuse: bool) -> list[str]:
    """Pictures of a folder under names that can be written down."""
    found = image_paths(folder)
    if not found and refuse:
        raise PictureError(
            f"{folder.name} holds no pictures.",
            "No file in it is a known picture.",
            "Choose a folder with JPEG, PNG, WebP, TIFF, BMP or GIF files.",
        )
    named = [str(file) for file in found if has_text_name(file)]
    if found and not named:
        check_name(found[0])
    return named


def _add_dataset(folder: Path, routed: Routed) -> bool:
    """Add a folder's pictures with their masks; False where it holds none."""
    try:
        from segviewer.imaging.reading.header import time_limit

        found = dataset_of(folder, check=time_limit(folder, _SEARCH_SECONDS))
    except PictureError:
        return False
    routed.pictures += [path for path in found.pictures.texts() if has_text_name(path)]
    routed.mask_of |= {
        str(picture): str(mask)
        for picture, mask in found.pairs
        if has_text_name(picture) and has_text_name(mask)
    }
    routed.datasets.append((str(folder), found))
    return bool(routed.pictures)
