"""What `vector_lanes` does, in numba alone: slow, for where hand-built code does not compile.

A row is an array here. Results differ from the vectors' in rounding only: a product and a sum are
rounded twice, and the exponential is the exact one.
"""

from __future__ import annotations

import math

import numpy as np

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lane_rows import HIGHEST_EXPONENT, LOWEST_EXPONENT, WIDTH

_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel()
def load(array: np.ndarray, index: int, vectors: int) -> np.ndarray:
    """Row from an array.

    Parameters
    ----------
    array : ndarray of float32
        C-ordered.
    index : int
        Of its first number, as if flat.
    vectors : int
        Vectors of 8 numbers that make the row.
    """
    row: np.ndarray = array.reshape(-1)[index : index + vectors * WIDTH].copy()
    return row


@kernel()
def store(array: np.ndarray, index: int, row: np.ndarray) -> None:
    """Write a row into an array.

    Parameters
    ----------
    array : ndarray of float32
        C-ordered.
    index : int
        Of its first number, as if flat.
    row : ndarray of float32
    """
    array.reshape(-1)[index : index + len(row)] = row


@kernel()
def prefetch(array: np.ndarray, index: int, count: int) -> None:
    """Nothing: memory is asked for when it is needed.

    Parameters
    ----------
    array : ndarray of float32
        C-ordered.
    index : int
        Of its first number, as if flat.
    count : int
        Numbers.
    """


@kernel()
def fetch(array: np.ndarray, index: int) -> float:
    """One number of C-ordered `array` (as if flat)."""
    return array.reshape(-1)[index]


@kernel()
def zeros(vectors: int) -> np.ndarray:
    """Row of zeros."""
    return np.zeros(vectors * WIDTH, np.float32)


@kernel()
def add_scaled(total: np.ndarray, factor: float, row: np.ndarray) -> np.ndarray:
    """total + factor · row.

    Parameters
    ----------
    total, row : ndarray of float32
    factor : float
    """
    return total + np.float32(factor) * row


@kernel()
def add_product(total: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """total + a · b, number by number.

    Parameters
    ----------
    total, a, b : ndarray of float32
    """
    return total + a * b


@kernel()
def add(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a + b, number by number."""
    return a + b


@kernel()
def subtract(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a - b, number by number."""
    return a - b


@kernel()
def divide(row: np.ndarray, divisor: float) -> np.ndarray:
    """row / divisor."""
    return row / np.float32(divisor)


@kernel()
def nearest(row: np.ndarray) -> np.ndarray:
    """Nearest whole numbers, halves to the even one."""
    whole = np.empty_like(row)
    for i in range(len(row)):
        whole[i] = np.rint(row[i])
    return whole


@kernel()
def below(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """1 where a < b, else 0."""
    found = np.empty_like(a)
    for i in range(len(a)):
        found[i] = _ONE if a[i] < b[i] else _ZERO
    return found


@kernel()
def shift(row: np.ndarray, offset: float) -> np.ndarray:
    """row + offset."""
    return row + np.float32(offset)


@kernel()
def scale(row: np.ndarray, factor: float) -> np.ndarray:
    """row · factor."""
    return row * np.float32(factor)


@kernel()
def total(row: np.ndarray) -> float:
    """Sum of all numbers, added in the order of the vectors."""
    sums = row[:WIDTH].copy()
    for i in range(WIDTH, len(row)):
        sums[i % WIDTH] += row[i]
    half = WIDTH // 2
    while half:
        for i in range(half):
            sums[i] += sums[i + half]
        half //= 2
    return sums[0]


@kernel()
def largest(row: np.ndarray) -> float:
    """Largest number; NaN is not looked for."""
    found = row[0]
    for i in range(len(row)):
        found = max(found, row[i])
    return found


@kernel()
def transpose(
    source: np.ndarray,
    start: int,
    stride: int,
    target: np.ndarray,
    place: int,
    spacing: int,
    count: int,
) -> None:
    """Copy 8 × 8 numbers the other way round.

    ``target[place + j * spacing + i] = source[start + i * stride + j]`` for i from 0 to 7 and j
    from 0 to the smaller of 7 and `count` - 1; both arrays as if flat.

    Parameters
    ----------
    source, target : ndarray of float32
    start, stride, place, spacing, count : int
        Numbers, see above.
    """
    given, out = source.reshape(-1), target.reshape(-1)
    for j in range(min(WIDTH, count)):
        for i in range(WIDTH):
            out[place + j * spacing + i] = given[start + i * stride + j]


@kernel()
def exponential(row: np.ndarray) -> np.ndarray:
    """e^row between the two bounds of `lane_rows`."""
    found = np.empty_like(row)
    for i in range(len(row)):
        value = min(row[i], HIGHEST_EXPONENT)
        found[i] = 0.0 if value < LOWEST_EXPONENT else math.exp(value)
    return found
