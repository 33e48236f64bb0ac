"""Giving back to the machine what has been freed."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

# Blocks from this size on go back at once when they are freed. At the start, where a pass of the
# network is the first there is, less is worth 47 MB of 720; later it would cost each pass some 4 %.
AT_START, LATER = 1 << 20, 32 << 20
_MMAP_THRESHOLD = -3  # as malloc.h of glibc has it


def return_free_memory() -> None:
    """Have glibc return the pages that hold nothing; elsewhere do nothing.

    It keeps them for the next allocation, and after large pictures that is hundreds of megabytes
    which look as if they leaked and are wanted by other programs.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def return_at_once_from(size: int) -> None:
    """Have glibc return blocks of at least `size` bytes as soon as they are freed.

    Parameters
    ----------
    size : int
        At most :data:`LATER`, glibc's own limit. It takes no size of its own choice afterwards.
    """
    choose = _of_glibc("mallopt")
    if choose is not None:
        choose(_MMAP_THRESHOLD, size)


def _of_glibc(name: str) -> Any:
    """A function that other libraries of C lack; None there."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
