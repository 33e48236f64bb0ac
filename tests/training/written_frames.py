"""Small frames of a film, with masks."""

from __future__ import annotations

import numpy as np
from PIL import Image


def write_frames(folder, names, *, void=255):
    """Pictures of 64×48 whose left is class 0, whose right is class 1 and 2, and some void."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number, name in enumerate(names):
        mask = np.zeros((48, 64), np.uint8)
        edge = 24 + 2 * number
        mask[:, edge:], mask[30:, edge:], mask[:2] = 1, 2, void
        image = np.stack([mask * 60 % 255] * 3, -1) + rng.integers(0, 40, (48, 64, 3))
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / "images" / f"{name}.png")
        Image.fromarray(mask).save(folder / "labels" / f"{name}.png")
