"""From a uint8 picture to the numbers a network was trained on."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import field_validator

from segviewer.settings import Settings

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey value (ITU-R 601), as Pillow and OpenCV have them."""


class Preprocessing(Settings):
    """Channel order, scale, mean and standard deviation that a checkpoint expects.

    Attributes
    ----------
    channel_order : {"RGB", "BGR", "grey"}
        Order of the network's input channels; "grey": all three are the grey picture.
    scale : {"unit", "byte"}
        Whether `mean` and `std` are of values 0..1 or 0..255.
    mean, std : tuple of three floats
        In the order of `channel_order`.
    """

    channel_order: Literal["RGB", "BGR", "grey"] = "RGB"
    scale: Literal["unit", "byte"] = "unit"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    @field_validator("std")
    @classmethod
    def _positive(cls, std: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(std) <= 0:
            raise ValueError("std must be positive")
        return std

    def normalise(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Turn an image into network input.

        Parameters
        ----------
        image : ndarray of uint8 (H, W, 3), RGB

        Returns
        -------
        ndarray of float32 (3, H, W)
            C-contiguous; ``(value / 255 - mean) / std`` or ``(value - mean) / std``.
        """
        ordered = image[..., ::-1] if self.channel_order == "BGR" else image
        if self.channel_order == "grey":
            grey = np.asarray(Image.fromarray(np.ascontiguousarray(image)).convert("L"))
            ordered = np.broadcast_to(grey[..., None], image.shape)
        out = np.empty((3, *image.shape[:2]), np.float32)
        unit = 255.0 if self.scale == "unit" else 1.0
        for channel in range(3):
            # One multiplication and one addition a pixel: (v/unit - mean)/std.
            factor = np.float32(1 / (unit * self.std[channel]))
            offset = np.float32(self.mean[channel] / self.std[channel])
            np.multiply(ordered[..., channel], factor, out=out[channel])
            out[channel] -= offset
        return out

    def for_grey(self) -> Preprocessing:
        """The same for a network that sees grey pictures: one mean, one standard deviation."""
        mean, std = (
            sum(weight * value for weight, value in zip(weights, values, strict=True))
            for values in (self.mean, self.std)
            for weights in (LUMA[::-1] if self.channel_order == "BGR" else LUMA,)
        )
        return self.changed(channel_order="grey", mean=(mean,) * 3, std=(std,) * 3)


IMAGENET = Preprocessing()
"""torchvision, PSPNet's and DeepLab v3+'s usual ports."""

HALF = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
"""EfficientNet-Lite: values -1..1."""

CAFFE_BGR = Preprocessing(
    channel_order="BGR", scale="byte", mean=(104.008, 116.669, 122.675), std=(1.0, 1.0, 1.0)
)
"""Networks that came from Caffe (FCN, DeepLab v2 and its ports, Dilation8)."""


UNIT = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
"""Values 0..1 as they are."""

BYTE = Preprocessing(scale="byte", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
"""Values 0..255 as they are."""

PLAUSIBLE: tuple[tuple[str, Preprocessing], ...] = (
    ("ImageNet, RGB", IMAGENET),
    (
        "ImageNet, BGR",
        IMAGENET.changed(channel_order="BGR", mean=IMAGENET.mean[::-1], std=IMAGENET.std[::-1]),
    ),
    ("0–1, RGB", UNIT),
    ("0–255, RGB", BYTE),
    ("±1, RGB", HALF),
    ("Caffe, BGR", CAFFE_BGR),
)
"""What networks are usually shown, by a name for people."""


def resize_long_side(
    image: NDArray[np.uint8], long_side: int, *, enlarge: bool = False
) -> NDArray[np.uint8]:
    """Scale an image so that its long side has `long_side` pixels.

    Bicubic with the kernel widened when reducing, so nothing flickers or aliases.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    long_side : int
        At least 1.
    enlarge : bool
        Scale up as well; otherwise a smaller image comes back as it is.

    Returns
    -------
    ndarray of uint8 (h, w, 3)
        At least one pixel a side. The same array where no scaling was needed.
    """
    if long_side < 1:
        raise ValueError("long_side must be at least 1")
    height, width = image.shape[:2]
    longest = max(height, width)
    if longest == long_side or (longest < long_side and not enlarge):
        return image
    size = (max(1, round(height * long_side / longest)), max(1, round(width * long_side / longest)))
    return resize_to(image, size)


def resize_to(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale an image to (height, width), as :func:`resize_long_side` does.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    size : (int, int)

    Returns
    -------
    ndarray of uint8 (height, width, 3)
        The same array where no scaling was needed.
    """
    if image.shape[:2] == size:
        return image
    # The gap lets Pillow first average whole blocks where the reduction is strong.
    small = Image.fromarray(image).resize(size[::-1], Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.array(small)
