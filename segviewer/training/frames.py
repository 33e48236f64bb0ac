"""Photographs with target masks, held in memory, and the augmentation of the lecture.

Mirror, resize by 0.5 to 2, blur, random crop with padding (image mean, void label), plus
colour changes and, where asked for, texture changes. Crop, resize and mirror are one
resampling, so a photograph is touched once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

VOID = 255


def load_frames(root: Path, splits: tuple[str, ...], void: int) -> list[tuple[Tensor, Tensor]]:
    """Read ``SPLIT/images/*`` and ``SPLIT/labels/*.png``.

    Parameters
    ----------
    root : Path
        Folder of the data set.
    splits : tuple of str
        Names of the split folders.
    void : int
        Label value that is ignored; becomes 255.

    Returns
    -------
    list of (image, target)
        image uint8 (3, H, W) RGB; target uint8 (H, W).
    """
    frames = []
    for split in splits:
        targets = {p.stem: p for p in (root / split / "labels").iterdir()}
        for path in sorted((root / split / "images").iterdir()):
            with Image.open(path) as picture:
                image = np.array(picture.convert("RGB"))
            with Image.open(targets[path.stem]) as mask:
                target = np.array(mask)
            target = np.where(target == void, VOID, target).astype(np.uint8)
            frames.append((torch.from_numpy(image).permute(2, 0, 1), torch.from_numpy(target)))
    return frames


def class_frequencies(frames: Iterable[tuple[object, Tensor]], num_classes: int) -> Tensor:
    """Share of each class among the labelled pixels, shape (K,)."""
    counts = torch.zeros(num_classes, dtype=torch.float64)
    for _, target in frames:
        counts += torch.bincount(target.flatten().long(), minlength=256)[:num_classes]
    return counts / counts.sum()


@dataclass(frozen=True)
class Augmentation:
    """How a training crop is drawn.

    Attributes
    ----------
    crop : (int, int)
        Height and width in pixels.
    scale : (float, float)
        Range of the resize factor, drawn log-uniformly.
    blur : float
        Probability of a 5x5 Gaussian blur (sigma 1.1).
    rare_classes : tuple of int
        Half of the crops are centred on a pixel of one of these, where the frame has any.
    texture : float
        Probability of a foreign texture on some classes, and (half as often) of sharpening.
    colour : float
        By which the ranges of gamma, exposure, contrast, white balance and saturation are wider
        (1: as they are); 0 leaves the colours.
    balanced : bool
        Whether a crop about a rare class first draws the class, each of the frame's alike, and
        then a pixel of it; else a pixel of any, and so mostly of the larger.
    """

    crop: tuple[int, int]
    scale: tuple[float, float] = (0.5, 2.0)
    blur: float = 0.25
    rare_classes: tuple[int, ...] = ()
    texture: float = 0.0
    colour: float = 1.0
    balanced: bool = False

    def draw(self, image: Tensor, target: Tensor, rng: np.random.Generator):
        """Return one crop: image float (3, h, w) in 0..1 with padding 0.5; target int64."""
        height, width = target.shape
        crop_h, crop_w = self.crop
        factor = math.exp(rng.uniform(math.log(self.scale[0]), math.log(self.scale[1])))
        half_h, half_w = crop_h / factor / 2, crop_w / factor / 2
        cy, cx = self._centre(target, rng, half_h, half_w)
        sign = -1.0 if rng.random() < 0.5 else 1.0
        theta = torch.tensor(
            [
                [
                    [sign * 2 * half_w / width, 0, 2 * cx / width - 1],
                    [0, 2 * half_h / height, 2 * cy / height - 1],
                ]
            ]
        )
        grid = F.affine_grid(theta, [1, 1, crop_h, crop_w], align_corners=False)
        # Zero padding must mean "image mean" and "void": shift both so that zero says it.
        picture = image[None].float() / 255 - 0.5
        picture = F.grid_sample(picture, grid, mode="bilinear", align_corners=False)[0] + 0.5
        shifted = (target.float() - VOID)[None, None]
        label = F.grid_sample(shifted, grid, mode="nearest", align_corners=False)[0, 0] + VOID
        label = label.round().long()
        # Not drawn at all where off, so that earlier runs repeat number by number.
        if self.texture and rng.random() < self.texture:
            picture = _foreign_texture(picture, label, rng)
        if self.texture and rng.random() < self.texture / 2:
            picture = picture + rng.uniform(0.3, 1.5) * (picture - _gaussian_blur(picture))
        return self._recolour(picture, rng), label

    def _centre(self, target, rng, half_h, half_w):
        height, width = target.shape
        if self.rare_classes and rng.random() < 0.5:
            wanted = torch.isin(target, torch.tensor(self.rare_classes, dtype=target.dtype))
            if self.balanced and wanted.any():
                there = target[wanted].unique()
                wanted = target == there[int(rng.integers(len(there)))]
            rows, columns = torch.nonzero(wanted, as_tuple=True)
            if len(rows):
                chosen = int(rng.integers(len(rows)))
                cy = float(rows[chosen]) + rng.uniform(-0.3, 0.3) * half_h
                cx = float(columns[chosen]) + rng.uniform(-0.3, 0.3) * half_w
                return _clamp(cy, half_h, height), _clamp(cx, half_w, width)
        low_y, high_y = sorted((half_h, height - half_h))
        low_x, high_x = sorted((half_w, width - half_w))
        return rng.uniform(low_y, high_y), rng.uniform(low_x, high_x)

    def _recolour(self, picture: Tensor, rng: np.random.Generator) -> Tensor:
        if rng.random() < self.blur:
            picture = _gaussian_blur(picture)
        if rng.random() < 0.8:
            # Exposure (dusk as well as noon), gamma, contrast, white balance, saturation.
            wide = self.colour
            picture = picture.clamp(0, 1) ** math.exp(wide * rng.uniform(-0.5, 0.5))
            picture = picture * math.exp(wide * rng.uniform(-0.7, 0.35))
            mean = picture.mean()
            picture = mean + (picture - mean) * (1 + wide * rng.uniform(-0.35, 0.35))
            drawn = wide * rng.uniform(-0.12, 0.12, (3, 1, 1))
            picture = picture * torch.from_numpy(np.exp(drawn)).float()
            grey = picture.mean(0, keepdim=True)
            picture = grey + (picture - grey) * max(0.0, 1 + wide * rng.uniform(-0.6, 0.5))
        return picture.clamp(0, 1)


def _clamp(centre: float, half: float, size: int) -> float:
    low, high = sorted((half, size - half))
    return min(max(centre, low), high)


def _foreign_texture(picture: Tensor, label: Tensor, rng: np.random.Generator) -> Tensor:
    """Light and dark grain of several sizes on about half of the classes.

    Every road of CamVid is smooth asphalt, so "rough" comes to mean "leaves" or "pavement".
    Grain that says nothing about the class takes that away.
    """
    height, width = label.shape
    grain = torch.zeros(1, 1, height, width)
    for size in (2, 3, 5, 8, 13):
        cells = (1, 1, max(2, height // size), max(2, width // size))
        octave = torch.from_numpy(rng.standard_normal(cells)).float()
        weight = float(rng.random())
        grain += weight * F.interpolate(octave, (height, width), mode="bilinear")
    grain = grain[0] / grain.std().clamp(min=1e-3)
    classes = torch.from_numpy(rng.random(VOID + 1) < 0.5)
    strength = math.exp(rng.uniform(math.log(0.04), math.log(0.3)))
    return picture * (1 + strength * grain * classes[label]).clamp(0.2, 2.5)


def _gaussian_blur(picture: Tensor) -> Tensor:
    offsets = torch.arange(-2, 3).float()
    taps = torch.exp(-(offsets**2) / (2 * 1.1**2))
    taps = taps / taps.sum()
    padded = F.pad(picture[:, None], (2, 2, 2, 2), mode="reflect")
    rows = F.conv2d(padded, taps.view(1, 1, 5, 1))
    return F.conv2d(rows, taps.view(1, 1, 1, 5))[:, 0]
