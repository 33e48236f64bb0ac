"""What lies over the photograph in place of the labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class ColouredRaster(NamedTuple):
    """A raster of any size over the whole photograph, and its colours.

    Attributes
    ----------
    values : ndarray of uint8 (h, w)
    table : ndarray of uint8 (256, 4)
        RGBA of each value.
    """

    values: np.ndarray
    table: np.ndarray
