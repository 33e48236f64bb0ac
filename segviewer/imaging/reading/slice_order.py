"""Slices of a scan in a folder: known by what they hold, in the order of their numbers.

Scanners name files by running numbers without an ending, or by identifiers, and seldom in the
order in which the slices lie.
"""

from __future__ import annotations

from pathlib import Path

from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.formats.optional import is_there

SUFFIXES = frozenset({".dcm", ".dicom"})
MOST_SLICES = 1_000
"""Of a folder with more nobody looks into each: they stay in the order of their names."""

_MARK, _MARK_AT = b"DICM", 128
_TAGS = ["SeriesNumber", "SeriesInstanceUID", "InstanceNumber"]


def holds_slice(path: Path) -> bool:
    """Whether a file begins as DICOM does, whatever it is called."""
    try:
        with open_regular(path) as file:
            head: bytes = file.read(_MARK_AT + len(_MARK))
    except (OSError, ValueError):
        return False
    return head[_MARK_AT:] == _MARK


def in_slice_order(paths: list[Path]) -> list[Path]:
    """Files of DICOM by series and number, each once; as they are where that cannot be known.

    Parameters
    ----------
    paths : list of Path
        In natural order, which decides between equal numbers.
    """
    if not 1 < len(paths) <= MOST_SLICES or not is_there("pydicom"):
        return paths
    keys = [_number_of(path) for path in paths]
    if None in keys:
        return paths
    return [paths[index] for index in sorted(range(len(paths)), key=lambda i: keys[i] or ())]


def _number_of(path: Path) -> tuple[int, str, int] | None:
    import pydicom

    try:
        with open_regular(path) as file:
            tags = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(_TAGS))
        series, number = (int(tags.get(name) or 0) for name in ("SeriesNumber", "InstanceNumber"))
        return series, str(tags.get("SeriesInstanceUID", "")), number
    except Exception:  # a damaged file has its own words when it is opened
        return None
