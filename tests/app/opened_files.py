"""Watches whether a file is opened, by whatever part of the process."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class OpenedFiles:
    """Counts openings of one file, as Linux reports them.

    Parameters
    ----------
    path : Path
        An existing file.
    """

    def __init__(self, path: Path):
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_NONBLOCK)
        if self._handle < 0 or libc.inotify_add_watch(self._handle, bytes(path), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), f"{path} cannot be watched")

    def count(self) -> int:
        """Openings since the last call."""
        try:
            events = os.read(self._handle, 1 << 16)
        except BlockingIOError:
            return 0
        found = place = 0
        while place < len(events):
            place += _EVENT.size + _EVENT.unpack_from(events, place)[3]
            found += 1
        return found

    def close(self) -> None:
        """End watching."""
        os.close(self._handle)
