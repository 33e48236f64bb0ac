"""Which kind of mask a file without a picture in it is, by its first bytes."""

from __future__ import annotations

import os
import re
from typing import Literal

from segviewer.files.regular_files import open_regular

MASK_SUFFIXES = frozenset({".json", ".npy", ".npz"})
"""Endings of masks that are no pictures, in small letters; what they hold decides."""

MaskKind = Literal["labelme", "coco", "npy", "npz", ""]

_LOOKED_AT = 1 << 16  # bytes: what a file is stands in front of its long lists
# A key of the outermost object: labelme names its picture, COCO its lists.
_LABELME = re.compile(rb'"(?:shapes|imagePath)"\s*:')
_COCO = re.compile(rb'"(?:images|annotations|categories)"\s*:\s*\[')


def mask_kind(path: str | os.PathLike[str]) -> MaskKind:
    """What kind of mask a file is; empty for a picture and anything else.

    Only the start is read, so that a long folder is sorted out quickly: reading says what is
    wrong with a file that only looks like one.
    """
    try:
        with open_regular(path) as file:
            start = file.read(_LOOKED_AT)
    except OSError:
        return ""
    if start.startswith(b"\x93NUMPY"):
        return "npy"
    if start.startswith(b"PK\x03\x04"):
        # A checkpoint is a zip file, too: numpy's begins with an array.
        length = int.from_bytes(start[26:28], "little")
        return "npz" if start[30 : 30 + length].endswith(b".npy") else ""
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return ""
    if _LABELME.search(start):
        return "labelme"
    return "coco" if _COCO.search(start) else ""
