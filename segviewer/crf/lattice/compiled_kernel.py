"""numba.njit as all loops of the CRF want it, and where its compiled code is kept.

Numba keeps compiled code beside the source and takes it for fresh as long as that one file keeps
its time and size. But kernels inline functions and constants of other files, and installed files
may all bear the same date. So the folder here is named after what all files of this package hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_HERE = Path(__file__).resolve().parent


def kernel(**options: Any) -> Callable[[Kernel], Kernel]:
    """Decorate a kernel: no interpreter lock, kept on disk, division by zero as in numpy."""

    def decorate(function: Kernel) -> Kernel:
        before = numba.config.CACHE_DIR
        # Read by numba while it decorates; other users of numba keep theirs.
        numba.config.CACHE_DIR = str(_folder())
        try:
            compiled = numba.njit(nogil=True, cache=True, error_model="numpy", **options)(function)
            return cast(Kernel, compiled)
        finally:
            numba.config.CACHE_DIR = before

    return decorate


def is_compiled() -> bool:
    """Whether a refinement has all it needs on disk, see :func:`note_compiled`."""
    return _marker().exists()


def note_compiled() -> None:
    """Remember that all a refinement needs has been compiled."""
    # Where it cannot be written nothing could be kept either.
    with contextlib.suppress(OSError):
        _marker().touch()


def _marker() -> Path:
    return _folder() / "complete"


@cache
def _folder() -> Path:
    """Folder for the compiled code of exactly these sources; older ones beside it are removed."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_HERE.glob("*.py")):
        digest.update(path.read_bytes())
    base = _base()
    folder = base / f"kernels-{digest.hexdigest()}"
    if not folder.is_dir():
        for stale in base.glob("kernels-*"):
            shutil.rmtree(stale, ignore_errors=True)
    return folder


def _base() -> Path:
    if numba.config.CACHE_DIR:  # from the environment
        return Path(numba.config.CACHE_DIR)
    beside = _HERE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        if os.access(beside, os.W_OK):
            return beside
    except OSError:
        pass
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segviewer"
