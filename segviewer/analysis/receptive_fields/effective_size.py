"""Size of an effective receptive field: three definitions, profile lines and a Gaussian fit.

Luo, Li, Urtasun, Zemel 2016 call the pixels of at least 1 - 0.9545 of the centre's value the
field, and the root of their number its size (as remembered; the paper could not be read at
its source). With rates above 1 only some pixels are reached at all, and this number then
says too little; the smallest centred square that holds a share of the mass, and twice the
standard deviation to both sides, do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TWO_SIGMA = 0.9545  # share of a Gaussian within two standard deviations of its middle
LEVEL = 1 - TWO_SIGMA
NARROWEST = 0.3  # pixels of sigma: less is one pixel


@dataclass(frozen=True)
class GaussianFit:
    """``offset + height exp(-(x - mean)² / 2 sigma²)``, least squares.

    Attributes
    ----------
    mean, sigma : float
        Pixels; the mean lies in the profile and sigma is not above its length.
    height, offset : float
        In the profile's own unit, the height not negative; an offset is what image-level
        features give every pixel.
    explained : float
        Share of the profile's variance that the fit explains; NaN for a flat profile.
    """

    mean: float
    sigma: float
    height: float
    offset: float
    explained: float

    def values(self, length: int) -> np.ndarray:
        """The curve at pixels 0 .. length - 1."""
        x = np.arange(length) - self.mean
        curve: np.ndarray = self.offset + self.height * np.exp(-(x**2) / (2 * self.sigma**2))
        return curve


@dataclass(frozen=True)
class EffectiveSize:
    """What is measured of one field.

    Attributes
    ----------
    y, x : int
        The unit's pixel in the picture.
    reached : int
        Pixels whose value is not 0.
    area_side : float
        Root of the number of pixels above `LEVEL` of the value at (y, x), or of the largest where
        that is 0.
    box_side : int or None
        Side of the smallest square about (y, x) that holds `share` of the mass, odd; parts
        outside the picture count as empty. None where there is no mass.
    share : float
    two_sigma_side : float
        From -2 to +2 standard deviations of the fit, the geometric mean of rows and columns.
    row_line, column_line : ndarray (w,), (h,)
        Values along the row and the column through (y, x).
    row_sum, column_sum : ndarray (w,), (h,)
        Sums over rows (a profile across) and over columns (a profile down); fitted.
    across, down : GaussianFit
    """

    y: int
    x: int
    reached: int
    area_side: float
    box_side: int | None
    share: float
    two_sigma_side: float
    row_line: np.ndarray
    column_line: np.ndarray
    row_sum: np.ndarray
    column_sum: np.ndarray
    across: GaussianFit
    down: GaussianFit

    def ratio(self, theoretical_side: int | None) -> float | None:
        """`box_side` over the side of the theoretical field; None where that is no number."""
        if not theoretical_side or self.box_side is None:
            return None
        return self.box_side / theoretical_side


def measure(field: np.ndarray, y: int, x: int, share: float = TWO_SIGMA) -> EffectiveSize:
    """Measure a field.

    Parameters
    ----------
    field : ndarray (H, W)
        Not negative.
    y, x : int
        The unit's pixel in the picture, about which squares are centred.
    share : float
        Of the mass that the square is to hold, above 0 and at most 1.
    """
    field = np.asarray(field, np.float64)
    centre = float(field[y, x]) or float(field.max())
    above = int((field > LEVEL * centre).sum())
    row_sum, column_sum = field.sum(0), field.sum(1)
    across, down = fit_gaussian(row_sum), fit_gaussian(column_sum)
    return EffectiveSize(
        y=y,
        x=x,
        reached=int(np.count_nonzero(field)),
        area_side=math.sqrt(above),
        box_side=box_side(field, y, x, share),
        share=share,
        two_sigma_side=4 * math.sqrt(across.sigma * down.sigma),
        row_line=field[y],
        column_line=field[:, x],
        row_sum=row_sum,
        column_sum=column_sum,
        across=across,
        down=down,
    )


def box_side(field: np.ndarray, y: int, x: int, share: float) -> int | None:
    """Side of the smallest square about (y, x) with at least `share` of the mass of `field`.

    Parameters
    ----------
    field : ndarray (H, W)
        Not negative.
    y, x : int
        The middle, pixels.
    share : float
        0 to 1.
    """
    height, width = field.shape
    rows, columns = np.abs(np.arange(height) - y), np.abs(np.arange(width) - x)
    ring = np.maximum.outer(rows, columns)
    mass = np.bincount(ring.ravel(), weights=field.ravel()).cumsum()
    if mass[-1] <= 0:
        return None
    return 2 * int(np.searchsorted(mass, share * mass[-1] * (1 - 1e-12))) + 1


def spread(profile: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a profile taken as a distribution; NaN for an empty one."""
    total = profile.sum()
    if total <= 0:
        return math.nan, math.nan
    x = np.arange(len(profile))
    mean = float((profile * x).sum() / total)
    return mean, float(math.sqrt((profile * (x - mean) ** 2).sum() / total))


def fit_gaussian(profile: NDArray[np.float64], steps: int = 60) -> GaussianFit:
    """Fit a Gaussian on a constant by damped least squares (Levenberg, Marquardt).

    Parameters
    ----------
    profile : ndarray of float64 (n,)
    steps : int
        At most so many.

    Returns
    -------
    GaussianFit
        Sigma 0 and height 0 for an empty or constant profile.
    """
    largest, low = float(profile.max()), float(profile.min())
    if largest - low <= 1e-12 * largest or largest <= 0:
        return GaussianFit(len(profile) / 2 - 0.5, 0.0, 0.0, low, math.nan)
    y = (profile - low) / (largest - low)
    x = np.arange(len(profile), dtype=np.float64)
    mean, sigma = spread(np.maximum(y - 0.05, 0))
    top = int(np.convolve(y, np.ones(min(9, len(y))), "same").argmax())
    # A low wide bell under a high narrow one has two valleys of error: begin in both.
    starts = [(mean, sigma), (top, sigma / 4), (top, 2.0)]
    error, now = min((_descend(x, y, *start, steps) for start in starts), key=lambda f: f[0])
    variance = float(((y - y.mean()) ** 2).sum())
    scale = largest - low
    return GaussianFit(
        mean=float(now[0]),
        sigma=float(math.exp(now[1])),
        height=float(now[2] * scale),
        offset=float(now[3] * scale + low),
        explained=1 - error / variance,
    )


def _descend(
    x: np.ndarray, y: np.ndarray, mean: float, sigma: float, steps: int
) -> tuple[float, np.ndarray]:
    """Least error, and mean, log sigma, height and offset there."""
    now = np.array([mean, math.log(max(sigma, NARROWEST)), 1.0, 0.0])
    residual, jacobian = _residual(now, x, y)
    error, damping = float(residual @ residual), 1e-3
    for _ in range(steps):
        normal = jacobian.T @ jacobian
        normal[np.diag_indices(4)] *= 1 + damping
        normal[np.diag_indices(4)] += 1e-12
        trial = now + np.linalg.solve(normal, -jacobian.T @ residual)
        # Beside the border half a bell is seen, and its middle would run away; a hollow is
        # no field.
        trial[0] = min(max(trial[0], 0), len(x) - 1)
        trial[1] = min(max(trial[1], math.log(NARROWEST)), math.log(len(x)))
        trial[2] = max(trial[2], 0)
        residual_then, jacobian_then = _residual(trial, x, y)
        error_then = float(residual_then @ residual_then)
        if error_then < error:
            settled = error - error_then <= 1e-10 * error
            now, residual, jacobian, error = trial, residual_then, jacobian_then, error_then
            damping = max(damping / 4, 1e-9)
            if settled:
                break
        else:
            damping *= 4
            if damping > 1e9:
                break
    return error, now


def _residual(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, sigma, height, offset = at[0], math.exp(at[1]), at[2], at[3]
    away = (x - mean) / sigma
    bell = np.exp(-(away**2) / 2)
    slope = height * bell * away
    jacobian = np.stack([slope / sigma, slope * away, bell, np.ones_like(x)], 1)
    return offset + height * bell - y, jacobian
