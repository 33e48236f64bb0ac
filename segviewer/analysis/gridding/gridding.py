"""Gridding, seen: how much of a feature map is a grid of period r.

A convolution of rate r never lets cells meet that differ modulo r. Where the r x r cosets
then drift apart, the map shows a grid. The measures are engineering definitions of this
program:

- coset energy: variance between the means of the r² cosets / variance of the map;
- parity energy: the same for r = 2;
- peaks: magnitude of the Fourier transform at (a/r, b/r), over the median around it.

The cosets' signs follow what is in the picture, so that over a large map their means even
out; `window` looks for the grid in pieces and averages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segviewer.errors import SettingsError

Probe = Literal["step", "delta", "noise"]


@dataclass(frozen=True)
class CosetEnergy:
    """Share of the variance that lies between cosets.

    Attributes
    ----------
    energy : float
        0: no grid, 1: nothing but a grid; NaN where the map is constant.
    by_channel : ndarray of float64 (C,)
        The same for each channel, NaN where it is constant.
    by_chance : float
        What white noise would give, (r² - 1) / (places - 1) of a window.
    """

    energy: float
    by_channel: NDArray[np.float64]
    by_chance: float


def coset_energy(maps: np.ndarray, rate: int, window: int | None = None) -> CosetEnergy:
    """Between-coset variance over total variance.

    Parameters
    ----------
    maps : ndarray (C, h, w)
        Cut to whole multiples of `rate`, so that all cosets have the same number of cells.
        Channels count by their variance.
    rate : int
        Period r of the grid.
    window : int or None
        Side of the pieces that are looked at one by one; rounded down to a multiple of
        `rate` and at least 2 `rate`. None: the whole map at once.

    Raises
    ------
    SettingsError
        If the map is narrower than two periods.
    """
    height, width = _checked(maps, rate)
    rows, columns = height - height % rate, width - width % rate
    if window is None:
        piece_rows, piece_columns = rows, columns
    else:
        side = max(2 * rate, window - window % rate)
        piece_rows, piece_columns = min(side, rows), min(side, columns)
    down, across = rows // piece_rows, columns // piece_columns
    cut = maps[:, : down * piece_rows, : across * piece_columns].astype(np.float64)
    # (C, pieces down, cells down, row in cell, pieces across, cells across, column in cell)
    cells = cut.reshape(
        len(maps), down, piece_rows // rate, rate, across, piece_columns // rate, rate
    )
    cells = cells - cells.mean((2, 3, 5, 6), keepdims=True)
    between = (cells.mean((2, 5)) ** 2).mean((2, 4)).sum((1, 2))
    total = (cells**2).mean((2, 3, 5, 6)).sum((1, 2))
    # What rounding leaves of a constant is no variance.
    total[total <= 1e-12 * down * across * (cut**2).mean((1, 2))] = 0
    shares = np.divide(between, total, out=np.full(len(maps), np.nan), where=total > 0)
    whole = float(total.sum())
    return CosetEnergy(
        float(between[total > 0].sum()) / whole if whole else float("nan"),
        shares,
        (rate * rate - 1) / (piece_rows * piece_columns - 1),
    )


def parity_energy(maps: np.ndarray, window: int | None = None) -> CosetEnergy:
    """Coset energy of period 2: even against odd rows and columns."""
    return coset_energy(maps, 2, window)


@dataclass(frozen=True)
class Peak:
    """One frequency of the grid.

    Attributes
    ----------
    vertical, horizontal : float
        Cycles per place, -1/2 .. 1/2.
    row, column : int
        Where it lies in `Spectrum.magnitude`.
    relative : float
        Magnitude over the median around it; about 1 in a map without a grid.
    """

    vertical: float
    horizontal: float
    row: int
    column: int
    relative: float


@dataclass(frozen=True)
class Spectrum:
    """Magnitude of the Fourier transform.

    Attributes
    ----------
    magnitude : ndarray of float64 (h', w')
        Root mean square over the channels, frequency 0 in the middle; the sides are the
        largest multiples of the period.
    peaks : tuple of Peak
        The r² - 1 frequencies (a/r, b/r), strongest first.
    """

    magnitude: NDArray[np.float64]
    peaks: tuple[Peak, ...]

    @property
    def strongest(self) -> float:
        """Largest `relative`; 1 where there is no period."""
        return self.peaks[0].relative if self.peaks else 1.0


def spectrum(maps: np.ndarray, rate: int) -> Spectrum:
    """Spectrum of a feature map, and its peaks of period `rate`.

    Parameters
    ----------
    maps : ndarray (C, h, w)
        Each channel less its mean, under a Hann window: a map does not go on beyond its
        border as it begins, and would show a cross.
    rate : int
        Period r; 1 has no peaks.

    Raises
    ------
    SettingsError
        If the map is narrower than two periods.
    """
    height, width = _checked(maps, rate)
    # On whole multiples the frequencies a/r fall on cells of the transform.
    height, width = height - height % rate, width - width % rate
    cut = maps[:, :height, :width].astype(np.float64)
    cut = cut - cut.mean((1, 2), keepdims=True)
    cut = cut * np.outer(_hann(height), _hann(width))
    power = np.abs(np.fft.rfft2(cut)) ** 2
    half = np.sqrt(power.mean(0))
    magnitude = np.fft.fftshift(_whole(half, width))
    peaks = []
    for a in range(rate):
        for b in range(rate):
            if a or b:
                row = (a * height // rate + height // 2) % height
                column = (b * width // rate + width // 2) % width
                peaks.append(
                    Peak(
                        (row - height // 2) / height,
                        (column - width // 2) / width,
                        row,
                        column,
                        _over_surroundings(magnitude, row, column, rate),
                    )
                )
    return Spectrum(magnitude, tuple(sorted(peaks, key=lambda peak: -peak.relative)))


def probe(kind: Probe, height: int, width: int, seed: int = 0) -> np.ndarray:
    """A picture that shows a grid plainly: float32 (height, width), 0 .. 1.

    A step is dark on the left and light on the right, a delta is one light pixel in the
    middle, noise is even from 0 to 1.

    Parameters
    ----------
    kind : {"step", "delta", "noise"}
    height, width : int
    seed : int
        Of the noise.
    """
    picture = np.zeros((height, width), np.float32)
    if kind == "step":
        picture[:, width // 2 :] = 1
    elif kind == "delta":
        picture[height // 2, width // 2] = 1
    elif kind == "noise":
        picture = np.random.default_rng(seed).random((height, width), np.float32)
    else:
        raise ValueError(kind)
    return picture


def _checked(maps: np.ndarray, rate: int) -> tuple[int, int]:
    height, width = maps.shape[-2:]
    if rate < 1 or maps.ndim != 3 or min(height, width) < 2 * rate:
        raise SettingsError(
            f"A grid of period {rate} cannot be measured on this map.",
            f"It has {' × '.join(map(str, maps.shape))} numbers, and a grid shows on a map of "
            "at least two periods.",
            "Choose a smaller period, an earlier layer or a larger picture.",
        )
    return height, width


def _hann(size: int) -> np.ndarray:
    return np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2


def _whole(half: np.ndarray, width: int) -> np.ndarray:
    """All columns of a transform of real numbers: |F(-y, -x)| = |F(y, x)|."""
    mirrored = half[-np.arange(len(half)), :][:, (width - 1) // 2 : 0 : -1]
    return np.concatenate([half, mirrored], 1)


def _over_surroundings(magnitude: np.ndarray, row: int, column: int, rate: int) -> float:
    """Value over the median of the square around it, less the window's own spread."""
    height, width = magnitude.shape
    reach = max(2, min(height, width) // (3 * rate))
    steps = np.arange(-reach, reach + 1)
    around = magnitude.take((row + steps) % height, 0).take((column + steps) % width, 1)
    near = np.abs(steps) <= 1  # Hann spreads a frequency over its neighbours
    level = np.median(around[~np.logical_and.outer(near, near)])
    value = magnitude[row, column]
    tiny = 1e-9 * max(float(magnitude.max()), 1e-30)
    return float((value + tiny) / (level + tiny))
