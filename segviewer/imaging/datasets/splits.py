"""Splits of a data set: a folder's name, or a list of names or pairs in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from segviewer.errors import PictureError
from segviewer.imaging.datasets.listed_pairs import list_text
from segviewer.imaging.datasets.naming import named
from segviewer.imaging.datasets.path_list import PathList

if TYPE_CHECKING:
    from segviewer.imaging.datasets.pairing import Pairing

LIST_FOLDERS = ("", "ImageSets/Segmentation", "ImageSets", "splits", "split", "lists", "list")
_MOST_BELOW = 20  # folders in which lists are looked for, such as VOCdevkit/VOC2012
_SUFFIXES = ("", ".txt", ".csv", ".lst")
_ALIKE = {"val": "validation", "validation": "val", "train": "training", "training": "train"}


def split_of(pairing: Pairing, folder: Path, split: str) -> Pairing:
    """The pairs of one split, and what of it has no partner.

    Parameters
    ----------
    pairing : Pairing
    folder : Path
        The data set's folder, in which a list is looked for.
    split : str
        Name of a split or path of a list.

    Raises
    ------
    PictureError
        If there is neither such a folder nor such a list, or the list names no picture.
    """
    small = split.lower()
    names = {small, _ALIKE.get(small, small)}
    if names & set(pairing.splits):
        rule = f"{pairing.rule}, split {split}"

        def belongs(path: Path) -> bool:
            # Masks that were given by hand may lie in another folder.
            inside = path.is_relative_to(folder)
            relative = path.relative_to(folder) if inside else PurePath(*path.parts[-3:])
            return named(relative).split in names

        kept = [index for index, name in enumerate(pairing.split_by_pair) if name in names]
    else:
        lists = _list_files(pairing, folder, split)
        if not lists:
            known = ", ".join(pairing.splits) or "none"
            raise PictureError(
                f"{folder.name or folder} has no split “{split}”.",
                f"Splits that its folders name: {known}; there is no list {split}.txt or "
                f"{split}.csv in it either.",
                "Name one of them, or the path of a list of file names.",
            )
        keys = set().union(*map(_keys_in, lists))
        path = lists[0]

        def belongs(path: Path) -> bool:
            return named(PurePath(path.name)).key in keys

        kept = [index for index, (picture, _) in enumerate(pairing.pairs) if belongs(picture)]
        if not kept:
            raise PictureError(
                f"{path.name} names no picture of {folder.name or folder}.",
                f"It holds {len(keys):,} names; none is that of a picture with a mask.",
                "Check that the list belongs to this data set.",
            )
        found = {named(PurePath(pairing.pairs[index][0].name)).key for index in kept}
        missing = f", {len(keys - found):,} of its names without a pair" if keys - found else ""
        rule = f"{pairing.rule}, listed in {path.name}{missing}"
    return replace(
        pairing.picked(kept),
        alone=PathList(filter(belongs, pairing.alone)),
        passed_over=PathList(filter(belongs, pairing.passed_over)),
        unused=PathList(filter(belongs, pairing.unused)),
        rule=rule,
    )


def _list_files(pairing: Pairing, folder: Path, split: str) -> list[Path]:
    """Lists of a split: in the data set's folder, or in those below it that hold its pictures."""
    if (found := _list_in(folder, split)) is not None:
        return [found]
    below: dict[Path, None] = {}
    for picture, _ in pairing.pairs:
        if picture.is_relative_to(folder):
            inside = picture.relative_to(folder).parts[:-1]
            below |= dict.fromkeys(folder.joinpath(*inside[:n]) for n in range(1, len(inside)))
        if len(below) > _MOST_BELOW:
            break
    lists = [path for place in below if (path := _list_in(place, split)) is not None]
    if lists:
        return lists
    # A path is meant from where the person is; a bare name without ending is a split's.
    here = Path(split)
    return [here] if here.suffix and here.is_file() else []


def _list_in(folder: Path, split: str) -> Path | None:
    for place in LIST_FOLDERS:
        for suffix in _SUFFIXES:
            path = folder / place / f"{split}{suffix}"
            if path.is_file():
                return path
    return None


def _keys_in(path: Path) -> set[str]:
    """What the pictures of a list are called: its first column, without folders and endings."""
    text = list_text(path)
    keys = set()
    rows: Iterable[list[str]]
    if path.suffix.lower() == ".csv":
        rows = csv.reader(text.splitlines())
    else:
        rows = (line.split() for line in text.splitlines())
    for row in rows:
        if row and row[0].strip():
            keys.add(named(PurePath(PurePath(row[0].strip().replace("\\", "/")).name)).key)
    return keys
