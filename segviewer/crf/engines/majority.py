"""Single labels in a crowd of others, put right.

An update that is sliced at every pixel of a photograph follows its grain: a pixel of another
colour than its neighbours' may take another label, and no further round is there in which the
neighbours could object. The label that most of the 3×3 pixels about it have is what a smoothness
kernel of a pixel's width would settle on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel


@kernel()
def settle(labels: NDArray[np.uint8], out: NDArray[np.uint8], start: int, stop: int) -> None:
    """Write into rows `start` to `stop` of `out` what most of each 3×3 pixels are labelled.

    At the border those that are there count; where no label has more pixels than the middle's,
    that stays.

    Parameters
    ----------
    labels, out : ndarray of uint8 (H, W)
        Two arrays.
    start, stop : int
        Rows.
    """
    height, width = labels.shape
    seen = np.empty(9, np.uint8)
    count = np.empty(9, np.int64)
    for y in range(start, stop):
        top, bottom = max(0, y - 1), min(height, y + 2)
        for x in range(width):
            left, right = max(0, x - 1), min(width, x + 2)
            own = labels[y, x]
            alike = 0
            for v in range(top, bottom):
                for u in range(left, right):
                    alike += labels[v, u] == own
            best, most = own, alike
            # With five of nine none can have more.
            if 2 * alike <= (bottom - top) * (right - left):
                kinds = 0
                for v in range(top, bottom):
                    for u in range(left, right):
                        other = labels[v, u]
                        at = 0
                        while at < kinds and seen[at] != other:
                            at += 1
                        if at == kinds:
                            seen[at], count[at] = other, 0
                            kinds += 1
                        count[at] += 1
                for at in range(kinds):
                    if count[at] > most:
                        best, most = seen[at], count[at]
            out[y, x] = best
