"""Which stored values become black and white, where a file holds more than 8 bits a band.

Cameras write 10 or 12 bits into 16, terrain models write metres as floating point, scanners
write what they measured: shown as stored, such a picture is black. What is shown, and what the
network sees, are the values between two percentiles; that it is so is said.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from segviewer.imaging.reading.strips import strips

PERCENTILES = (0.5, 99.5)
"""Shares (%) of the values at and below which a stretched picture is black, or white."""

NODATA_TAG = 42113
"""TIFF tag in which GDAL writes, as text, the value that means "nothing was measured"."""

_FILLED = 0.5  # of a range: whoever reaches its upper half is shown as stored
_MOST_SAMPLED = 1_000_000  # values that percentiles are taken of
_TABLE_FROM = 1 << 17  # values: for fewer a table is not worth its making
_NO_VALUE = 3e38  # and above in size: the smallest float, used for "nothing"
# What programs write for "nothing" where they leave no tag.
_USUAL_NODATA = (-9999.0, -99999.0, -32768.0, -32767.0)


@dataclass(frozen=True)
class Levels:
    """What becomes black and white.

    Attributes
    ----------
    low, high : float
        Stored values that become 0 and 255.
    stretched : bool
        Whether they were found in this picture, and are not its format's own.
    nodata : float or None
        The value that means that nothing was measured.
    brightness, contrast, gamma : float
        Of what lies between, 0 to 1: about its middle ``contrast · (x − ½) + ½ + brightness``,
        and then ``x^(1 / gamma)``.
    said : str
        Where they come from, if not from the percentiles of this picture.
    """

    low: float
    high: float
    stretched: bool = False
    nodata: float | None = None
    brightness: float = 0.0
    contrast: float = 1.0
    gamma: float = 1.0
    said: str = ""

    def note(self, kind: str) -> str:
        """What has to be said of it on the picture; empty where it is shown as stored."""
        curve = ", ".join(
            f"{name} {value:g}"
            for name, value, usual in (
                ("brightness", self.brightness, 0.0),
                ("contrast", self.contrast, 1.0),
                ("gamma", self.gamma, 1.0),
            )
            if value != usual
        )
        if not self.stretched:
            return curve
        how = self.said or "stretched"
        ends = f"{self.low:,.5g} … {self.high:,.5g}".replace("-", "−")
        said = f"{how}: {ends} of {kind} shown as black … white"
        return f"{said}, {curve}" if curve else said

    def is_plain(self) -> bool:
        """Whether 8 bits come out of it as they are."""
        curve = (self.brightness, self.contrast, self.gamma)
        return (self.low, self.high) == (0, 255) and curve == (0, 1, 1)

    def shown(self, values: np.ndarray) -> np.ndarray:
        """`values` as uint8 of the same shape; what is no number is mid-grey."""
        if values.dtype in (np.uint8, np.uint16) and values.size > _TABLE_FROM:
            looked_up: np.ndarray = _table(self, values.dtype)[values]
            return looked_up
        return self._curved(values)

    def _curved(self, values: np.ndarray) -> np.ndarray:
        scaled = np.array(values, np.float64)
        unknown = self.unknown(values)
        np.nan_to_num(scaled, copy=False, posinf=self.high, neginf=self.low)
        scaled -= self.low
        scaled *= 255 / (self.high - self.low)
        if self.contrast != 1 or self.brightness:
            scaled -= 127.5
            scaled *= self.contrast
            scaled += 127.5 + 255 * self.brightness
        np.clip(scaled, 0, 255, out=scaled)
        if self.gamma != 1:
            scaled /= 255
            np.power(scaled, 1 / self.gamma, out=scaled)
            scaled *= 255
        shown = np.rint(scaled, out=scaled).astype(np.uint8)
        if unknown is not None:
            shown[unknown] = 128
        return shown

    def unknown(self, values: np.ndarray) -> np.ndarray | None:
        """Where nothing was measured, bool of the same shape; None for nowhere."""
        unknown = None
        if values.dtype.kind == "f":
            unknown = ~_is_number(values)
        nodata = _as_held(self.nodata, values.dtype)
        if nodata is not None:
            same = values == nodata
            unknown = same if unknown is None else unknown | same
        return None if unknown is None or not unknown.any() else unknown


@lru_cache(maxsize=8)
def _table(levels: Levels, kind: np.dtype[Any]) -> np.ndarray:
    """What each value of 8 or 16 bits becomes, uint8."""
    values = np.arange(np.iinfo(kind).max + 1).astype(kind)
    return levels._curved(values)


@dataclass(frozen=True, eq=False)
class Sampled:
    """What is known of the values of a picture without looking at all of them again.

    Attributes
    ----------
    values : ndarray of float64
        Some of those that were measured.
    low, high : float
        The least and the largest of all.
    full : float
        The largest value of the format.
    nodata : float or None
        The value that means that nothing was measured.
    """

    values: np.ndarray
    low: float
    high: float
    full: float
    nodata: float | None = None

    def as_stored(self) -> Levels:
        """The format's own range."""
        return Levels(0.0, self.full, nodata=self.nodata)

    def levels(self, cut: float = PERCENTILES[0], always: bool = False) -> Levels:
        """Black and white for it: the format's own where it fills their upper half.

        Parameters
        ----------
        cut : float
            Percent at either end.
        always : bool
            Whether to stretch also what fills its range.
        """
        if not self.values.size:
            return self.as_stored()
        found = np.percentile(self.values, (cut, 100 - cut, PERCENTILES[1]))
        black, white, usual = (float(value) for value in found)
        inside = self.low >= 0 and self.high <= self.full
        if inside and usual >= _FILLED * self.full and not always:
            return self.as_stored()
        if white <= black:  # nearly all of one value
            black, white = self.low, max(self.high, self.low + 1.0)
        return Levels(black, white, True, self.nodata)

    def histogram(self, bins: int = 128) -> tuple[np.ndarray, float, float]:
        """Counts, and the values between which they lie; a few stray ones are left out."""
        if not self.values.size:
            return np.zeros(bins, np.int64), 0.0, self.full
        low, high = (float(value) for value in np.percentile(self.values, (0.02, 99.98)))
        if self.low >= 0 and self.high <= self.full and high >= _FILLED * self.full:
            low, high = 0.0, self.full
        if high <= low:
            high = low + 1.0
        counts, _ = np.histogram(self.values, bins, (low, high))
        return counts, low, high


def levels_of(
    parts: Iterator[np.ndarray], full: float, pixels: int, nodata: float | None = None
) -> Levels:
    """What is black and white in a picture that comes in parts; see :func:`sampled`.

    Parameters
    ----------
    parts, full, pixels, nodata
        As in :func:`sampled`.
    """
    return sampled(parts, full, pixels, nodata).levels()


def sampled(
    parts: Iterator[np.ndarray], full: float, pixels: int, nodata: float | None = None
) -> Sampled:
    """Look at a picture that comes in parts.

    Parameters
    ----------
    parts : iterator of ndarray
        Stored values, of any shape.
    full : float
        The largest value of the format: 65535, or 1 for floating point. A picture that reaches
        the upper half of 0 … `full`, and stays inside, is shown as stored.
    pixels : int
        How many values there are altogether, for the sampling.
    nodata : float, optional
        The value that means "nothing was measured"; found where it is one of the usual ones and
        far below all others.
    """
    step = max(1, pixels // _MOST_SAMPLED)
    kept = []
    low, high = np.inf, -np.inf
    for part in parts:
        values = part.ravel()
        if values.dtype.kind == "f":
            values = values[_is_number(values)]
        held = _as_held(nodata, values.dtype)
        if held is not None:
            values = values[values != held]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            kept.append(np.asarray(values[::step], np.float64))
    if not kept:
        return Sampled(np.empty(0), 0.0, full, full, nodata)
    found = np.concatenate(kept)
    if nodata is None and low in _USUAL_NODATA:
        rest = found[found != low]
        if rest.size and rest.min() - low > max(1.0, float(np.ptp(rest))):
            nodata, low, found = low, float(rest.min()), rest
    return Sampled(found, low, high, full, nodata)


def _is_number(values: np.ndarray) -> np.ndarray:
    """Where floating point holds a number that was measured."""
    finite: np.ndarray = np.isfinite(values)
    if values.dtype.itemsize < 4:  # too short for the number that means nothing
        return finite
    finite &= np.abs(values) < _NO_VALUE
    return finite


def _as_held(nodata: float | None, kind: np.dtype[Any]) -> Any:
    """`nodata` as pixels of a kind hold it; None where they cannot."""
    if nodata is None or kind.kind == "f":
        return nodata if nodata is None else kind.type(nodata)
    limits = np.iinfo(kind)
    fits = nodata == int(nodata) and limits.min <= nodata <= limits.max
    return kind.type(int(nodata)) if fits else None


def grey_levels(picture: Image.Image, check: Callable[[], None]) -> Levels | None:
    """Levels of a decoded picture of one deep band (16 or 32 bits, floating point); else None."""
    if not (picture.mode.startswith("I;16") or picture.mode in ("I", "F")):
        return None
    full = 1.0 if picture.mode == "F" else 65535.0

    def parts() -> Iterator[np.ndarray]:
        for _, _, strip in strips(picture):
            check()
            yield np.asarray(strip)

    return levels_of(parts(), full, picture.width * picture.height, nodata_of(picture))


def nodata_of(picture: Image.Image) -> float | None:
    """The value that a TIFF names as "nothing was measured"."""
    tags: Any = getattr(picture, "tag_v2", None)
    return nodata_in(tags.get(NODATA_TAG) if tags is not None else None)


def nodata_in(text: object) -> float | None:
    """The number that GDAL's tag names; None where it is none that pixels could hold."""
    if not isinstance(text, str):
        return None
    found = re.match(r"\s*([-+]?[0-9.]{1,40}(?:[eE][-+]?[0-9]{1,3})?)", text)
    try:
        value = float(found[1]) if found else None
    except ValueError:
        return None
    # As a 32-bit number, as which the pixels hold it.
    return None if value is None or abs(value) >= _NO_VALUE else value


def is_deep_colour(picture: ImageFile) -> bool:
    """Whether a picture that is not decoded yet holds 16 bits in each of three or four bands."""
    return picture.mode in ("RGB", "RGBA") and any(";16" in _raw_mode(t) for t in picture.tile)


def low_bytes_wanted(picture: ImageFile) -> None:
    """Let a picture of 16 bits a band, not decoded yet, be decoded to its lower bytes.

    Pillow decodes 48-bit colour to its upper bytes. Given that the file had the other byte
    order, it hands out the lower ones.
    """
    other = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
    tiles = []
    for tile in picture.tile:
        raw = _raw_mode(tile)
        found = re.fullmatch(r"(.*;16)([BLN])", raw)
        if found is None:
            raise ValueError(f"{raw} is no mode of 16 bits")
        swapped = found[1] + other[found[2]]
        args = (swapped, *tile[3][1:]) if isinstance(tile[3], tuple) else swapped
        tiles.append(tile._replace(args=args))
    picture.tile = tiles


def _raw_mode(tile: Any) -> str:
    return tile[3] if isinstance(tile[3], str) else str(tile[3][0]) if tile[3] else ""
