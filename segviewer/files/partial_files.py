"""Names of files while they are written, and the sweeping up behind writers that were killed."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

SUFFIX = ".partial"
DAY = 24 * 3600.0
_MOST_NAME_BYTES = 180  # of 255 that file systems allow, with room for what is added


def partial_prefix(path: Path) -> str:
    """What stands before the random part in the name of a file that will become `path`."""
    name = os.fsencode(path.name)[:_MOST_NAME_BYTES]
    return f".{os.fsdecode(name)}."


def sweep_partial_files(folders: Iterable[Path], older_than: float = DAY) -> list[Path]:
    """Delete what killed writers left in `folders`; returns what was deleted.

    Only regular files with this module's names, directly inside, untouched for `older_than`
    seconds. A download that may go on later has another name and stays.
    """
    limit = time.time() - older_than
    swept = []
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if not (path.name.startswith(".") and path.name.endswith(SUFFIX)):
                    continue
                # One that another program deletes meanwhile is no trouble.
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    if stat.S_ISREG(status.st_mode) and status.st_mtime < limit:
                        path.unlink()
                        swept.append(path)
    return swept
