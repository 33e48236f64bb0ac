"""Libraries that come with an extra of their own."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from segviewer.errors import PictureError


def library(name: str, path: Path, kind: str, extra: str) -> ModuleType:
    """Import what reads a kind of file.

    Parameters
    ----------
    name : str
        Of the module.
    path : Path
        The file that wants it.
    kind : str
        What the file is, in words.
    extra : str
        What installs it.

    Raises
    ------
    PictureError
        If it is not installed; the text says how to get it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise PictureError(
            f"{path.name} is {kind}, which needs another library.",
            f"{name} reads such files and is not installed ({error.name or error}).",
            f"pip install 'segviewer[{extra}]', or save it as PNG or TIFF from another program.",
            details=repr(error),
        ) from error


def is_there(name: str) -> bool:
    """Whether a library can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
