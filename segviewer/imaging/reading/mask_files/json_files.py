"""JSON that somebody else wrote, refused before it takes memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from segviewer.errors import PictureError
from segviewer.files.regular_files import read_regular, reason

MOST_BYTES = 128 << 20
MOST_MEMORY = 2 << 30
_BYTES_A_VALUE = 64  # of Python's, for a number with its place in a list, or an empty list


def no_mask(path: Path, why: str, next_step: str = "") -> PictureError:
    """The error of a file that cannot be used as a target mask.

    Parameters
    ----------
    path : Path
    why : str
        In sentences.
    next_step : str
        Empty: to write it again.
    """
    return PictureError(
        f"{path.name} cannot be used as a target mask.",
        why,
        next_step or "Write the file again with the program it is from, or export a PNG mask.",
    )


def load_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises
    ------
    PictureError
        If it is longer than :data:`MOST_BYTES`, would take more than :data:`MOST_MEMORY`, or is
        no JSON.
    """
    smaller = "Split it, or export masks as PNG."
    try:
        content = read_regular(path, MOST_BYTES)
    except OSError as error:
        raise no_mask(path, reason(error), smaller) from error
    # Each value but the first has a comma, a colon or a bracket before it.
    values = sum(content.count(sign) for sign in (b",", b"[", b"{", b":"))
    if values * _BYTES_A_VALUE > MOST_MEMORY:
        raise no_mask(
            path,
            f"Its {values:,} values would take {values * _BYTES_A_VALUE / 1e9:.1f} GB of memory.",
            smaller,
        )
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise no_mask(path, f"It is no JSON: {str(error)[:200]}.") from error
    if not isinstance(found, dict):
        raise no_mask(path, "It holds no object with shapes or annotations.")
    return found
