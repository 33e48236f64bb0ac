"""OKLab, and how a colour looks to colour-blind eyes: the ruler by which colours are chosen.

OKLab: B. Ottosson, "A perceptual color space for image processing", 2020.
Colour blindness: Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency", 2009, severity 1.0.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
VISIONS = tuple(_VISIONS)
"""Names of the four kinds of vision that :func:`seen_as` knows; the first is the usual one."""


def linear_rgb(colours: np.ndarray) -> np.ndarray:
    """sRGB values 0..255 (..., 3) as linear light 0..1, float64."""
    values = np.asarray(colours, np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light (..., 3) as sRGB uint8; what no screen can show is clipped."""
    values = np.clip(linear, 0, 1)
    curved = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    colours: np.ndarray = np.rint(curved * 255).astype(np.uint8)
    return colours


def oklab(colours: np.ndarray) -> np.ndarray:
    """sRGB values 0..255 (..., 3) as OKLab (L, a, b), float64; L runs from 0 to 1."""
    return _oklab_from_linear(linear_rgb(colours))


def srgb_from_oklab(lab: np.ndarray) -> np.ndarray:
    """OKLab (..., 3) as sRGB uint8, clipped to what a screen can show."""
    lms = np.asarray(lab, np.float64) @ np.linalg.inv(_LAB_FROM_LMS).T
    return srgb(lms**3 @ np.linalg.inv(_LMS_FROM_RGB).T)


def seen_as(colours: np.ndarray, vision: str) -> np.ndarray:
    """OKLab of sRGB colours 0..255 (..., 3) as eyes of one of :data:`VISIONS` see them."""
    seen = np.clip(linear_rgb(colours) @ _VISIONS[vision].T, 0, 1)
    return _oklab_from_linear(seen)


def _oklab_from_linear(linear: np.ndarray) -> np.ndarray:
    lab: np.ndarray = np.cbrt(linear @ _LMS_FROM_RGB.T) @ _LAB_FROM_LMS.T
    return lab


ALIKE = 0.06
"""Distance in OKLab below which two class colours are taken for each other over a photograph.

The safe palettes keep 0.076 and more for up to 21 classes in all four visions; the usual colours
of CamVid come down to 0.029 (building and pedestrian with deuteranopia)."""


def alike(colours: np.ndarray, vision: str) -> list[tuple[int, int]]:
    """Pairs of colours that eyes of one of :data:`VISIONS` take for each other, the closest first.

    Parameters
    ----------
    colours : (n, 3) array
        sRGB, 0..255.
    vision : str

    Returns
    -------
    list of (int, int)
        Indices, the smaller first.
    """
    lab = seen_as(np.asarray(colours).reshape(-1, 3), vision)
    first, second = np.triu_indices(len(lab), 1)
    distances = np.linalg.norm(lab[first] - lab[second], axis=-1)
    order = np.argsort(distances, kind="stable")
    return [(int(first[i]), int(second[i])) for i in order if distances[i] < ALIKE]


def simulated(image: np.ndarray, vision: str) -> np.ndarray:
    """A picture as eyes of one of :data:`VISIONS` see it.

    Parameters
    ----------
    image : (H, W, 3) array, uint8
    vision : str

    Returns
    -------
    (H, W, 3) array, uint8
        Within one grey level of the exact values: both curves are looked up.
    """
    seen = _linear_levels()[image] @ _VISIONS[vision].T.astype(np.float32)
    np.clip(seen, 0, 1, out=seen)
    seen *= _STEPS
    found: np.ndarray = _srgb_levels()[seen.astype(np.uint16)]
    return found


_STEPS = 8191


@cache
def _linear_levels() -> np.ndarray:
    """Linear light (256,), float32, of every value of a channel."""
    return linear_rgb(np.arange(256)).astype(np.float32)


@cache
def _srgb_levels() -> np.ndarray:
    """Values of a channel (8192,), uint8, of linear light in equal steps."""
    return srgb((np.arange(_STEPS + 1) + 0.5) / (_STEPS + 1))
