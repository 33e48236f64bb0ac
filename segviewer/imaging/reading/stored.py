"""A picture's values as its file stores them, upright; what is seen is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segviewer.imaging.reading.header import PictureHeader, nothing
from segviewer.imaging.reading.levels import Levels, Sampled, sampled
from segviewer.imaging.reading.strips import STRIP_PIXELS
from segviewer.imaging.reading.tone_settings import ToneSettings

_FOUND = ToneSettings()


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """What was read of one page of a file.

    Attributes
    ----------
    values : ndarray (H, W) or (H, W, 3)
        Upright; one band, or red, green and blue. Of 8 bits always uint8 (H, W, 3).
    header : PictureHeader
    sample : Sampled or None
        What is known of the values; None of 8 bits, until somebody asks.
    own : Levels or None
        What the file itself says is black and white.
    void : ndarray of bool (H, W) or None
        Where there is no picture: fully transparent, or marked as not measured.
    kind : str
        What the values are, e.g. ``16 bits``.
    notes : tuple of str
        What a person would not assume: further pages, which bands.
    has_nodata : bool
        Whether the file names a value of 8 bits that means that nothing was measured.
    """

    values: np.ndarray
    header: PictureHeader
    sample: Sampled | None = None
    own: Levels | None = None
    void: NDArray[np.bool_] | None = None
    kind: str = "8 bits"
    notes: tuple[str, ...] = ()
    has_nodata: bool = False

    @cached_property
    def sampled(self) -> Sampled:
        """What is known of the values."""
        if self.sample is not None:
            return self.sample
        parts = (self.values[rows] for rows in row_strips(self.values.shape))
        return sampled(parts, 255.0, self.values.size)

    def levels(self, tones: ToneSettings = _FOUND) -> Levels:
        """What becomes black and white."""
        own = self.own if tones.stretch == "as needed" else None
        if tones.window:
            nodata = self.sample.nodata if self.sample is not None else None
            black, white = tones.window
            found = Levels(black, white, True, nodata, said="set by hand")
        elif tones.stretch == "always":
            found = self.sampled.levels(tones.cut, always=True)
        elif self.sample is None:
            found = Levels(0.0, 255.0)
        elif tones.stretch == "never":
            found = self.sample.as_stored()
        else:
            found = own or self.sample.levels(tones.cut)
        return replace(
            found, brightness=tones.brightness, contrast=tones.contrast, gamma=tones.gamma
        )

    def image(
        self,
        tones: ToneSettings = _FOUND,
        check: Callable[[], None] = nothing,
        progressed: Callable[[float], None] = nothing,
    ) -> NDArray[np.uint8]:
        """As it is seen: uint8 RGB (H, W, 3), C-contiguous; of 8 bits not always a copy.

        Parameters
        ----------
        tones : ToneSettings
        check, progressed : callable
            As in :func:`seen`.
        """
        return seen(self.values, self.void, self.levels(tones), check, progressed)

    def all_notes(self, tones: ToneSettings = _FOUND) -> tuple[str, ...]:
        """All that has to be said of it."""
        transparent = self.sample is None and not self.has_nodata
        void = void_note(self.void, "transparent" if transparent else "not measured")
        said = (*self.notes, self.levels(tones).note(self.kind), void)
        return tuple(note for note in said if note)


def seen(
    values: np.ndarray,
    void: NDArray[np.bool_] | None,
    levels: Levels,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> NDArray[np.uint8]:
    """Values (H, W) or (H, W, 3) as uint8 RGB (H, W, 3); of 8 bits not always a copy.

    Parameters
    ----------
    values : ndarray
    void : ndarray of bool (H, W) or None
        Where there is no picture: mid-grey.
    levels : Levels
        What becomes black and white.
    check : callable
        Called between strips; what it raises ends the work.
    progressed : callable
        Called after each strip with how far it is, 0 to 1.
    """
    if values.dtype == np.uint8 and values.ndim == 3 and levels.is_plain():
        return values
    image = np.empty((*values.shape[:2], 3), np.uint8)
    for rows in row_strips(values.shape):
        check()
        shown = levels.shown(values[rows])
        image[rows] = shown if shown.ndim == 3 else shown[..., None]
        if void is not None:
            image[rows][void[rows]] = 128
        progressed(rows.stop / len(values))
    return image


def row_strips(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of an array (H, W, …), some at a time."""
    rows = max(1, STRIP_PIXELS // max(1, shape[1]))
    for top in range(0, shape[0], rows):
        yield slice(top, min(shape[0], top + rows))


def of_values(
    values: np.ndarray,
    header: PictureHeader,
    full: float,
    kind: str,
    *,
    nodata: float | None = None,
    void: NDArray[np.bool_] | None = None,
    notes: tuple[str, ...] = (),
    own: Levels | None = None,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """A picture of measured values.

    Parameters
    ----------
    values : ndarray (H, W) or (H, W, 3)
        Numbers of any kind but complex ones; upright.
    header : PictureHeader
    full : float
        The largest value of the format, as :func:`segviewer.imaging.reading.levels.sampled`
        takes it.
    kind : str
        See :class:`StoredPicture`.
    nodata : float, optional
        The value that means that nothing was measured.
    void : ndarray of bool (H, W), optional
        Where there is nothing beside that.
    own : Levels, optional
        What the file says is black and white.
    check, progressed : callable
        As in :func:`seen`.
    """

    def parts() -> Iterator[np.ndarray]:
        for rows in row_strips(values.shape):
            check()
            part = values[rows]
            yield part if void is None else part[~void[rows]]
            progressed(rows.stop / len(values) / 2)

    sample = sampled(parts(), full, values.size, nodata)
    void = _with_unknown(void, values, sample.as_stored(), check, progressed)
    return StoredPicture(values, header, sample, own, void, kind, notes)


def sample_of(
    parts: list[np.ndarray], header: PictureHeader, full: float, kind: str, nodata: float | None
) -> StoredPicture:
    """Some values of a picture that is never in memory as a whole, to find its levels by.

    Parameters
    ----------
    parts : list of ndarray
    header : PictureHeader
        Of the whole.
    full : float
    kind : str
    nodata : float or None
        All as in :func:`of_values`.
    """
    pixels = sum(part.size for part in parts)
    found = sampled(iter(parts), full, pixels, nodata)
    plain = all(part.dtype == np.uint8 for part in parts)
    return StoredPicture(np.zeros((1, 1, 3), np.uint8), header, None if plain else found, kind=kind)


def _with_unknown(
    void: NDArray[np.bool_] | None,
    values: np.ndarray,
    levels: Levels,
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> NDArray[np.bool_] | None:
    """`void`, and where one of the bands was not measured: the second half of the work."""
    for rows in row_strips(values.shape):
        check()
        progressed((1 + rows.start / len(values)) / 2)
        unknown = levels.unknown(values[rows])
        if unknown is None:
            continue
        if void is None:
            void = np.zeros(values.shape[:2], bool)
        void[rows] |= unknown.any(axis=-1) if unknown.ndim == 3 else unknown
    return void


def over_grey(values: np.ndarray) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """8-bit pixels (h, w), (h, w, 3) or (h, w, 4) as RGB over grey, and where there are none.

    Parameters
    ----------
    values : ndarray of uint8
    """
    if values.ndim == 2:
        return np.repeat(values[..., None], 3, -1), None
    if values.shape[-1] < 4:
        colours = values if values.shape[-1] == 3 else np.repeat(values[..., :1], 3, -1)
        return np.ascontiguousarray(colours), None
    image = np.empty((*values.shape[:2], 3), np.uint8)
    for rows in row_strips(values.shape):
        part = values[rows].astype(np.uint32)
        alpha = part[..., 3:]
        image[rows] = (part[..., :3] * alpha + 128 * (255 - alpha) + 127) // 255
    clear = values[..., 3] == 0
    return image, clear if clear.any() else None


def without_nodata(
    image: NDArray[np.uint8], nodata: float | None, void: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    """`void`, and where all bands of 8 bits (H, W, 3) are `nodata`; there `image` becomes grey.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        Changed in place.
    nodata : float or None
    void : ndarray of bool (H, W) or None
        Where there is nothing beside that.
    """
    if nodata not in range(256):
        return void
    for rows in row_strips(image.shape):
        nowhere = (image[rows] == int(nodata or 0)).all(axis=-1)
        if not nowhere.any():
            continue
        if void is None:
            void = np.zeros(image.shape[:2], bool)
        void[rows] |= nowhere
        image[rows][nowhere] = 128
    return void


def void_note(void: np.ndarray | None, why: str) -> str:
    """What has to be said of where there is no picture; empty where it is whole."""
    if void is None or not void.any():
        return ""
    share = void.mean()
    said = f"{share:.0%}".replace("%", " %") if share >= 0.01 else "under 1 %"
    return f"{said} of the picture is {why}: void"
