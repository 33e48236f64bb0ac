"""Areas of a picture: the inside of polygons, and COCO's run lengths.

COCO's compressed run lengths are those of ``rleFrString`` in its ``maskApi.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from segviewer.imaging.reading.header import nothing

MOST_POINTS = 100_000  # of one polygon
_AT_ONCE = 2_000_000  # crossings of edges and rows in memory
_MOST_RUN_LETTERS = 7  # five bits each: a run is shorter than 2³¹


class AreaError(ValueError):
    """An area that cannot be one; its text is a sentence."""


def checked_points(points: object, shape: tuple[int, int]) -> np.ndarray:
    """The corners of a polygon, float64 (N, 2) as x and y.

    Parameters
    ----------
    points : object
        What a file holds: pairs, or x and y in turns.
    shape : (int, int)
        Height and width of the picture.

    Raises
    ------
    AreaError
        For what are no numbers, too many, or points further outside than the picture is large.
    """
    if not isinstance(points, list) or len(points) > 2 * MOST_POINTS:
        raise AreaError(f"A polygon is a list of at most {MOST_POINTS:,} points.")
    try:
        found = np.array(points, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise AreaError("A polygon's points are not pairs of numbers.") from None
    if found.ndim == 1 and len(found) % 2 == 0:
        found = found.reshape(-1, 2)
    if found.ndim != 2 or found.shape[1] != 2 or len(found) > MOST_POINTS:
        raise AreaError("A polygon's points are not pairs of numbers.")
    size = np.array(shape[::-1], np.float64)
    # Written so that what is no number is refused, too.
    bad = ~((found >= -size) & (found <= 2 * size)).all(1)
    if bad.any():
        x, y = found[bad][0]
        raise AreaError(
            f"A point of a polygon lies at ({x:g}, {y:g}), far outside its picture of "
            f"{shape[1]}×{shape[0]} pixels."
        )
    return found


def fill_polygon(
    labels: np.ndarray, points: np.ndarray, label: int, check: Callable[[], None] = nothing
) -> None:
    """Give `label` to all pixels whose centre lies in a polygon, by the even-odd rule.

    A pixel's centre is half a pixel from its corner, where labelme and COCO count from. A centre
    on an edge belongs to the area on its right or below it, so that neighbours that share an
    edge neither overlap nor leave a gap.

    Parameters
    ----------
    labels : ndarray of uint8 (H, W)
        Changed in place.
    points : ndarray of float64 (N, 2)
        Corners as x and y, from :func:`checked_points`.
    label : int
    check : callable
        Called often; what it raises ends the work.
    """
    if len(points) < 3:
        return
    height, width = labels.shape
    start, end = points, np.roll(points, -1, axis=0)
    low = np.minimum(start[:, 1], end[:, 1])
    high = np.maximum(start[:, 1], end[:, 1])
    first = np.clip(np.ceil(low - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(high - 0.5), 0, height).astype(np.int64)
    left = int(np.clip(np.floor(points[:, 0].min() - 0.5), 0, width))
    right = int(np.clip(np.ceil(points[:, 0].max() + 0.5), 0, width))
    top, bottom = int(first.min()), int(last.max())
    if bottom <= top or right <= left:
        return
    # One column more takes the edges that lie right of the picture.
    changes = np.zeros((bottom - top, right - left + 1), np.uint8)
    rows = last - first
    for part in _parts(rows):
        check()
        edge = np.repeat(np.arange(part.start, part.stop), rows[part])
        inside = np.arange(len(edge)) - np.repeat(np.cumsum(rows[part]) - rows[part], rows[part])
        row = first[edge] + inside
        slope = (row + 0.5 - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
        x = start[edge, 0] + slope * (end[edge, 0] - start[edge, 0])
        column = np.clip(np.ceil(x - 0.5), left, right).astype(np.int64)
        np.add.at(changes, (row - top, column - left), 1)
    # Modulo 256, which keeps odd and even apart.
    np.cumsum(changes, axis=1, dtype=np.uint8, out=changes)
    labels[top:bottom, left:right][(changes[:, :-1] & 1).astype(bool)] = label


def _parts(rows: np.ndarray) -> list[slice]:
    """Edges in groups that cross few rows together."""
    groups = np.cumsum(rows) // _AT_ONCE
    ends = [*(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(rows)]
    starts = [0, *ends[:-1]]
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


def area_of(points: np.ndarray) -> float:
    """The area of a polygon, float64 (N, 2), in pixels."""
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def decode_runs(size: object, counts: object, shape: tuple[int, int]) -> np.ndarray:
    """COCO's run lengths as a mask, bool (H, W).

    Parameters
    ----------
    size : object
        What the file holds: height and width, which must be `shape`.
    counts : object
        Run lengths down the columns, first of what is outside; numbers, or COCO's letters.
    shape : (int, int)
        Height and width of the picture.

    Raises
    ------
    AreaError
        If sizes differ or the runs are not as long as the picture is large.
    """
    if not isinstance(size, list) or size != list(shape):
        said = "×".join(str(one)[:12] for one in size[1::-1]) if isinstance(size, list) else "none"
        raise AreaError(
            f"Run lengths are of a size of {said}, and the picture has {shape[1]}×{shape[0]} "
            "pixels."
        )
    pixels = shape[0] * shape[1]
    runs = _runs(counts, pixels)
    total = sum(runs)
    if total != pixels:
        raise AreaError(f"Run lengths add up to {total:,}, and the picture has {pixels:,} pixels.")
    inside = np.arange(len(runs)) % 2 == 1
    area: np.ndarray = np.repeat(inside, runs).reshape(shape[1], shape[0]).T
    return area


def _runs(counts: object, pixels: int) -> Sequence[int]:
    runs = _decompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or len(runs) > pixels + 2:
        raise AreaError("Run lengths are neither a list of numbers nor COCO's letters.")
    if not all(type(run) is int and 0 <= run <= pixels for run in runs):
        raise AreaError("A run length is not a number of the picture's pixels.")
    return runs


def _decompressed(text: str) -> list[int]:
    """Five bits a letter from ``0`` on, the sixth: goes on; from the third on as differences."""
    runs: list[int] = []
    value = place = 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or place >= _MOST_RUN_LETTERS:
            raise AreaError("Run lengths hold a letter that COCO does not write.")
        value |= (code & 31) << (5 * place)
        place += 1
        if code & 32:
            continue
        if code & 16:
            value -= 1 << (5 * place)
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = place = 0
    if place:
        raise AreaError("Run lengths end in the middle of a number.")
    return runs
