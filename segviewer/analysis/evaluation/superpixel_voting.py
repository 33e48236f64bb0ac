"""Labels by superpixels: the alternative to a CRF that needs no mean field.

SLIC (Achanta et al. 2012) cuts the photograph into patches of like colour, and all pixels of a
patch take one label. Outlines then follow the photograph, but a patch that straddles two things
is wrong as a whole, and no patch sees another.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vote = Literal["majority", "mean"]


def superpixels(image: NDArray[np.uint8], count: int, compactness: float) -> NDArray[np.int64]:
    """Cut a photograph into patches.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    count : int
        About how many; small pictures hold fewer.
    compactness : float
        More: square patches of equal size. Less: patches that follow colour alone.

    Returns
    -------
    ndarray of int64 (H, W)
        Numbers from 0.
    """
    from skimage.segmentation import slic

    height, width = image.shape[:2]
    count = min(count, height * width)
    if count < 2 or (image == image[0, 0]).all():
        # Nothing to cut, of which SLIC would warn.
        return np.zeros((height, width), np.int64)
    found = slic(image, count, compactness, start_label=0, channel_axis=-1)
    segments: np.ndarray = found.astype(np.int64)
    return segments


def vote(segments: np.ndarray, probs: np.ndarray, how: Vote = "mean") -> NDArray[np.uint8]:
    """Give each patch one label.

    Parameters
    ----------
    segments : ndarray of int (H, W)
        From :func:`superpixels`.
    probs : ndarray of float (K, H, W)
    how : {"majority", "mean"}
        ``majority``: the label that most of its pixels have, the lowest of equally many.
        ``mean``: the largest mean probability, so that sure pixels count more.

    Returns
    -------
    ndarray of uint8 (H, W)

    Raises
    ------
    ValueError
        If the sizes differ.
    """
    if segments.shape != probs.shape[1:]:
        raise ValueError(f"patches {segments.shape} and probabilities {probs.shape[1:]} differ")
    num_classes, flat = len(probs), segments.ravel()
    count = int(flat.max()) + 1
    if how == "majority":
        labels = probs.argmax(0).ravel()
        votes = np.bincount(flat * num_classes + labels, minlength=count * num_classes)
        winner = votes.reshape(count, num_classes).argmax(1)
    else:
        sums = [np.bincount(flat, weights=plane.ravel(), minlength=count) for plane in probs]
        winner = np.stack(sums).argmax(0)
    label_map: np.ndarray = winner.astype(np.uint8)[segments]
    return label_map
