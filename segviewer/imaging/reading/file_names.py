"""Names of files as text: what a session, a figure and JSON need them to be."""

from __future__ import annotations

import os

from segviewer.errors import PictureError


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path for people; bytes that are no text are written as ``\\xe9``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def shown_name(path: str | os.PathLike[str]) -> str:
    """The last part of :func:`shown_path`."""
    return shown_path(os.path.basename(os.fspath(path)) or path)


def has_text_name(path: str | os.PathLike[str]) -> bool:
    """Whether a path is text, which a session, a figure and JSON need it to be."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def name_fault(path: str | os.PathLike[str]) -> tuple[str, str] | None:
    """Why a path cannot be written down as text, and what to do; None where it can."""
    if has_text_name(path):
        return None
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:
        return (
            "The name is not UTF-8, so it can be written neither into a session nor a figure.",
            "Rename the file (or its folder), for example with convmv or mv.",
        )
    return (
        "The name has letters that Python does not read in this locale.",
        "Set LC_ALL=C.UTF-8 or PYTHONUTF8=1 and try again.",
    )


def check_name(path: str | os.PathLike[str]) -> None:
    """Refuse a path that cannot be written down as text.

    Raises
    ------
    PictureError
    """
    fault = name_fault(path)
    if fault is not None:
        raise PictureError(f"{shown_name(path)} cannot be used under this name.", *fault)
