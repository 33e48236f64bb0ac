"""Thumbnails of pictures and samples, for threads other than Qt's."""

from __future__ import annotations

import numpy as np

THUMBNAIL_SIDE = 160


def load_thumbnail(reference: str) -> np.ndarray:
    """Thumbnail of a path or ``sample:NAME``, uint8 RGB (h, w, 3).

    Raises
    ------
    PictureError
        If it is no picture.
    """
    from segviewer.imaging.reading.read import read_thumbnail
    from segviewer.imaging.reading.samples import picture_path

    return read_thumbnail(picture_path(reference), THUMBNAIL_SIDE)
