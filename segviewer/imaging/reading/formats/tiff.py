"""TIFF of many bands, 64 bits, planes, or whatever else Pillow refuses or reads wrongly.

The tags come from :mod:`segviewer.imaging.reading.picture_parts.tiff`, which leaves out what no
pixel needs, and strips and tiles are decoded one by one: only the bands that are shown are kept.
"""

from __future__ import annotations

import io
import lzma
import math
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import memory_text, picture_faults
from segviewer.imaging.reading.formats.tiff_kinds import (
    WHITE_IS_ZERO,
    alpha_sample,
    band_count,
    bits_of,
    full_value,
    is_colour,
    is_pillows,
    is_plain_rgb,
    kind_name,
)
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing, time_limit
from segviewer.imaging.reading.levels import nodata_in
from segviewer.imaging.reading.picture_parts import Parts, PictureStream
from segviewer.imaging.reading.picture_parts import tiff as tiff_parts
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values, without_nodata
from segviewer.imaging.reading.upright import upright

if TYPE_CHECKING:
    from tifffile import TiffPage

_WITHOUT_LIBRARY = (1, 8, 32773, 32946, 34925)  # none, deflate, packbits, LZMA
_WITH_LIBRARY = (*_WITHOUT_LIBRARY, 5, 50000)  # LZW, Zstandard
_NAMES = {5: "LZW", 50000: "Zstandard"}
_DEFLATE, _LZMA = (8, 32946), 34925
_MOST_SEGMENT_BYTES = 1 << 30
_CERTAIN_BYTES = 64 << 20  # what a strip may unfold to without being looked at before
_MOST_RATIO = 1032  # of deflate
_LOOK_SECONDS = 2.0
_BUFFER = 1 << 18


@dataclass
class OpenPage:
    """One page of an open file.

    Attributes
    ----------
    page : TiffPage
    parts : Parts
        How many pages there are.
    stream : binary file
    size : int
        Bytes of the file.
    file : binary file
        The file itself, of which the stream shows parts.
    """

    page: TiffPage
    parts: Parts
    stream: IO[bytes]
    size: int
    file: IO[bytes]


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether a TIFF is to be read here, and not by Pillow."""
    with picture_faults(path), opened_page(path, settings.page, nothing) as found:
        if settings.bands and band_count(found.page) > 1 and _missing(found.page) is None:
            return not is_colour(found.page)
        return not is_pillows(found.page) and reads(found.page)


def is_over(path: Path, settings: PictureSettings, pixels: int) -> bool:
    """Whether a page has more than so many pixels, whoever reads it.

    Parameters
    ----------
    path : Path
    settings : PictureSettings
    pixels : int
    """
    with picture_faults(path), opened_page(path, settings.page, nothing) as found:
        return int(found.page.imagelength) * int(found.page.imagewidth) > pixels


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What the tags say."""
    check = time_limit(path, _LOOK_SECONDS)
    with picture_faults(path), opened_page(path, settings.page, check) as found:
        return page_header(found, settings)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read the chosen bands of one page.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.

    Raises
    ------
    PictureError
    """
    with picture_faults(path), opened_page(path, settings.page, check) as found:
        page = found.page
        said = page_header(found, settings)
        check_size(path, said, allow_large)
        bands, bands_note = chosen_samples(page, settings.bands)
        check_codec(path, page)
        check_segments(path, found)
        values, clear = _decoded(found, bands, check, progressed)
        tag = page.tags.get(42113)
        nodata = nodata_in(tag.value) if tag is not None else None
    if page.photometric == WHITE_IS_ZERO and values.dtype.kind in "ub":
        np.subtract(full_value(page), values, out=values, casting="unsafe")
    orientation = said.orientation
    values = upright(values, orientation)
    void = None if clear is None or not clear.any() else upright(clear, orientation)
    notes = tuple(note for note in (said.frames_note, bands_note) if note)
    full, kind = full_value(page), kind_name(page)
    if values.dtype == np.uint8 and page.bitspersample == 8:
        return _of_bytes(values, said, nodata, void, notes, check)
    return of_values(values, said, full, kind, nodata=nodata, void=void, notes=notes, check=check)


@contextmanager
def opened_page(
    path: Path, number: int | None, check: Callable[[], None], smaller: int | None = None
) -> Iterator[OpenPage]:
    """One page of a file, its strips and tiles not read.

    Parameters
    ----------
    path : Path
    number : int or None
        Of the page, counted from 0; None for the one that the file opens at.
    check : callable
        Called at every read; what it raises comes through.
    smaller : int or None
        Of its smaller copies which one, in its place.
    """
    from tifffile import TiffFile

    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        parts = tiff_parts.parts(file, size, check, number, smaller)
        buffered = io.BufferedReader(PictureStream(file, parts, check, nothing), _BUFFER)
        source = cast(IO[bytes], buffered)
        with TiffFile(source, name="picture.tif") as tiff:
            page = tiff.pages.first
            if page.imagewidth < 1 or page.imagelength < 1 or 0 in page.shaped:
                raise ValueError("it has no pixels")
            if page.imagedepth > 1:
                raise ValueError("its pixels have a depth")
            yield OpenPage(page, parts, source, size, file)


def page_header(found: OpenPage, settings: PictureSettings) -> PictureHeader:
    """What the tags of a page say."""
    page = found.page
    tag = page.tags.get(274)
    orientation = tag.value if tag is not None and tag.value in range(1, 9) else 1
    width, height = page.imagewidth, page.imagelength
    if orientation >= 5:
        width, height = height, width
    shown = len(chosen_samples(page, settings.bands)[0])
    each = (page.dtype.itemsize if page.dtype is not None else 8) * shown
    one_byte = page.dtype == np.uint8
    return PictureHeader(
        width=width,
        height=height,
        mode=f"{band_count(page)} bands of {kind_name(page)}",
        format="TIFF",
        frames=found.parts.frames or 1,
        more_frames=found.parts.more_frames,
        orientation=orientation,
        page=found.parts.page,
        in_middle=found.parts.in_middle,
        bands=0 if is_colour(page) or is_plain_rgb(page) else band_count(page),
        stored_bytes=max(1, each - 3) if one_byte else each,
        whole_bytes=min(segment_bytes(page), _MOST_SEGMENT_BYTES),
    )


def _missing(page: TiffPage) -> str | None:
    """What the compression is called that needs a library which is not there; None if none."""
    compression = int(page.compression)
    floats = int(page.predictor) == 3
    odd = any(bits not in (8, 16, 32, 64) for bits in bits_of(page))
    if compression in _WITHOUT_LIBRARY and not floats and not odd:
        return None
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        if odd:
            return f"{max(bits_of(page))} bits a band"
        return "a predictor for floating point" if floats else _NAMES.get(compression, "")
    return None


def reads(page: TiffPage) -> bool:
    """Whether it is of a kind that is read here; where not, Pillow may try."""
    return int(page.compression) in _WITH_LIBRARY and page.dtype is not None


def check_codec(path: Path, page: TiffPage) -> None:
    kind = page.dtype.kind if page.dtype is not None else "?"
    if kind not in "uifb":
        raise PictureError(
            f"{path.name} holds numbers that cannot be shown as grey or colour.",
            f"They are {'complex' if kind == 'c' else 'of an unknown kind'}.",
            "Write magnitude or phase into a TIFF of their own.",
        )
    name = _missing(page)
    if name is not None:
        raise PictureError(
            f"{path.name} is compressed in a way that needs another library.",
            f"It has {band_count(page)} bands and uses {name or 'an unusual compression'}, "
            "which the package imagecodecs reads.",
            "pip install 'segviewer[tiff]', or save it with deflate or without compression.",
        )


def segment_bytes(page: TiffPage) -> int:
    """Bytes that one strip or tile has when decoded."""
    samples = int(page.samplesperpixel) if page.planarconfig == 1 else 1
    each = page.dtype.itemsize if page.dtype is not None else 8
    if page.is_tiled:
        return int(page.tilewidth) * int(page.tilelength) * samples * each
    rows = min(int(page.rowsperstrip), int(page.imagelength))
    return rows * int(page.imagewidth) * samples * each


def check_segments(path: Path, found: OpenPage) -> None:
    """Refuse lists of strips or tiles that do not fit the picture, before any is read."""
    page = found.page
    if segment_bytes(page) > _MOST_SEGMENT_BYTES:
        raise PictureError(
            f"{path.name} has strips or tiles that are too large.",
            f"One of them would take {memory_text(segment_bytes(page))} of memory.",
            "Save it anew in tiles, for example with gdal_translate -co TILED=YES.",
        )
    wanted = math.prod(page.chunked)
    if wanted > min(len(page.dataoffsets), len(page.databytecounts)):
        raise ValueError(f"{wanted:,} strips or tiles are needed, fewer are listed")


def chosen_samples(page: TiffPage, wanted: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    """Which samples are shown, from 0, one or three, and what has to be said of it."""
    alpha, count = alpha_sample(page), band_count(page)
    places = [place for place in range(int(page.samplesperpixel)) if place != alpha]
    if wanted and max(wanted) <= count and count > 1:
        shown = wanted
    else:
        shown = (1, 2, 3) if count >= 3 else (1,)
    plain = count == len(shown) and shown == tuple(range(1, count + 1))
    names = ", ".join(map(str, shown))
    note = "" if plain else f"band{'s' * (len(shown) > 1)} {names} of {count}"
    return tuple(places[band - 1] for band in shown), note


def _decoded(
    found: OpenPage,
    bands: tuple[int, ...],
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray | None]:
    """The chosen bands (h, w) or (h, w, 3) as stored, and where they are fully transparent."""
    page, alpha = found.page, alpha_sample(found.page)
    size = (int(page.imagelength), int(page.imagewidth))
    assert page.dtype is not None  # asked before
    values = np.zeros((*size, len(bands)), page.dtype.newbyteorder("="))
    clear = None if alpha is None else np.zeros(size, bool)
    number = math.prod(page.chunked)
    for index in range(number):
        check()
        segment, place, _ = page.decode(encoded_segment(found, index), index, jpegtables=None)
        progressed((index + 1) / number)
        plane, _, top, left, _ = place
        if segment is None:
            continue  # a hole: zeros
        rows = slice(top, min(top + segment.shape[1], size[0]))
        columns = slice(left, min(left + segment.shape[2], size[1]))
        part = segment[0, : rows.stop - top, : columns.stop - left]
        samples = range(part.shape[-1]) if page.planarconfig == 1 else range(plane, plane + 1)
        for at, band in enumerate(bands):
            if band in samples:
                values[rows, columns, at] = part[..., band - samples.start]
        if clear is not None and alpha is not None and alpha in samples:
            clear[rows, columns] = part[..., alpha - samples.start] == 0
    return values if len(bands) > 1 else values[..., 0], clear


def encoded_segment(found: OpenPage, index: int) -> bytes | None:
    """The bytes of a strip or tile; None for a hole.

    Raises
    ------
    ValueError
        If they would unfold to more than the picture has.
    """
    page = found.page
    offset, length = int(page.dataoffsets[index]), int(page.databytecounts[index])
    if offset > found.size:
        raise ValueError("a strip or tile lies behind the end of the file")
    length = min(length, found.size - offset)
    if offset <= 0 or length <= 0:
        return None
    found.stream.seek(offset)
    data = found.stream.read(length)
    compression, most = int(page.compression), segment_bytes(page)
    unfolded = b""
    if compression in _DEFLATE and len(data) * _MOST_RATIO > _CERTAIN_BYTES:
        unfolded = zlib.decompressobj().decompress(data, most + 1)
    elif compression == _LZMA:
        unfolded = lzma.LZMADecompressor().decompress(data, most + 1)
    if len(unfolded) > most:
        raise ValueError("a strip or tile unfolds to more than it may hold")
    return data


def _of_bytes(
    values: np.ndarray,
    said: PictureHeader,
    nodata: float | None,
    void: np.ndarray | None,
    notes: tuple[str, ...],
    check: Callable[[], None],
) -> StoredPicture:
    """8 bits a band are shown as they are."""
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=-1)
    values = np.ascontiguousarray(values)
    check()
    if void is not None:
        values[void] = 128
    void = without_nodata(values, nodata, void)
    return StoredPicture(values, said, void=void, notes=notes, has_nodata=nodata is not None)
