"""The random scale, mirror, blur and crop that segmentation networks are trained with.

In the order of the DeepLab and PSPNet trainings: the picture is resized by a factor drawn
evenly from a range, mirrored or not, blurred or not, and a square is cut out of it; where
the picture is smaller than the square it is padded evenly first (with the mean colour, the
label there being 255).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

MEAN = (124, 116, 104)  # ImageNet's mean colour
BLUR = 1.1  # σ of the 5x5 Gaussian, pixels


@dataclass(frozen=True)
class Draw:
    """One random view.

    Attributes
    ----------
    scale : float
    mirrored, blurred : bool
    left, top : int
        Corner of the crop in the resized (and mirrored) picture, pixels; negative in padding.
    height, width : int
        Of the resized picture.
    crop : int
        Side of the square, pixels.
    """

    scale: float
    mirrored: bool
    blurred: bool
    left: int
    top: int
    height: int
    width: int
    crop: int

    @property
    def padding(self) -> float:
        """Share of the square that is padding."""
        across = min(self.left + self.crop, self.width) - max(self.left, 0)
        down = min(self.top + self.crop, self.height) - max(self.top, 0)
        return 1 - across * down / self.crop**2

    def source(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what is seen, as fractions of the photograph."""
        left, right = max(self.left, 0), min(self.left + self.crop, self.width)
        if self.mirrored:
            left, right = self.width - right, self.width - left
        top, bottom = max(self.top, 0), min(self.top + self.crop, self.height)
        return left / self.width, top / self.height, right / self.width, bottom / self.height


def draw_views(
    seed: int,
    number: int,
    size: tuple[int, int],
    crop: int,
    scales: tuple[float, float] = (0.5, 2.0),
    mirror: bool = True,
    blur: bool = False,
) -> tuple[Draw, ...]:
    """`number` random views of a picture of `size` (height, width).

    The first views of a seed stay the same whatever else is switched.

    Parameters
    ----------
    seed : int
    number : int
    size : (int, int)
        Height and width of the picture.
    crop : int
        Side of the square, pixels.
    scales : (float, float)
        Smallest and largest.
    mirror, blur : bool
        Half of the views are mirrored, or blurred.
    """
    random = np.random.default_rng(seed)
    views = []
    for _ in range(number):
        u = random.random(5)
        scale = scales[0] + (scales[1] - scales[0]) * u[0]
        height, width = (max(1, round(side * scale)) for side in size)
        corner: list[int] = []
        for side, share in ((width, u[3]), (height, u[4])):
            spare = side - crop
            # Padded evenly, there is one place for the crop.
            corner.append(int(share * (spare + 1)) if spare >= 0 else -((-spare) // 2))
        views.append(
            Draw(
                float(scale),
                bool(mirror and u[1] < 0.5),
                bool(blur and u[2] < 0.5),
                corner[0],
                corner[1],
                height,
                width,
                crop,
            )
        )
    return tuple(views)


def apply(image: np.ndarray, view: Draw) -> np.ndarray:
    """What the network is shown: uint8 (crop, crop, 3) of an image (H, W, 3)."""
    picture = Image.fromarray(image).resize((view.width, view.height), Image.Resampling.BILINEAR)
    if view.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if view.blurred:
        picture = picture.filter(ImageFilter.GaussianBlur(BLUR))
    canvas = Image.new("RGB", (view.crop, view.crop), MEAN)
    canvas.paste(picture, (-view.left, -view.top))
    return np.asarray(canvas)


def crop_means(image: np.ndarray, views: tuple[Draw, ...]) -> tuple[np.ndarray, float]:
    """Mean grey level of what each view sees of the picture, padding left out.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    views : tuple of Draw

    Returns
    -------
    means : ndarray of float64 (n,)
    spread : float
        Standard deviation of the picture's pixels.
    """
    grey = image.mean(2)
    height, width = grey.shape
    sums = np.pad(grey.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    parts = np.array([view.source() for view in views])
    left, right = (np.rint(parts[:, at] * width).astype(int) for at in (0, 2))
    top, bottom = (np.rint(parts[:, at] * height).astype(int) for at in (1, 3))
    left, top = np.minimum(left, width - 1), np.minimum(top, height - 1)
    right, bottom = np.maximum(right, left + 1), np.maximum(bottom, top + 1)
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return inside / ((right - left) * (bottom - top)), float(grey.std())
