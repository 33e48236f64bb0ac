"""Raw camera files: the preview that the camera put into them, and their own data by rawpy.

The preview is the largest JPEG in the file, found by its first bytes, so that it does not matter
whose format it is. With rawpy (the extra ``raw``) the second version of the picture is what
LibRaw makes of the sensor's data.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import MAX_PIXELS, picture_faults
from segviewer.imaging.reading.formats.optional import is_there, library
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing, time_limit
from segviewer.imaging.reading.picture_parts import Parts, PictureStream
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values
from segviewer.imaging.reading.upright import upright

# Of TIFF that is no raw file by its tags, these are by their names.
_SUFFIXES_TEXT = ".3fr .arw .cr2 .dcr .erf .iiq .kdc .mef .mos .nef .nrw .pef .rwl .sr2 .srf .srw"
_SUFFIXES = frozenset(_SUFFIXES_TEXT.split())
_TIFF = (b"II*\0", b"MM\0*")
_SIGNS = (
    (0, b"IIU\0"),
    (0, b"IIRO"),
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"FUJIFILMCCD-RAW"),
    (0, b"FOVb"),
    (0, b"\0MRM"),
    (4, b"ftypcrx "),
    (8, b"CR\x02\0"),
)
_DNG_VERSION = 50706
_BEGIN = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_FRAME = frozenset({0xC0, 0xC1, 0xC2})  # baseline and progressive; not what sensors' data are in
_BLOCK = 1 << 22
_MOST_FOUND = 200  # beginnings that are looked at
_MOST_MARKERS = 200
_LOOK_SECONDS = 5.0
_SMALLEST = 160 * 120


@dataclass(frozen=True)
class _Preview:
    """Where a JPEG lies, and how large it is."""

    offset: int
    width: int
    height: int


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether it is a camera's: by its first bytes, or as a TIFF by its tags or its name."""
    with open_regular(path) as file:
        start = file.read(32)
        if any(start[at : at + len(sign)] == sign for at, sign in _SIGNS):
            return True
        if start[:4] not in _TIFF:
            return False
        return path.suffix.lower() in _SUFFIXES or _DNG_VERSION in _tags(file, start)


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What is known of preview or raw data before either is decoded."""
    with picture_faults(path):
        preview = _largest_preview(path, time_limit(path, _LOOK_SECONDS))
        if not settings.page and preview is not None:
            return _preview_header(path, preview)
        return _developed_header(path, settings, preview)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read the preview, or as the second version the sensor's own data.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with picture_faults(path):
        preview = _largest_preview(path, check)
        if not settings.page and preview is not None:
            return _read_preview(path, preview, allow_large, check, progressed)
        said = _developed_header(path, settings, preview)
        check_size(path, said, allow_large)
        check()
        rawpy = library("rawpy", path, "a raw camera file without a preview", "raw")
        with open_regular(path) as file, rawpy.imread(file) as raw:
            values = raw.postprocess(output_bps=16, use_camera_wb=True)
        progressed(1.0)
        check()
        said = replace(said, width=values.shape[1], height=values.shape[0])
    note = "the raw data, developed by LibRaw with the camera's white balance"
    return of_values(values, said, 65535.0, "16 bits", notes=(note,), check=check)


def _read_preview(
    path: Path,
    preview: _Preview,
    allow_large: bool,
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> StoredPicture:
    said = _preview_header(path, preview)
    check_size(path, said, allow_large)
    with open_regular(path) as file:
        stream = _part(file, preview.offset, check, progressed)
        with Image.open(stream, formats=("JPEG",)) as picture:
            own = picture.getexif().get(274, 1)
            picture.load()
            values = np.asarray(picture.convert("RGB"))
        file.seek(0)
        outer = _orientation(file)
    orientation = own if own in range(2, 9) else outer
    values = upright(values, orientation)
    size = f"{preview.width}×{preview.height}"
    note = f"the camera's preview, {size}, not the raw data"
    return StoredPicture(
        values, replace(said, width=values.shape[1], height=values.shape[0]), notes=(note,)
    )


def _preview_header(path: Path, preview: _Preview) -> PictureHeader:
    developed = is_there("rawpy")
    return PictureHeader(
        width=preview.width,
        height=preview.height,
        mode="RGB",
        format="camera raw",
        frames=2 if developed else 1,
        page_word="version",
        stored_bytes=8,
    )


def _developed_header(
    path: Path, settings: PictureSettings, preview: _Preview | None
) -> PictureHeader:
    """The size that LibRaw finds; nothing is decoded."""
    count = 1 + (preview is not None)
    page = settings.page_of(count)
    rawpy = library("rawpy", path, "a raw camera file without a preview", "raw")
    with open_regular(path) as file:
        try:
            with rawpy.imread(file) as raw:
                sizes = raw.sizes
        except rawpy.LibRawError as error:
            raise PictureError(
                f"{path.name} cannot be read as a raw camera file.",
                f"LibRaw says: {error}.",
                "Save it as JPEG, TIFF or DNG from the camera's own program.",
                details=repr(error),
            ) from error
    width, height = sizes.width, sizes.height
    if sizes.flip in (5, 6):
        width, height = height, width
    return PictureHeader(
        width=int(width),
        height=int(height),
        mode="RGB",
        format="camera raw",
        frames=count,
        page=page,
        page_word="version",
        stored_bytes=16,
    )


def _largest_preview(path: Path, check: Callable[[], None]) -> _Preview | None:
    """The largest JPEG inside; None where there is none."""
    best: _Preview | None = None
    with open_regular(path) as file:
        for offset in _beginnings(file, check):
            check()
            size = jpeg_size(file, offset)
            if size is None or not _SMALLEST <= size[0] * size[1] <= MAX_PIXELS:
                continue
            if best is None or size[0] * size[1] > best.width * best.height:
                best = _Preview(offset, *size)
    return best


def _beginnings(file: IO[bytes], check: Callable[[], None]) -> list[int]:
    """Places where a JPEG may begin."""
    found: list[int] = []
    at, rest = 0, b""
    file.seek(0)
    while (block := file.read(_BLOCK)) and len(found) < _MOST_FOUND:
        check()
        data = rest + block
        found += [at - len(rest) + match.start() for match in _BEGIN.finditer(data)]
        at += len(block)
        rest = data[-3:]
    return sorted(set(found))[:_MOST_FOUND]


def jpeg_size(file: IO[bytes], offset: int) -> tuple[int, int] | None:
    """Width and height of a JPEG of 8 bits, by its markers."""
    at = offset + 2
    for _ in range(_MOST_MARKERS):
        file.seek(at)
        head = file.read(9)
        if len(head) < 9 or head[0] != 0xFF:
            return None
        if head[1] in _FRAME:
            deep, height, width = head[4], *(int.from_bytes(head[i : i + 2], "big") for i in (5, 7))
            return (width, height) if deep == 8 and width and height else None
        if head[1] == 0xDA or 0xC3 <= head[1] <= 0xCF and head[1] not in (0xC4, 0xC8, 0xCC):
            return None
        at += 2 + int.from_bytes(head[2:4], "big")
    return None


def _part(
    file: IO[bytes], offset: int, check: Callable[[], None], progressed: Callable[[float], None]
) -> IO[bytes]:
    """The file from `offset` on, as one of its own."""
    size = os.fstat(file.fileno()).st_size
    parts = Parts([(offset, size - offset)])
    return cast(IO[bytes], io.BufferedReader(PictureStream(file, parts, check, progressed)))


def _tags(file: IO[bytes], start: bytes) -> dict[int, Any]:
    """Tags of the first list of a TIFF, with values of up to four bytes as numbers."""
    order = "little" if start[:2] == b"II" else "big"
    file.seek(int.from_bytes(start[4:8], cast(Any, order)))
    count = int.from_bytes(file.read(2), cast(Any, order))
    entries = file.read(12 * min(count, 1000))
    found = {}
    for at in range(0, len(entries) - 11, 12):
        tag, kind = (int.from_bytes(entries[at + i : at + i + 2], cast(Any, order)) for i in (0, 2))
        wide = 2 if kind == 3 else 4
        found[tag] = int.from_bytes(entries[at + 8 : at + 8 + wide], cast(Any, order))
    return found


def _orientation(file: IO[bytes]) -> int:
    """What the outer file says, where it is a TIFF."""
    start = file.read(8)
    if start[:4] not in _TIFF:
        return 1
    found = _tags(file, start).get(274, 1)
    return found if found in range(1, 9) else 1
