"""Masks as arrays of numbers (NPY, NPZ), and as stacks of one mask a class (those, and TIFF)."""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Literal, cast

import numpy as np
from PIL import Image

from segviewer.files.regular_files import open_regular
from segviewer.imaging.labels import MAX_CLASSES
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing
from segviewer.imaging.reading.mask_files.json_files import no_mask
from segviewer.imaging.reading.mask_values import VOID, MaskValues, share_of
from segviewer.imaging.reading.picture_parts import tiff
from segviewer.imaging.reading.picture_parts.stream import Parts, PictureStream

_LIKELY_NAMES = ("mask", "masks", "label", "labels", "target", "seg", "gt", "arr_0")
_MOST_BYTES = 1 << 30  # of an array
_MOST_NUMBER = 2_000_000_000
_MOST_MEMBERS = 1000
_AS_PNG = "Save the label numbers as an array (H, W), or as a PNG."


def read_array(
    path: Path, *, allow_large: bool = False, check: Callable[[], None] = nothing
) -> MaskValues:
    """Read the numbers in an NPY or NPZ file: (H, W), or one mask a class.

    Of several arrays in an NPZ the one called ``mask``, ``label`` or the like is taken.

    Parameters
    ----------
    path : Path
    allow_large, check
        As with :func:`segviewer.imaging.reading.targets.read_values`.

    Raises
    ------
    PictureError
        For a damaged or hostile file, or numbers that are no labels.
    """
    try:
        with open_regular(path) as file:
            packed = file.read(2) == b"PK"
            file.seek(0)
            if packed:
                array = _member(path, file, allow_large)
            else:
                array = _array(path, file, path.stat().st_size, allow_large)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise no_mask(path, f"It is damaged: {str(error)[:200]}.", _AS_PNG) from error
    while array.ndim > 2 and 1 in (array.shape[0], array.shape[-1]):
        array = array[0] if array.shape[0] == 1 else array[..., 0]
    if array.ndim == 2:
        return MaskValues(_whole(path, array))
    if array.ndim != 3:
        raise no_mask(path, f"Its array has {array.ndim} axes.", _AS_PNG)
    # Classes are fewer than rows or columns.
    if array.shape[2] < array.shape[0]:
        array = np.moveaxis(array, 2, 0)
    if len(array) > MAX_CLASSES:
        raise no_mask(path, f"It holds {len(array)} masks; labels are 0 to 254.", _AS_PNG)
    found = one_hot((plane for plane in array), check)
    if found is None:
        raise no_mask(path, f"Its {len(array)} masks hold more than 0 and 1.", _AS_PNG)
    return found


def one_hot(planes: Iterable[np.ndarray], check: Callable[[], None] = nothing) -> MaskValues | None:
    """Labels of a stack of one mask a class; None if it holds more than nothing and something.

    Parameters
    ----------
    planes : iterable of ndarray (H, W)
        One a class, of 0 and 1, or 0 and 255.
    check : callable
        Called between them.
    """
    labels: np.ndarray | None = None
    twice = number = 0
    for number, plane in enumerate(planes):
        check()
        if plane.ndim != 2 or number >= MAX_CLASSES:
            return None
        inside = plane.astype(bool)
        # What is no number is not equal to itself.
        if not (np.array_equal(plane, inside) or np.array_equal(plane, inside * 255)):
            return None
        if labels is None:
            labels = np.full(plane.shape, VOID, np.uint8)
        if plane.shape != labels.shape:
            return None
        twice += int(np.count_nonzero(labels[inside] != VOID))
        labels[inside] = number
    if labels is None:
        return None
    notes = [f"Mask read from a stack of {number + 1} masks, one a class."]
    if twice:
        notes.append(
            f"{share_of(twice, labels.size)} of its pixels are in several of them; the last counts."
        )
    return MaskValues(labels, None, tuple(notes))


def read_pages(
    path: Path, header: PictureHeader, check: Callable[[], None] = nothing
) -> MaskValues | None:
    """Labels of a TIFF with one page a class; None if its pages are no such stack.

    Parameters
    ----------
    path : Path
    header : PictureHeader
        Of its first page, whose size was allowed: other pages must have the same.
    check : callable
    """
    if header.format != "TIFF" or header.more_frames or not 2 <= header.frames <= MAX_CLASSES:
        return None
    return one_hot(_pages(path, header, check), check)


def _pages(path: Path, header: PictureHeader, check: Callable[[], None]) -> Iterator[np.ndarray]:
    """Each page of a TIFF; one without pixels where it has another size than the first."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        for start in _starts(file, header.frames):
            # Pillow is shown a file that begins with this page.
            whole = Parts([start, (len(start), size - len(start))])
            moved = cast(IO[bytes], PictureStream(file, whole, check, nothing))
            stream = PictureStream(moved, tiff.parts(moved, size, check), check, nothing)
            with Image.open(cast(IO[bytes], io.BufferedReader(stream)), formats=("TIFF",)) as page:
                if page.width * page.height != header.pixels:
                    yield np.zeros(0)
                    return
                yield np.asarray(page)


def _starts(file: IO[bytes], most: int) -> Iterator[bytes]:
    """The first bytes that a TIFF would have if it began with each of its pages in turn."""
    file.seek(0)
    start = file.read(16)
    order: Literal["little", "big"] = "little" if start[:2] == b"II" else "big"
    big = start[2:4] in (b"+\0", b"\0+")
    start = start[: 16 if big else 8]
    wide, offset_wide, entry_wide = (8, 8, 20) if big else (2, 4, 12)
    offset = start[-offset_wide:]
    for _ in range(most):
        yield start[:-offset_wide] + offset
        at = int.from_bytes(offset, order)
        file.seek(at)
        entries = int.from_bytes(file.read(wide), order)
        file.seek(at + wide + entries * entry_wide)
        offset = file.read(offset_wide)


def _member(path: Path, file: IO[bytes], allow_large: bool) -> np.ndarray:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        if len(names) > _MOST_MEMBERS:
            raise no_mask(path, f"It holds {len(names):,} arrays.", _AS_PNG)
        likely = [name for name in _LIKELY_NAMES if f"{name}.npy" in names]
        if not likely and len(names) != 1:
            listed = ", ".join(name.removesuffix(".npy")[:40] for name in names[:4])
            raise no_mask(
                path,
                f"None of its {len(names)} arrays is called mask or label: {listed}.",
                "Save the mask alone, or under the name mask.",
            )
        name = f"{likely[0]}.npy" if likely else names[0]
        with archive.open(name) as member:
            return _array(path, member, archive.getinfo(name).file_size, allow_large)


def _array(path: Path, file: IO[bytes], length: int, allow_large: bool) -> np.ndarray:
    """An array whose header is believed only as far as the file is long and pictures are large."""
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, by_columns, kind = read(file)
    if kind.hasobject or kind.kind not in "biuf" or kind.itemsize > 8:
        raise no_mask(path, f"Its array holds no numbers ({str(kind)[:40]}).", _AS_PNG)
    size = math.prod(shape) * kind.itemsize
    if not 2 <= len(shape) <= 5 or 0 in shape:
        said = "×".join(str(side) for side in shape[:6])
        raise no_mask(path, f"Its array is {said or 'a number'}, no picture.", _AS_PNG)
    height, width = sorted(shape)[-2:]
    check_size(path, PictureHeader(width, height, "L", "PNG"), allow_large)
    if size > length or size > _MOST_BYTES:
        raise no_mask(
            path,
            f"Its array would have {size:,} bytes, and "
            + (f"the file holds {length:,}." if size > length else "that is too much."),
            _AS_PNG,
        )
    buffer = io.BytesIO()
    left = size
    while left:
        part = file.read(min(left, 1 << 20))
        if not part:
            raise EOFError("it ends before its array does")
        buffer.write(part)
        left -= len(part)
    array = np.frombuffer(buffer.getbuffer(), kind)
    return array.reshape(shape, order="F" if by_columns else "C")


def _whole(path: Path, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "f" and not np.array_equal(array, np.rint(array)):
        raise no_mask(path, "It holds fractions, and labels are whole numbers.", _AS_PNG)
    small = array.dtype == bool or (array.min() >= 0 and array.max() <= VOID)
    if not small:
        array = np.clip(array, -_MOST_NUMBER, _MOST_NUMBER)
    return array.astype(np.uint8 if small else np.int32)
