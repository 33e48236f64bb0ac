"""A TIFF of any size read window by window, in memory that stays bounded."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from segviewer.errors import PictureError
from segviewer.imaging.reading.faults import picture_faults
from segviewer.imaging.reading.formats import tiff
from segviewer.imaging.reading.formats.camera_raw import jpeg_size
from segviewer.imaging.reading.formats.tiff_kinds import alpha_sample, full_value, kind_name
from segviewer.imaging.reading.header import PictureHeader, nothing
from segviewer.imaging.reading.levels import Levels, nodata_in
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, over_grey, sample_of
from segviewer.imaging.reading.tone_settings import ToneSettings

KEPT_BYTES = 256 << 20
"""Decoded strips and tiles that are kept for the next window."""

GEOREFERENCE = (33550, 33922, 34264, 34735, 34736, 34737)
"""Tags that say where on Earth a picture lies: scale, tie points, matrix, keys, their values."""

_MOST_GEO_VALUES = 100_000
_LOOKED_AT = 64  # strips or tiles from which black and white are found
_JPEG = 7


@dataclass(frozen=True)
class GeoTag:
    """A tag as it is written again.

    Attributes
    ----------
    code : int
    kind : str
        Letter of its numbers, as :mod:`struct` has it, or ``s`` for text.
    value : tuple of numbers, or str
    """

    code: int
    kind: str
    value: Any


class WindowedPicture:
    """One page of a TIFF, of which windows are read.

    Parameters
    ----------
    path : Path
    found : OpenPage
        Stays open as long as this is used.
    settings : PictureSettings

    Attributes
    ----------
    header : PictureHeader
    georeference : tuple of GeoTag
    notes : tuple of str
    nodata : float or None
        The value that means that nothing was measured.
    full : float
        The largest value of the format.
    kind : str
        What its values are, e.g. ``16 bits``.
    """

    def __init__(self, path: Path, found: tiff.OpenPage, settings: PictureSettings):
        self._path, self._found, page = path, found, found.page
        self.header: PictureHeader = tiff.page_header(found, settings)
        self._bands, note = tiff.chosen_samples(page, settings.bands)
        self.notes = tuple(text for text in (self.header.frames_note, note) if text)
        self.georeference = _georeference(page)
        self._alpha = alpha_sample(page)
        tag = page.tags.get(42113)
        self.nodata = nodata_in(tag.value) if tag is not None else None
        self.full, self.kind = full_value(page), kind_name(page)
        self._kept: LRUCache[int, np.ndarray] = LRUCache(KEPT_BYTES, getsizeof=lambda a: a.nbytes)
        self._stored: StoredPicture | None = None

    @property
    def kind_of_samples(self) -> tuple[Any, int]:
        """The numbers of a pixel: their type, and how many there are."""
        return self._found.page.dtype, int(self._found.page.samplesperpixel)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width as stored; a picture of this size is not turned."""
        return int(self._found.page.imagelength), int(self._found.page.imagewidth)

    def read(
        self, top: int, bottom: int, left: int, right: int, tones: ToneSettings
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
        """One window as RGB (h, w, 3), and where there is no picture in it.

        Parameters
        ----------
        top, bottom, left, right : int
            Inside the picture.
        tones : ToneSettings
            What is black and white, the same in every window.
        """
        values, void = self.values(top, bottom, left, right)
        levels = self.levels(tones)
        if levels is None:
            image, _ = over_grey(values)
        else:
            shown = levels.shown(values)
            image = shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, -1)
            unknown = levels.unknown(values)
            if unknown is not None:
                nowhere = np.atleast_3d(unknown).any(-1)
                void = np.asarray(nowhere if void is None else void | nowhere, bool)
        if void is not None:
            image = np.array(image)
            image[void] = 128
        return np.ascontiguousarray(image), void

    def values(
        self, top: int, bottom: int, left: int, right: int
    ) -> tuple[np.ndarray, NDArray[np.bool_] | None]:
        """The chosen bands of a window, and where it is fully transparent or not measured.

        Parameters
        ----------
        top, bottom, left, right : int
            Inside the picture.
        """
        page = self._found.page
        assert page.dtype is not None  # asked when it was opened
        kind = page.dtype.newbyteorder("=")
        values = np.zeros((bottom - top, right - left, len(self._bands)), kind)
        clear = None if self._alpha is None else np.zeros(values.shape[:2], bool)
        for index, segment in self._segments(top, bottom, left, right):
            (plane, _, y, x, _), _ = self._place(index)
            rows = slice(max(y, top), min(y + segment.shape[0], bottom))
            columns = slice(max(x, left), min(x + segment.shape[1], right))
            part = segment[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
            here = (
                slice(rows.start - top, rows.stop - top),
                slice(columns.start - left, columns.stop - left),
            )
            first = plane if page.planarconfig != 1 else 0
            for at, band in enumerate(self._bands):
                if 0 <= band - first < part.shape[-1]:
                    values[(*here, at)] = part[..., band - first]
            if clear is not None and self._alpha is not None:
                alpha = self._alpha - first
                if 0 <= alpha < part.shape[-1]:
                    clear[here] = part[..., alpha] == 0
        void = None if clear is None or not clear.any() else clear
        if page.dtype == np.uint8 and self.nodata in range(256):
            unknown = (values == int(self.nodata or 0)).all(-1)
            if unknown.any():
                void = unknown if void is None else void | unknown
        return (values if len(self._bands) > 1 else values[..., 0]), void

    def levels(self, tones: ToneSettings) -> Levels | None:
        """What is black and white; None where 8 bits are shown as they are."""
        levels = self._sampled().levels(tones)
        plain = self._found.page.dtype == np.uint8 and levels.is_plain()
        return None if plain else levels

    def tone_note(self, tones: ToneSettings) -> str:
        """What has to be said of black and white."""
        stored = self._sampled()
        return stored.levels(tones).note(stored.kind)

    def _sampled(self) -> StoredPicture:
        """Some of its strips or tiles, from which black and white are found once."""
        if self._stored is None:
            number = math.prod(self._found.page.chunked)
            step = max(1, number // _LOOKED_AT)
            several = int(self._found.page.planarconfig) == 1
            parts = [
                (part[..., self._bands] if several else part).ravel()
                for index in range(step // 2, number, step)
                if (part := self._segment(index)) is not None
            ]
            self._stored = sample_of(parts, self.header, self.full, self.kind, self.nodata)
        return self._stored

    def _place(self, index: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        _, place, shape = self._found.page.decode(None, index)
        return place, shape

    def _segments(
        self, top: int, bottom: int, left: int, right: int
    ) -> Iterator[tuple[int, np.ndarray]]:
        page = self._found.page
        if page.is_tiled:
            tall, wide = int(page.tilelength), int(page.tilewidth)
        else:
            tall, wide = int(page.rowsperstrip), int(page.imagewidth)
        height, width = self.size
        down, across = -(-height // tall), -(-width // wide)
        planes = int(page.samplesperpixel) if page.planarconfig != 1 else 1
        wanted = {*self._bands, self._alpha}
        for plane in range(planes):
            if planes > 1 and plane not in wanted:
                continue
            for row in range(top // tall, -(-bottom // tall)):
                for column in range(left // wide, -(-right // wide)):
                    index = (plane * down + row) * across + column
                    segment = self._segment(index)
                    if segment is not None:
                        yield index, segment

    def _segment(self, index: int) -> np.ndarray | None:
        """A decoded strip or tile (h, w, samples); None for a hole."""
        if index in self._kept:
            return self._kept[index]
        page = self._found.page
        data = tiff.encoded_segment(self._found, index)
        tables = None
        if data is not None and int(page.compression) == _JPEG:
            tables = page.jpegtables
            _check_jpeg(data, page)
        decoded, _, _ = page.decode(data, index, jpegtables=tables)
        if decoded is None:
            return None
        segment: np.ndarray = decoded[0]
        if int(page.photometric) == 0 and segment.dtype.kind == "u":
            segment = (full_value(page) - segment).astype(segment.dtype)
        if segment.nbytes <= KEPT_BYTES:
            self._kept[index] = segment
        return segment


@contextmanager
def windowed(
    path: Path,
    settings: PictureSettings,
    check: Callable[[], None] = nothing,
    smaller: int | None = None,
) -> Iterator[WindowedPicture]:
    """Open a TIFF to read windows of it.

    Parameters
    ----------
    path : Path
    settings : PictureSettings
    check : callable
        Called at every read; what it raises ends the reading.
    smaller : int or None
        Of the page's smaller copies which one, in its place.

    Raises
    ------
    PictureError
        If it is no TIFF, or one that cannot be read by windows.
    """
    with picture_faults(path), tiff.opened_page(path, settings.page, check, smaller) as found:
        page = found.page
        compression = int(page.compression)
        if compression == _JPEG or (
            tiff.reads(page) and int(page.photometric) in (0, 1, 2) and page.dtype is not None
        ):
            tiff.check_codec(path, page)
            tiff.check_segments(path, found)
            yield WindowedPicture(path, found, settings)
            return
        raise PictureError(
            f"{path.name} cannot be read window by window.",
            f"Its compression ({compression}) or its colours ({int(page.photometric)}) are others "
            "than those that are.",
            "Save it in tiles, for example with gdal_translate -co TILED=YES -co COMPRESS=DEFLATE.",
        )


def _check_jpeg(data: bytes, page: Any) -> None:
    """Refuse a tile that says it is larger than a tile: its decoder would believe it."""
    size = jpeg_size(io.BytesIO(data), 0)
    wide = page.tilewidth if page.is_tiled else page.imagewidth
    tall = page.tilelength if page.is_tiled else page.rowsperstrip
    if size is None or size[0] > wide + 16 or size[1] > min(tall, page.imagelength + 65_535) + 16:
        raise ValueError("a tile has another size than it should")


def _georeference(page: Any) -> tuple[GeoTag, ...]:
    found = []
    for code in GEOREFERENCE:
        tag = page.tags.get(code)
        if tag is None or tag.count > _MOST_GEO_VALUES:
            continue
        value = tag.value
        if isinstance(value, str):
            found.append(GeoTag(code, "s", value))
        else:
            numbers = value if isinstance(value, tuple) else (value,)
            found.append(GeoTag(code, "H" if code == 34735 else "d", numbers))
    return tuple(found)
