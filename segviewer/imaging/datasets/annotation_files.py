"""JSON files of a data set: labelme's, one a picture, and COCO's, one for many."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.datasets.naming import named
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES, mask_kind
from segviewer.imaging.reading.mask_files.shapes import open_coco

if TYPE_CHECKING:
    from segviewer.imaging.datasets.pairing import Pairing

_FIRST_BYTES = 4096  # of a text that may be an annotation
_ASKED = 3  # pictures whose text is looked for
_YOLO = re.compile(rb"\s*[0-9]{1,4}(?:\s+[0-9.eE+-]+){4,}\s*$")
_MOST_COCO = 64  # files whose names are no picture's that are looked into


def annotations_among(
    paths: Sequence[Path], keys: Collection[str], check: Callable[[], None]
) -> tuple[list[Path], list[Path]]:
    """Masks of one picture each, and COCO's files, among files that are no pictures.

    Parameters
    ----------
    paths : sequence of Path
        With an ending of :data:`segviewer.imaging.reading.mask_files.kinds.MASK_SUFFIXES`.
    keys : collection of str
        What the pictures are called (:attr:`segviewer.imaging.datasets.naming.Named.key`): other
        files are looked into only for COCO's lists, and only some.
    check : callable
        Called often; what it raises ends the search.
    """
    single, coco, looked_at = [], [], 0
    for path in paths:
        check()
        if path.suffix.lower() not in MASK_SUFFIXES:
            continue
        # In a folder for each picture, the name is mask.npy and the key empty.
        of_picture = named(Path(path.name)).key in keys
        if not of_picture and (path.suffix.lower() != ".json" or looked_at == _MOST_COCO):
            continue
        looked_at += not of_picture
        kind = mask_kind(path)
        if kind == "coco":
            coco.append(path)
        elif kind and of_picture:
            single.append(path)
    return single, coco


def text_annotations(pictures: Sequence[Path]) -> Path | None:
    """The text of numbers beside a picture that YOLO's tools would read, where there is one.

    A class and its box or polygon in each line. It lies beside the picture, or in a folder
    ``labels`` where the picture lies in ``images``.
    """
    for picture in pictures[:_ASKED]:
        beside = picture.with_suffix(".txt")
        parts = ["labels" if part == "images" else part for part in beside.parts]
        for path in dict.fromkeys((beside, Path(*parts))):
            try:
                with open_regular(path) as file:
                    first = file.read(_FIRST_BYTES).split(b"\n", 1)[0]
            except OSError:
                continue
            if _YOLO.match(first):
                return path
    return None


def with_coco(found: Pairing, paths: Sequence[Path]) -> Pairing:
    """`found`, and of its pictures without masks those that a file of COCO names.

    A file that cannot be read says nothing here: opening it says why. Of several that name a
    picture, the first is taken.

    Parameters
    ----------
    found : Pairing
    paths : sequence of Path
        COCO's files.
    """
    file_of: dict[str, Path] = {}
    for path in paths:
        try:
            listed = open_coco(path)
        except PictureError:
            continue
        if not listed.annotations:
            continue  # captions
        for name in listed.sizes:
            file_of.setdefault(name, path)
    added = [(one, file_of[one.name.casefold()]) for one in found.alone if _in(one, file_of)]
    if not added:
        return found
    left = tuple(one for one in found.alone if not _in(one, file_of))
    rule = f"pictures that {', '.join(sorted({path.name for _, path in added}))} names"
    return replace(
        found,
        pairs=(*found.pairs, *added),
        alone=left,
        rule=f"{found.rule}; {rule}" if found.rule else rule,
        split_by_pair=(
            *(found.split_by_pair or [""] * len(found.pairs)),
            *(named(Path(*one.parts[-3:])).split for one, _ in added),
        ),
    )


def _in(picture: Path, file_of: dict[str, Path]) -> bool:
    return picture.name.casefold() in file_of
