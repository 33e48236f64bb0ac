"""Labels of a picture that is never in memory as a whole: overlapping windows, blended.

The picture is gone through in stripes from left to right, each from above to below. Of a stripe
only the rows that a window covers are kept as sums of probabilities, so that what is needed
depends neither on height nor width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Window = tuple[int, int, int, int]
"""Top, bottom, left, right."""

BLEND_BYTES = 512 << 20
"""Bytes that sums of probabilities take, but for windows that are larger alone."""

PART_BYTES = 32 << 20
"""Of what is done so much is handed over at once, so that what is made of it stays small."""


@dataclass(frozen=True)
class Windows:
    """How a picture is cut.

    Attributes
    ----------
    height, width : int
        Of the picture.
    side : int
        Of a window; less where the picture is smaller.
    overlap : int
        Pixels that neighbours share.
    """

    height: int
    width: int
    side: int
    overlap: int

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.side:
            raise ValueError("windows overlap by less than their side")

    def rows(self) -> list[int]:
        """First rows of the windows."""
        return _starts(self.height, self.side, self.overlap)

    def columns(self) -> list[int]:
        """First columns of the windows."""
        return _starts(self.width, self.side, self.overlap)

    def middles(self) -> list[tuple[Window, Window]]:
        """Each window, and what of it is nearer to its own middle than to its neighbours'.

        The latter cover the picture once.
        """
        tall, wide = min(self.side, self.height), min(self.side, self.width)
        return [
            ((top, top + tall, left, left + wide), (*rows, *columns))
            for top, rows in _middles(self.rows(), tall, self.height)
            for left, columns in _middles(self.columns(), wide, self.width)
        ]

    def stripes(self, num_classes: int, most_bytes: int = BLEND_BYTES) -> list[tuple[int, int]]:
        """(left, right) of stripes whose sums of `num_classes` probabilities fit into memory."""
        tall = min(self.side, self.height)
        wide = most_bytes // (4 * (num_classes + 1) * tall)
        wide = max(self.side, wide - wide % max(1, self.side - self.overlap))
        return [(left, min(left + wide, self.width)) for left in range(0, self.width, wide)]

    def bytes_kept(self, num_classes: int, most_bytes: int = BLEND_BYTES) -> int:
        """Bytes that are held while `num_classes` probabilities are blended: sums and a part."""
        widest = max(right - left for left, right in self.stripes(num_classes, most_bytes))
        row = 4 * (num_classes + 1) * widest
        return row * min(self.side, self.height) + max(row, PART_BYTES)

    def count(self, num_classes: int, most_bytes: int = BLEND_BYTES) -> int:
        """How many windows are run; those between two stripes twice."""
        wide = min(self.side, self.width)
        columns = sum(
            left < stop and left + wide > start
            for start, stop in self.stripes(num_classes, most_bytes)
            for left in self.columns()
        )
        return columns * len(self.rows())


def label_windows(
    windows: Windows,
    num_classes: int,
    probs_of: Callable[[Window], NDArray[np.float32]],
    most_bytes: int = BLEND_BYTES,
) -> Iterator[tuple[Window, NDArray[np.float32]]]:
    """Blended probabilities, part by part.

    Parameters
    ----------
    windows : Windows
    num_classes : int
        K.
    probs_of : callable (window)
        Runs the network: float32 (K, h, w).
    most_bytes : int
        For the sums.

    Yields
    ------
    window : (int, int, int, int)
        Rows and columns that are done; each pixel once.
    probs : ndarray of float32 (K, h, w)
        Means weighted by the distance from each window's border. A view, which holds until the
        next.
    """
    tall, wide = min(windows.side, windows.height), min(windows.side, windows.width)
    ramp = blend_weights(tall, wide, windows.overlap)
    rows, stripes = windows.rows(), windows.stripes(num_classes, most_bytes)
    widest = max(stop - start for start, stop in stripes)
    sums = np.zeros((num_classes + 1, tall, widest), np.float32)  # the last are the weights
    for start, stop in stripes:
        columns = [left for left in windows.columns() if left < stop and left + wide > start]
        total, weight = sums[:-1, :, : stop - start], sums[-1, :, : stop - start]
        at_once = max(1, PART_BYTES // (4 * num_classes * (stop - start)))
        for number, top in enumerate(rows):
            for left in columns:
                probs = probs_of((top, top + tall, left, left + wide))
                first, last = max(left, start), min(left + wide, stop)
                here, there = slice(first - start, last - start), slice(first - left, last - left)
                for summed, plane in zip(total, probs, strict=True):
                    summed[:, here] += plane[:, there] * ramp[:, there]
                weight[:, here] += ramp[:, there]
            done = (rows[number + 1] if number + 1 < len(rows) else windows.height) - top
            for first in range(0, done, at_once):
                part = slice(first, min(first + at_once, done))
                total[:, part] /= weight[part]
                yield (top + part.start, top + part.stop, start, stop), total[:, part]
            _move_up(sums, done)


def blend_weights(height: int, width: int, overlap: int) -> NDArray[np.float32]:
    """Weight of each pixel of a window: up to 1 over `overlap` pixels from its border.

    Parameters
    ----------
    height, width, overlap : int
        Pixels.

    Returns
    -------
    ndarray of float32 (height, width)
    """
    return np.minimum.outer(_ramp(height, overlap), _ramp(width, overlap))


def _move_up(planes: NDArray[np.float32], rows: int) -> None:
    """Move planes (K, h, w) up by `rows`, zeros below; by so many at once nothing is copied."""
    tall = planes.shape[1]
    for plane in planes:
        for first in range(0, tall - rows, rows):
            count = min(rows, tall - rows - first)
            plane[first : first + count] = plane[first + rows : first + rows + count]
        plane[tall - rows :] = 0


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    step = side - overlap
    count = -(-(length - overlap) // step)
    return [min(place * step, length - side) for place in range(count)]


def _middles(starts: list[int], side: int, length: int) -> list[tuple[int, tuple[int, int]]]:
    cuts = [(first + side + second) // 2 for first, second in pairwise(starts)]
    return list(zip(starts, zip([0, *cuts], [*cuts, length], strict=True), strict=True))


def _ramp(length: int, overlap: int) -> NDArray[np.float32]:
    from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1.0
    return np.minimum(from_edge / max(1, overlap), 1.0).astype(np.float32)
