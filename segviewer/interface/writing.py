"""Label maps as files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segviewer.imaging.export.writing import write_png


def write_label_map(
    path: str | os.PathLike[str], label_map: NDArray[np.uint8], *, overwrite: bool = False
) -> Path:
    """Write labels as a PNG whose pixels are their numbers, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to; if taken and not `overwrite`, the next free name is used.
    label_map : ndarray of uint8 (H, W)
    overwrite : bool
        Replace a file of this name.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        If the folder is missing or read-only, or the disk is full.
    """
    return write_png(path, np.ascontiguousarray(label_map), overwrite=overwrite)
