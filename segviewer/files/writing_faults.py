"""What can go wrong while a folder is made or a file is written, in three parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segviewer.errors import ExportError


@contextmanager
def writing_faults(
    what: str, next_step: str, why: str = "The system says", path: Path | None = None
) -> Iterator[None]:
    """Turn what the system refuses within into an ExportError.

    Parameters
    ----------
    what, next_step : str
        First and last part of the error.
    why : str
        Its middle, before a colon and what the system says.
    path : Path, optional
        What was to be written, for the details.

    Raises
    ------
    ExportError
        For any OSError.
    """
    try:
        yield
    except OSError as error:
        details = "" if path is None else f"{path}: {error}"
        reason = f"{why}: {error.strerror or error}."
        raise ExportError(what, reason, next_step, details=details) from error


def make_folder(
    folder: Path,
    next_step: str = "Choose another folder.",
    what: str = "",
    why: str = "The system says",
    path: Path | None = None,
) -> None:
    """Make a folder and those above it, where they are not there.

    Parameters
    ----------
    folder : Path
    next_step, what, why, path
        As in :func:`writing_faults`; what is wrong is the folder, if nothing else is said.

    Raises
    ------
    ExportError
    """
    with writing_faults(what or f"The folder {folder} cannot be made.", next_step, why, path):
        folder.mkdir(parents=True, exist_ok=True)
