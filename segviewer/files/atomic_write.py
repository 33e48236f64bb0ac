"""Writing a file so that a reader sees the old one or the new one, never a half."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from segviewer.errors import ExportError
from segviewer.files.partial_files import SUFFIX, partial_prefix

REASONS = {
    errno.ENOSPC: "The disk is full.",
    errno.EROFS: "The disk is read-only.",
    errno.EACCES: "You may not write in this folder.",
    errno.EPERM: "You may not write in this folder.",
    errno.ENOENT: "The folder does not exist.",
}


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name beside `path`, then put it in place.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(SUFFIX, partial_prefix(path), path.parent)
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files that only their owner reads, which a shared checkpoint is not.
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> ExportError:
    return ExportError(
        f"{path.name} was not written.",
        REASONS.get(error.errno or 0, f"The system says: {error.strerror}."),
        "Choose another folder and save again.",
        details=f"{path}: {error}",
    )
