"""Formats that Pillow does not read: a module each, with ``begins``, ``header`` and ``read``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.errors import PictureError
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


_TIFF = ((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+"))
FORMATS = (
    # Most are TIFF with other contents, so they are asked first.
    Format(
        "camera_raw",
        (
            *_TIFF[:2],
            (0, b"IIU\0"),
            (0, b"IIRO"),
            (0, b"IIRS"),
            (0, b"MMOR"),
            (0, b"FUJIFILMCCD-RAW"),
            (0, b"FOVb"),
            (0, b"\0MRM"),
            (4, b"ftypcrx "),
        ),
        some=True,
    ),
    Format("overview", _TIFF, some=True),
    Format("tiff", _TIFF, some=True),
    Format("heif", ((4, b"ftyp"),), some=True),
    Format(
        "video",
        (
            *((4, box) for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
            (0, b"\x1a\x45\xdf\xa3"),
            (8, b"AVI "),
            (0, b"OggS"),
            (0, b"FLV\1"),
            (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
            (0, b"\0\0\1\xba"),
            (0, b"G"),
        ),
        some=True,
    ),
    Format("dicom", ((128, b"DICM"),)),
    Format("nifti", ((0, b"\x1f\x8b"), (344, b"n+1\0"), (4, b"n+2\0")), some=True),
)

_SUFFIXES_TEXT = (
    ".heic .heif .hif .dcm .dicom .nii .btf .tf8 .3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq "
    ".kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .rw2 .rwl .sr2 .srf .srw .x3f "
    ".mp4 .m4v .mov .mkv .webm .avi .ogv .flv .wmv .asf .mpg .mpeg .mts .m2ts .3gp"
)
SUFFIXES = frozenset(_SUFFIXES_TEXT.split())
"""Endings of the names of such files."""


def reader_of(path: Path, settings: PictureSettings) -> Any:
    """The module that reads a file; None where Pillow is to be asked, also of what is no file."""
    try:
        with open_regular(path) as file:
            start = file.read(_LOOKED_AT)
    except (OSError, ValueError):
        return None
    return next(_readers(start, path, settings), None)


def is_tiff(path: Path) -> bool:
    """Whether a file is a TIFF by its first bytes."""
    try:
        with open_regular(path) as file:
            start = file.read(4)
    except (OSError, ValueError):
        return False
    return any(start == sign for _, sign in _TIFF)


def is_picture_by_content(path: Path) -> bool:
    """Whether a file is of a kind that holds photographs alone, no masks; whatever its name."""
    try:
        with open_regular(path) as file:
            start = file.read(_LOOKED_AT)
        found = next(_readers(start, path, PictureSettings()), None)
    except (OSError, ValueError, PictureError):
        return False
    return found is not None and not found.__name__.endswith((".tiff", ".overview"))


def _readers(start: bytes, path: Path, settings: PictureSettings) -> Iterator[Any]:
    for one in FORMATS:
        if one.fits(start):
            module = importlib.import_module(f"{__name__}.{one.module}")
            if not one.some or module.takes(path, settings):
                yield module
