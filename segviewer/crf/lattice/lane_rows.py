"""Rows of float32 numbers as arrays: how many numbers a vector takes, and where rows may lie."""

from __future__ import annotations

import numpy as np

WIDTH = 8
"""Numbers of a vector; a row is filled up to whole vectors."""

LINE = 64
"""Bytes of a cache line."""

LOWEST_EXPONENT, HIGHEST_EXPONENT = -60.0, 80.0
"""`exponential` returns exactly 0 below the lowest: e^-60 is 9e-27, and numbers close to the
smallest float32 would make the processor slow in every later product. It takes the highest for
all that is above it; e^80 is 6e34."""


def aligned_rows(count: int, lanes: int) -> np.ndarray:
    """Uninitialised float32 (count, lanes) at an address that vectors do not straddle.

    numpy promises 16 bytes; a vector of 32 bytes that lies across two cache lines costs twice.
    """
    spare = LINE // 4
    flat = np.empty(count * lanes + spare, np.float32)
    offset = -flat.ctypes.data % LINE // 4
    return flat[offset : offset + count * lanes].reshape(count, lanes)
