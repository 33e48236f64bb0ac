"""The target mask of a picture in the classes of a network, at the picture's size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.mask_fit import fitted, orientation_of
from segviewer.imaging.datasets.network_targets import (
    NetworkTarget,
    TargetClasses,
    read_network_target,
)


def fitted_target(
    classes: TargetClasses,
    picture: Path,
    mask: Path,
    image: np.ndarray,
    mapping: str | TargetMapping = "",
    orientation: int | None = None,
) -> NetworkTarget:
    """The target mask of a picture, at its size.

    Parameters
    ----------
    classes : TargetClasses
    picture, mask : Path
    image : ndarray of uint8 (H, W, 3)
        The picture, upright.
    mapping : str or TargetMapping
        As in :func:`segviewer.imaging.datasets.network_targets.read_network_target`.
    orientation : int, optional
        EXIF orientation of the picture, where somebody read it already.

    Raises
    ------
    PictureError
        If it cannot be read, or has another size.
    """
    read = read_network_target(mask, classes, mapping, picture=picture)

    def turned() -> int:
        return orientation_of(picture) if orientation is None else orientation

    fit = fitted(read.target, image, turned)
    if fit is None:
        size, whole = read.target.shape, image.shape
        raise PictureError(
            f"{mask.name} has another size than {picture.name}.",
            f"{size[1]}×{size[0]} against {whole[1]}×{whole[0]} pixels.",
            "Use masks at the pictures' own size.",
        )
    return replace(read, target=fit[0], notes=(*read.notes, *fit[1]))
