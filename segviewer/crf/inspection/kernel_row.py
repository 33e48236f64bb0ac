"""The two kernels as one pixel sees them: whose messages reach it, and what they weigh.

DeepLab v1, equation (2): exact Gaussian values over the picture (peak 1, whatever the weight), how
far one and two σ reach, and the same row as the lattice has it, normalised (`kernel_message`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.input_check import checked
from segviewer.crf.engines.weighted_kernels import KernelKind, weighted_kernels
from segviewer.crf.inspection.kernel_message import lattice_row
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError


@dataclass(frozen=True)
class Extent:
    """Rectangle around the circle of so many σ about a pixel.

    Attributes
    ----------
    sigmas : float
    radius : float
        Pixels.
    left, top, right, bottom : float
        Fractions of the picture; below 0 or above 1 where the circle reaches beyond it.
    cut : bool
        Whether the circle reaches beyond the picture.
    """

    sigmas: float
    radius: float
    left: float
    top: float
    right: float
    bottom: float
    cut: bool


def appearance_row(
    image: NDArray[np.uint8], pixel: tuple[int, int], xy_std: float, rgb_std: float
) -> NDArray[np.float32]:
    """exp(-|p_i - p_j|² / 2σα² - |I_i - I_j|² / 2σβ²) for all pixels j.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    pixel : tuple of int
        Row and column of i.
    xy_std, rgb_std : float
        σα, pixels; σβ, grey levels.

    Returns
    -------
    ndarray of float32 (H, W)
        Exactly 1 at the pixel itself.

    Raises
    ------
    SettingsError
        If the pixel lies outside the picture.
    """
    row, column = inside(pixel, image.shape[:2])
    difference = image.astype(np.float32) - image[row, column].astype(np.float32)
    exponent = (difference / np.float32(rgb_std)) ** 2
    exponent = exponent.sum(2) + _squares(image.shape[:2], row, column, xy_std)
    weights: np.ndarray = np.exp(-exponent / 2, dtype=np.float32)
    return weights


def smoothness_row(shape: tuple[int, int], pixel: tuple[int, int], xy_std: float) -> np.ndarray:
    """exp(-|p_i - p_j|² / 2σγ²): float32 (H, W), 1 at the pixel; see `appearance_row`.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    pixel : (int, int)
        Row and column.
    xy_std : float
        σγ, pixels.
    """
    row, column = inside(pixel, shape)
    return np.exp(-_squares(shape, row, column, xy_std) / 2, dtype=np.float32)


def lattice_rows(
    image: NDArray[np.uint8],
    pixel: tuple[int, int],
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> dict[KernelKind, np.ndarray]:
    """The rows that the engine in effect multiplies with: normalised, without θ.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    pixel : (int, int)
        Row and column.
    settings, normalisation, self_message, threads, kernels
        As in :func:`segviewer.crf.engines.mean_field_lattice.refine`.

    Returns
    -------
    dict of str to ndarray of float32 (H, W)
        ``θ1 Σ_j row[j] Q_j(l)`` is the appearance message. A kernel of weight 0 has no row.

    Raises
    ------
    SettingsError
        As :func:`segviewer.crf.engines.mean_field_lattice.refine`, or if the pixel lies outside.
    """
    height, width = np.shape(image)[:2]
    image, _ = checked(image, np.zeros((height * width, 1)), settings)
    row, column = inside(pixel, (height, width))
    with ThreadTeam(threads) as team:
        return {
            w.kind: lattice_row(w.kernel, row * width + column, team).reshape(height, width)
            for w in weighted_kernels(image, settings, team, kernels)
        }


def extents(
    shape: tuple[int, int],
    pixel: tuple[int, int],
    xy_std: float,
    sigmas: tuple[float, ...] = (1, 2),
) -> tuple[Extent, ...]:
    """How far so many σ reach about a pixel, in a picture of (height, width).

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    pixel : (int, int)
        Row and column.
    xy_std : float
        σ, pixels.
    sigmas : tuple of float
        How many σ.
    """
    height, width = shape
    row, column = inside(pixel, shape)
    found = []
    for number in sigmas:
        radius = number * xy_std
        left, right = column + 0.5 - radius, column + 0.5 + radius
        top, bottom = row + 0.5 - radius, row + 0.5 + radius
        found.append(
            Extent(
                number,
                radius,
                left / width,
                top / height,
                right / width,
                bottom / height,
                cut=left < 0 or top < 0 or right > width or bottom > height,
            )
        )
    return tuple(found)


def colour_one_std_apart(colour: np.ndarray, rgb_std: float) -> tuple[int, int, int]:
    """A grey step of length σβ from `colour`, towards the end that has more room.

    The kernel measures |I_i - I_j| over all three channels, so that each moves by σβ / √3; less
    where 0 or 255 stops it.
    """
    colour = np.asarray(colour, np.float64)
    step = rgb_std / np.sqrt(3)
    moved = colour + step if colour.mean() < 127.5 else colour - step
    red, green, blue = (int(c) for c in np.clip(np.rint(moved), 0, 255))
    return red, green, blue


def percent_of_diagonal(std: float, shape: tuple[int, int]) -> float:
    """A width in pixels as per cent of the diagonal of a picture of (height, width)."""
    return 100 * std / float(np.hypot(*shape))


def inside(pixel: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
    """Return row and column as int.

    Raises
    ------
    SettingsError
        If they lie outside a picture of (height, width).
    """
    row, column = (int(v) for v in pixel)
    height, width = shape
    if not (0 <= row < height and 0 <= column < width):
        raise SettingsError(
            "There is no such pixel.",
            f"Row {row}, column {column} lies outside the picture of {width}×{height}.",
            "Click into the picture.",
        )
    return row, column


def _squares(shape: tuple[int, int], row: int, column: int, std: float) -> np.ndarray:
    """|p_i - p_j|² / σ², float32 (H, W)."""
    down = ((np.arange(shape[0]) - row) / std) ** 2
    across = ((np.arange(shape[1]) - column) / std) ** 2
    return (down[:, None] + across[None, :]).astype(np.float32)
