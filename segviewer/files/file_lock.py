"""A lock that the system takes back when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """An exclusive lock on a file of its own; nobody ever waits for one.

    The library filelock does the same, but takes 50 ms to import, which a start would notice.

    Parameters
    ----------
    path : Path
        The lock's file, which holds nothing.
    """

    def __init__(self, path: Path):
        self.path = path
        self._handle: int | None = None

    def acquire(self, *, make: bool = True) -> bool:
        """Take the lock; False if another has it, or files cannot be locked here.

        With `make` false, a file that is not there is not made, and cannot be locked.
        """
        if self._handle is not None:
            return False
        try:
            handle = os.open(self.path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
        except OSError:
            return False
        try:
            _lock(handle)
            # Whoever held it may have taken the file away meanwhile.
            held = os.path.samestat(os.fstat(handle), os.stat(self.path))
        except OSError:
            held = False
        if held:
            self._handle = handle
        else:
            os.close(handle)
        return held

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)
