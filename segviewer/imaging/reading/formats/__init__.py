"""Formats that Pillow does not read: a module each, with ``begins``, ``header`` and ``read``."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.picture_settings import PictureSettings

_LOOKED_AT = 4096  # bytes from which a format is known


@dataclass(frozen=True)
class Format:
    """A format by its first bytes, so that what reads it is imported only for such a file.

    Attributes
    ----------
    module : str
        Below this package: ``header(path, settings)``, ``read(path, settings, ...)`` and, where
        not every such file is read there, ``takes(path, settings)``.
    begins : tuple of (int, bytes)
        (place, bytes): one of them is there.
    some : bool
        Whether the module says which of these files are its own.
    """

    module: str
    begins: tuple[tuple[int, bytes], ...]
    some: bool = False

    def fits(self, start: bytes) -> bool:
        """Whether a file that starts so is of this format."""
        return any(start[at : at + len(sign)] == sign for at, sign in self.begins)


FORMATS = (Format("tiff", ((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+")), some=True),)


def reader_of(path: Path, settings: PictureSettings) -> Any:
    """The module that reads a file; None where Pillow is to be asked, also of what is no file."""
    try:
        with open_regular(path) as file:
            start = file.read(_LOOKED_AT)
    except (OSError, ValueError):
        return None
    for one in FORMATS:
        if one.fits(start):
            module = importlib.import_module(f"{__name__}.{one.module}")
            if not one.some or module.takes(path, settings):
                return module
    return None
