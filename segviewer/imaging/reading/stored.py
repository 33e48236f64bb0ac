"""A picture's values as its file stores them, upright; what is seen is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segviewer.imaging.reading.header import PictureHeader, nothing
from segviewer.imaging.reading.levels import Levels, levels_of
from segviewer.imaging.reading.strips import STRIP_PIXELS


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """What was read of one page of a file.

    Attributes
    ----------
    values : ndarray (H, W) or (H, W, 3)
        Upright; one band, or red, green and blue. Of 8 bits always uint8 (H, W, 3).
    header : PictureHeader
    levels : Levels or None
        What becomes black and white; None where 8 bits are shown as they are.
    void : ndarray of bool (H, W) or None
        Where there is no picture: fully transparent, or marked as not measured.
    kind : str
        What the values are, e.g. ``16 bits``.
    notes : tuple of str
        What a person would not assume: further pages, which bands.
    """

    values: np.ndarray
    header: PictureHeader
    levels: Levels | None = None
    void: NDArray[np.bool_] | None = None
    kind: str = ""
    notes: tuple[str, ...] = field(default=())

    def image(self, check: Callable[[], None] = nothing) -> NDArray[np.uint8]:
        """As it is seen: uint8 RGB (H, W, 3), C-contiguous."""
        if self.levels is None:
            return self.values
        image = np.empty((*self.values.shape[:2], 3), np.uint8)
        for rows in row_strips(self.values.shape):
            check()
            shown = self.levels.shown(self.values[rows])
            image[rows] = shown if shown.ndim == 3 else shown[..., None]
        return image

    def all_notes(self) -> tuple[str, ...]:
        """All that has to be said of it."""
        stretched = self.levels.note(self.kind) if self.levels is not None else ""
        measured = self.levels is not None
        void = void_note(self.void, "not measured" if measured else "transparent")
        return tuple(note for note in (*self.notes, stretched, void) if note)


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
    levels: Levels | None = None,
    check: Callable[[], None] = nothing,
) -> StoredPicture:
    """A picture of measured values, its levels found in them.

    Parameters
    ----------
    values : ndarray (H, W) or (H, W, 3)
        Numbers of any kind but complex ones; upright.
    header : PictureHeader
    full : float
        The largest value of the format, as :func:`segviewer.imaging.reading.levels.levels_of`
        takes it.
    kind : str
        See :class:`StoredPicture`.
    nodata : float, optional
        The value that means that nothing was measured.
    void : ndarray of bool (H, W), optional
        Where there is nothing beside that.
    levels : Levels, optional
        The file's own.
    """

    def parts() -> Iterator[np.ndarray]:
        for rows in row_strips(values.shape):
            check()
            part = values[rows]
            yield part if void is None else part[~void[rows]]

    if levels is None:
        levels = levels_of(parts(), full, values.size, nodata)
    return StoredPicture(values, header, levels, _with_unknown(void, values, levels), kind, notes)


def _with_unknown(
    void: NDArray[np.bool_] | None, values: np.ndarray, levels: Levels
) -> NDArray[np.bool_] | None:
    """`void`, and where one of the bands was not measured."""
    for rows in row_strips(values.shape):
        unknown = levels.unknown(values[rows])
        if unknown is None:
            continue
        if void is None:
            void = np.zeros(values.shape[:2], bool)
        void[rows] |= unknown.any(axis=-1) if unknown.ndim == 3 else unknown
    return void


def void_note(void: np.ndarray | None, why: str) -> str:
    """What has to be said of where there is no picture; empty where it is whole."""
    if void is None or not void.any():
        return ""
    share = void.mean()
    said = f"{share:.0%}".replace("%", " %") if share >= 0.01 else "under 1 %"
    return f"{said} of the picture is {why}: void"
