"""Rare objects of the training frames, pasted into others ("copy-paste", Ghiasi et al. 2021).

An object is a connected part of the rare classes, with its own labels. It keeps the height in
the frame that it had (people and poles stand on the ground, and the camera hardly tilts), is
mirrored and resized a little, and takes on how light the frame is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from segviewer.training.frames import VOID

SMALLEST, LARGEST_SHARE = 60, 0.04
"""Pixels of an object, and share of its frame, between which objects are kept."""

MOST_OBJECTS = 2000
MOST_FRAMES = 1000
"""Of a data set that are looked through, spread evenly."""

_RESIZED = (0.75, 1.35)
_GAIN = (0.4, 2.0)
_MOST_PASTED = 3  # into one frame


@dataclass(frozen=True, eq=False)
class RareObject:
    """What can be pasted.

    Attributes
    ----------
    image : Tensor uint8 (3, h, w)
        RGB of the box around it.
    target : Tensor uint8 (h, w)
        Its labels; 255 beside it.
    foot : float
        Its lowest row, of the frame's height, 0 to 1.
    grey : float
        Mean grey level of its frame, 0 to 255.
    """

    image: Tensor
    target: Tensor
    foot: float
    grey: float


def rare_objects(
    frames: Sequence[tuple[Tensor, Tensor]], classes: tuple[int, ...]
) -> tuple[RareObject, ...]:
    """The connected parts of `classes` in `frames`, at most :data:`MOST_OBJECTS` spread evenly.

    Parameters
    ----------
    frames : sequence of (image, target)
        uint8 (3, H, W) RGB and uint8 (H, W); of many, :data:`MOST_FRAMES` are looked through.
    classes : tuple of int

    Returns
    -------
    tuple of RareObject
        Without what touches the sides of its frame: it is cut there.
    """
    from scipy import ndimage

    found = []
    for place in range(0, len(frames), math.ceil(len(frames) / MOST_FRAMES) or 1):
        image, target = frames[place]
        labels = target.numpy()
        height, width = labels.shape
        parts, _ = ndimage.label(np.isin(labels, classes))
        grey = float(image.float().mean())
        for number, box in enumerate(ndimage.find_objects(parts), start=1):
            rows, columns = box
            mask = parts[box] == number
            size = int(mask.sum())
            cut = columns.start == 0 or columns.stop == width
            if cut or not SMALLEST <= size <= LARGEST_SHARE * labels.size:
                continue
            own = torch.from_numpy(np.where(mask, labels[box], VOID).astype(np.uint8))
            found.append(RareObject(image[:, rows, columns].clone(), own, rows.stop / height, grey))
    every = math.ceil(len(found) / MOST_OBJECTS) or 1
    return tuple(found[::every])


@dataclass(frozen=True, eq=False)
class Pasting:
    """Pastes objects into frames.

    Attributes
    ----------
    objects : tuple of RareObject
    chance : float
        Probability that a frame gets one to three objects.
    """

    objects: tuple[RareObject, ...]
    chance: float

    @property
    def said(self) -> str:
        """What is pasted, in a sentence."""
        if not self.objects:
            return "Nothing is pasted: no rare class has a whole object in the pictures."
        return f"{len(self.objects):,} objects of rare classes are pasted into pictures."

    def draw(
        self, image: Tensor, target: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the frame with objects in it, as copies; the frame itself where there are none.

        Parameters
        ----------
        image, target : Tensor uint8 (3, H, W) and (H, W)
        rng : Generator
        """
        if not self.objects or rng.random() >= self.chance:
            return image, target
        image, target = image.clone(), target.clone()
        grey = float(image.float().mean())
        for _ in range(int(rng.integers(1, _MOST_PASTED + 1))):
            one = self.objects[int(rng.integers(len(self.objects)))]
            _paste(image, target, one, grey, rng)
        return image, target


def _paste(
    image: Tensor, target: Tensor, one: RareObject, grey: float, rng: np.random.Generator
) -> None:
    """Write one object into image and target, in place."""
    factor = math.exp(rng.uniform(*np.log(_RESIZED)))
    height, width = (max(2, round(side * factor)) for side in one.target.shape)
    labels = F.interpolate(one.target[None, None].float(), (height, width), mode="nearest")
    labels = labels[0, 0].to(torch.uint8)
    colours = F.interpolate(
        one.image[None].float(), (height, width), mode="bilinear", align_corners=False
    )[0]
    if rng.random() < 0.5:
        labels, colours = labels.flip(-1), colours.flip(-1)
    gain = min(max(grey / max(one.grey, 1.0), _GAIN[0]), _GAIN[1])
    colours = (colours * gain).clamp(0, 255)
    frame_height, frame_width = target.shape
    bottom = round((one.foot + rng.uniform(-0.03, 0.03)) * frame_height)
    left = int(rng.integers(-width // 2, frame_width - width // 2))
    top = bottom - height
    rows = slice(max(0, top), min(frame_height, bottom))
    columns = slice(max(0, left), min(frame_width, left + width))
    own = (
        slice(rows.start - top, rows.stop - top),
        slice(columns.start - left, columns.stop - left),
    )
    labels, colours = labels[own], colours[(slice(None), *own)]
    mask = labels != VOID
    if not mask.any():
        return
    # A soft edge in the picture: a hard one would say by itself that something was pasted.
    soft = F.avg_pool2d(mask[None, None].float(), 3, 1, 1, count_include_pad=False)[0]
    alpha = torch.where(mask, soft.clamp(min=0.5), 0.0)
    part = image[:, rows, columns]
    part.copy_((part.float() * (1 - alpha) + colours * alpha).round().to(torch.uint8))
    target[rows, columns] = torch.where(mask, labels, target[rows, columns])
