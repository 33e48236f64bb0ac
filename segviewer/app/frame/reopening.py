"""Figures and saved sessions among the files that a person opens. Reads files."""

from __future__ import annotations

from pathlib import Path

from segviewer.errors import SettingsError
from segviewer.export.figure_session import Reopened, is_file_of, open_session_file, reopened
from segviewer.imaging.export.figure_record import FigureError, FigureRecord, read_figure_record
from segviewer.references import SESSION_SUFFIX, may_be_session

MOST_FILES = 8  # of a drop in which a figure is looked for


def reopen(paths: list[str], known: list[Path], device: str) -> tuple[str, Reopened] | None:
    """The figure or session among `paths`; None where they are opened as what they are.

    Parameters
    ----------
    paths : list of str
        That were dropped or chosen together.
    known : list of Path
        Where files that a figure names may be, too.
    device : str
        On which the session would run.

    Returns
    -------
    tuple or None
        Its path, and what it brought.

    Raises
    ------
    FigureError
    SettingsError
        For a session that is none, or of a version with other settings.
    """
    if len(paths) > MOST_FILES:
        return None
    if len(paths) == 1 and may_be_session(paths[0]):
        try:
            return paths[0], open_session_file(Path(paths[0]), known)
        except SettingsError:
            if paths[0].lower().endswith(SESSION_SUFFIX):
                raise
            return None  # a mask, or anything else that is JSON
    if len(paths) == 1:
        record = read_figure_record(paths[0])
        return None if record is None else (paths[0], _at(paths[0], record, known, device))
    for path in paths:
        try:
            record = read_figure_record(path)
        except FigureError:
            continue
        others = [Path(other) for other in paths if other != path]
        if record is not None and all(is_file_of(record, other) for other in others):
            return path, _at(path, record, [*others, *known], device)
    return None


def _at(path: str, record: FigureRecord, known: list[Path], device: str) -> Reopened:
    return reopened(record, Path(path), known, device)
