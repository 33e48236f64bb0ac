"""The folder that a running window has for itself, and those of windows that ended badly.

A window holds the lock in its folder for as long as it lives. It takes the folder away at its end,
so that a folder whose lock can be had belongs to a window that was killed or crashed. The lock
says so more surely than the process's number, which another process may have by now.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

from segviewer.files.file_lock import FileLock
from segviewer.resource_files import state_path

JUST_MADE_S = 60.0  # in which a folder without a lock is one that is being made
ATTEMPTS = 3


class RunFolder:
    """One window's folder: what it would restore, and what faulthandler has written.

    Attributes
    ----------
    path : Path
        Named by the number and the start of the window's process.
    """

    def __init__(self, path: Path):
        self.path = path
        self.lock = FileLock(path / "lock")

    @classmethod
    def make(cls, place: Path | None = None) -> RunFolder | None:
        """Make this process's folder and lock it; None where that cannot be done."""
        for _ in range(ATTEMPTS):
            try:
                # A person without a home has no place, which is a RuntimeError.
                place = _place(place)
                folder = cls(place / f"{os.getpid()}-{time.time_ns()}")
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.path.mkdir(mode=0o700)
            except (OSError, RuntimeError):
                continue
            if folder.lock.acquire():
                return folder
            folder.remove()
        return None

    @property
    def recovery(self) -> Path:
        """What was open in the window."""
        return self.path / "recovery.json"

    def faults(self, who: str) -> Path:
        """Where faulthandler writes of the process `who`: ``window`` or ``engine``."""
        return self.path / f"{who}.faults"

    def remove(self) -> None:
        """Take the folder away with everything in it, whoever has its lock."""
        # The lock last: without it the folder is anybody's.
        for name in _names(self.path):
            if name != self.lock.path.name:
                _remove(self.path / name)
        self.lock.release()
        _remove(self.lock.path)
        with contextlib.suppress(OSError):
            self.path.rmdir()


def folders_of_ended_windows(place: Path | None = None) -> list[RunFolder]:
    """Lock and return every folder whose window has ended without taking it away, newest first.

    Of several windows that start at once, each folder goes to one of them.
    """
    found = []
    place = _place(place)
    for name in _names(place):
        folder = RunFolder(place / name)
        try:
            began = folder.path.stat().st_mtime
        except OSError:
            continue
        unlocked = not os.path.lexists(folder.lock.path) and time.time() - began > JUST_MADE_S
        if folder.lock.acquire(make=unlocked):
            found.append(folder)
    return sorted(found, key=_age)


def _age(folder: RunFolder) -> float:
    """Seconds since something was kept in `folder`."""
    for path in (folder.recovery, folder.path):
        with contextlib.suppress(OSError):
            return time.time() - path.stat().st_mtime
    return float("inf")


def _place(place: Path | None) -> Path:
    return state_path("running") if place is None else place


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
