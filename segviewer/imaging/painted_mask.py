"""Target masks that are painted by hand: a few strokes where one is sure, void everywhere else.

A painted mask is a PNG like any other, with one number a class and 255 for what nobody painted.
In its text stands what the numbers are called, so that it is read right under another network,
too (:func:`class_names_of`).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from segviewer.files.regular_files import open_regular
from segviewer.files.writing_faults import make_folder
from segviewer.imaging.reading.mask_values import VOID
from segviewer.resource_files import own_path

NAMES_KEY = "segviewer classes"
"""Of the PNG's text that lists the class names, as JSON."""

KEPT = 400
"""So many masks stay, the newest, and the last one of every photograph: more than can be undone."""

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = NAMES_KEY.encode() + b"\0"
_MOST_START = 1 << 18
_NUMBERED = re.compile(r"(.+)_(\d{4,})\.png")
_MOST_LETTERS = 80
_PIECE = 64  # pixels of a stroke that are painted at once, at least


def paint(
    labels: NDArray[np.uint8],
    start: tuple[float, float],
    end: tuple[float, float],
    diameter: float,
    label: int,
) -> bool:
    """Draw from one point to another with a round brush, in place.

    Parameters
    ----------
    labels : ndarray of uint8 (H, W)
    start, end : (float, float)
        x, y in pixels of the photograph, which may lie outside it; the middle of the pixel at
        the top left is 0.5, 0.5.
    diameter : float
        Of the brush, in pixels; one pixel at least is painted.
    label : int
        0 to 254; 255 wipes out.

    Returns
    -------
    bool
        Whether any pixel changed.
    """
    radius = max(diameter / 2, math.sqrt(0.5))  # so that it covers a middle wherever it stands
    way = end[0] - start[0], end[1] - start[1]
    # The box about a long slanted line is mostly empty: boxes about its pieces are not.
    pieces = max(1, math.ceil(math.hypot(*way) / max(2 * radius, _PIECE)))
    places = [
        (start[0] + way[0] * part / pieces, start[1] + way[1] * part / pieces)
        for part in range(pieces + 1)
    ]
    changed = [_paint(labels, *two, radius, label) for two in itertools.pairwise(places)]
    return any(changed)


def _paint(
    labels: NDArray[np.uint8],
    start: tuple[float, float],
    end: tuple[float, float],
    radius: float,
    label: int,
) -> bool:
    height, width = labels.shape
    (x0, y0), (x1, y1) = start, end
    left, top = (max(0, math.floor(min(ends) - radius)) for ends in ((x0, x1), (y0, y1)))
    right = min(width, math.ceil(max(x0, x1) + radius))
    bottom = min(height, math.ceil(max(y0, y1) + radius))
    if left >= right or top >= bottom:
        return False
    x = np.arange(left, right)[None, :] + (0.5 - x0)
    y = np.arange(top, bottom)[:, None] + (0.5 - y0)
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    if length > 0:
        # How far along the way the nearest point of it is.
        along = np.clip((x * dx + y * dy) / length, 0, 1)
        x, y = x - along * dx, y - along * dy
    part = labels[top:bottom, left:right]
    changed = (x * x + y * y <= radius * radius) & (part != label)
    part[changed] = label
    return bool(changed.any())


def mask_folder() -> Path:
    """Where painted masks lie, see :func:`segviewer.resource_files.own_path`."""
    return own_path("painted-masks")


def mask_path(photograph: str, page: int | None, number: int, folder: Path | None = None) -> Path:
    """Where a photograph's mask lies after so many strokes.

    Parameters
    ----------
    photograph : str
        Its reference.
    page : int or None
    number : int
        Counted on from stroke to stroke, and never used twice: a session names its mask by it.
    folder : Path, optional
        Instead of :func:`mask_folder`.
    """
    return (folder or mask_folder()) / f"{_beginning(photograph, page)}_{number:04d}.png"


def _beginning(photograph: str, page: int | None) -> str:
    """What the names of a photograph's masks begin with."""
    digest = hashlib.sha256(f"{photograph}\n{page}".encode("utf-8", "surrogateescape")).hexdigest()
    stem = re.sub(r"[^\w-]", "_", PurePath(photograph.partition(":")[2] or photograph).stem)
    return f"{stem[:_MOST_LETTERS]}_painted_{digest[:8]}"


def latest_mask(photograph: str, page: int | None, folder: Path | None = None) -> Path | None:
    """The mask that was last painted on a photograph; None if none was.

    Parameters
    ----------
    photograph, page, folder
        As in :func:`mask_path`.
    """
    beginning = _beginning(photograph, page)
    found = _numbered(folder or mask_folder()).get(beginning)
    return found[-1] if found else None


def forget_old_masks(folder: Path | None = None, most: int = KEPT) -> None:
    """Delete all but the newest, and the last of each photograph."""
    found = _numbered(folder or mask_folder())
    old = [path for paths in found.values() for path in paths[:-1]]
    times: dict[Path, float] = {}
    for path in old:
        try:
            times[path] = path.stat().st_mtime
        except OSError:
            continue  # another window was quicker
    for path in sorted(times, key=lambda one: times[one], reverse=True)[most:]:
        path.unlink(missing_ok=True)


def _numbered(folder: Path) -> Mapping[str, list[Path]]:
    """The masks of each photograph, in the order in which they were painted."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in folder.glob("*_painted_*.png") if folder.is_dir() else ():
        if match := _NUMBERED.fullmatch(path.name):
            found.setdefault(match[1], []).append((int(match[2]), path))
    return {name: [path for _, path in sorted(paths)] for name, paths in found.items()}


def number_of(path: Path) -> int:
    """Which stroke a mask is of; 0 for a file of another name."""
    match = _NUMBERED.fullmatch(path.name)
    return int(match[2]) if match else 0


def mask_title(path: str) -> str:
    """What a mask is called: its file's name, or that it was painted, and which stroke it is."""
    place = Path(path)
    painted = place.parent == mask_folder() and number_of(place)
    return f"Painted by hand, stroke {painted}" if painted else place.name


def is_of(path: str, photograph: str, page: int | None) -> bool:
    """Whether a file is one of the masks that were painted on a photograph, by its name.

    Parameters
    ----------
    path : str
    photograph, page
        As in :func:`mask_path`.
    """
    return Path(path).name.startswith(f"{_beginning(photograph, page)}_")


def write_painted(
    path: Path,
    labels: NDArray[np.uint8],
    names: Sequence[str],
    colours: Sequence[tuple[int, int, int]],
) -> Path:
    """Write a mask under a temporary name, then put it in place; its folder is made.

    Parameters
    ----------
    path : Path
    labels : ndarray of uint8 (H, W)
        255 where nothing was painted.
    names : sequence of str
        Of the classes.
    colours : sequence of (int, int, int)
        RGB of each class, for programs that show the file as a picture.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    from segviewer.imaging.export.writing import write_png  # Pillow: not before the first paint

    make_folder(
        path.parent,
        "Make room for it, or check who may write there, and paint again.",
        f"{path.name} was not written.",
        "Its folder cannot be made",
        path,
    )
    return write_png(
        path, labels, colours[:VOID], texts={NAMES_KEY: json.dumps(list(names))}, overwrite=True
    )


def class_names_of(path: Path) -> tuple[str, ...]:
    """The class names that a painted mask lists; empty for any other file.

    The picture is not decoded, and no more is read than a mask of ours has before its pixels. It
    is a stranger's file: what is no list of names says nothing.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
    """
    with open_regular(path) as file:
        start = file.read(_MOST_START)
    begin = len(_PNG)
    while start.startswith(_PNG) and len(head := start[begin : begin + 8]) == 8:
        length, kind, body = int.from_bytes(head[:4], "big"), head[4:], begin + 8
        text = start[body : body + length]
        if kind == b"IDAT":
            break
        if kind == b"tEXt" and text.startswith(_KEYWORD) and len(text) == length:
            return _names(text[len(_KEYWORD) :])
        begin = body + length + 4
    return ()


def _names(text: bytes) -> tuple[str, ...]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(names, list) or not 0 < len(names) <= VOID:
        return ()
    return tuple(names) if all(isinstance(name, str) for name in names) else ()
