"""Giving back to the machine what has been freed."""

from __future__ import annotations

import ctypes
import sys


def return_free_memory() -> None:
    """Have glibc return the pages that hold nothing; elsewhere do nothing.

    It keeps them for the next allocation, and after large pictures that is hundreds of megabytes
    which look as if they leaked and are wanted by other programs.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in other libraries of C
    if trim is not None:
        trim(0)
