"""Rows of numbers for the kernels: in vector registers where that compiles, else as arrays.

`vector_lanes` builds LLVM's code by hand, which leans on the insides of numba and llvmlite. Whether
these still work is tried once, here, on every operation; both ways give the same numbers.
"""

from __future__ import annotations

import logging
import os

from segviewer.crf.lattice import compiled_kernel
from segviewer.crf.lattice.lane_rows import WIDTH, aligned_rows

logger = logging.getLogger(__name__)

SWITCH = "SEGVIEWER_PLAIN_LANES"
"""Environment variable: not empty, and vectors are not tried."""


def _vectors_work() -> bool:
    if os.environ.get(SWITCH):
        return False
    try:
        from segviewer.crf.lattice.vector_lanes import try_out

        try_out()
    except Exception:
        # Whatever numba, llvmlite or LLVM may say of code that they no longer know.
        logger.warning("the CRF runs without vectors, many times slower", exc_info=True)
        return False
    return True


VECTORS = _vectors_work()
"""Whether rows lie in vector registers."""

if VECTORS:
    from segviewer.crf.lattice.vector_lanes import (
        add,
        add_product,
        add_scaled,
        below,
        divide,
        exponential,
        fetch,
        largest,
        load,
        nearest,
        prefetch,
        scale,
        shift,
        store,
        subtract,
        total,
        transpose,
        zeros,
    )
else:
    # Numba does not know from a kernel's own text what the operations in it are.
    compiled_kernel.keep_apart("plain")
    from segviewer.crf.lattice.plain_lanes import (
        add,
        add_product,
        add_scaled,
        below,
        divide,
        exponential,
        fetch,
        largest,
        load,
        nearest,
        prefetch,
        scale,
        shift,
        store,
        subtract,
        total,
        transpose,
        zeros,
    )

__all__ = [
    "VECTORS",
    "WIDTH",
    "add",
    "add_product",
    "add_scaled",
    "aligned_rows",
    "below",
    "divide",
    "exponential",
    "fetch",
    "largest",
    "load",
    "nearest",
    "prefetch",
    "scale",
    "shift",
    "store",
    "subtract",
    "total",
    "transpose",
    "zeros",
]
