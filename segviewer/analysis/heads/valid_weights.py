"""How many taps of an atrous 3x3 convolution land inside the feature map.

DeepLab v3 (Chen et al. 2017), section 3.3 and figure 4: as the rate grows towards the map's
side, the 3x3 filter degenerates to 1x1, which is why ASPP gained image pooling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COUNTS = (9, 6, 4, 3, 2, 1)
"""Every number of taps that can be inside."""


def valid_taps(side: int, rate: int) -> NDArray[np.int64]:
    """Taps of a 3x3 filter with `rate` that lie inside, for each cell of a square map.

    Parameters
    ----------
    side : int
        Of the map, in features.

    Returns
    -------
    ndarray of int64 (side, side)
        1 to 9.
    """
    place = np.arange(side)
    along = 1 + (place - rate >= 0).astype(int) + (place + rate < side)
    taps: np.ndarray = along[:, None] * along[None, :]
    return taps


def shares(side: int, rate: int) -> dict[int, float]:
    """Share of the cells for each of `COUNTS`."""
    taps = valid_taps(side, rate)
    return {count: float((taps == count).mean()) for count in COUNTS}
