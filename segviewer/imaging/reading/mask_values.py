"""What the file of a target mask holds, whatever kind of file it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segviewer.imaging.labels import LabelSet

VOID = 255
"""Label of ignored pixels in every label map and target of the program."""


@dataclass(frozen=True, eq=False)
class MaskValues:
    """What a mask's file holds.

    Attributes
    ----------
    values : ndarray of int (H, W)
        uint8 where all numbers fit, else int32; −1 is void as 255 is.
    label_set : LabelSet or None
        The set whose colours the mask was painted in: `values` are its labels.
    notes : tuple of str
        What a person would not assume of the reading.
    names : tuple of str
        Class names that the file itself gives: `values` are their places, and 255 is what has
        no name. Empty for files of numbers.
    partial : bool
        What has no name was left out by whoever made the mask, and is no background.
    is_listed : bool
        The names stand in a list beside the file, and `values` are its own numbers.
    """

    values: np.ndarray
    label_set: LabelSet | None = None
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    partial: bool = False
    is_listed: bool = False


def share_of(count: int, total: int) -> str:
    """A share in per cent, never rounded to nothing."""
    share = count / total if total else 0.0
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
