"""Which of some pictures are target masks, where no name says it: by what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from segviewer.imaging.datasets.named_files import Lookup, NamedFiles
from segviewer.imaging.reading.routing import holds_label_numbers

_LOOKED_AT = 3  # files of a kind or folder whose content says whether they are masks
_MOST_LOOKED_INTO = 12  # folders


def sorted_by_content(files: NamedFiles) -> tuple[NamedFiles, NamedFiles]:
    """Pictures and masks among files that share names (``a.jpg`` and ``a.png``).

    Of a kind of file (its extension) a few are looked into; the kind that holds label numbers
    is the masks'.
    """
    begins, ends = Lookup(files.place).spans(files.place)
    is_shared = ends - begins > 1
    endings = [suffix_of(files.paths.name(index)) for index in range(len(files))]
    suffixes = {endings[index] for index in np.flatnonzero(is_shared)}
    mask_suffixes = set()
    for one in suffixes - {".jpg", ".jpeg"}:
        some = [index for index in np.flatnonzero(is_shared) if endings[index] == one]
        some = some[:: max(1, len(some) // _LOOKED_AT)][:_LOOKED_AT]
        if all(holds_label_numbers(files.paths[int(index)]) for index in some):
            mask_suffixes.add(one)
    if mask_suffixes == suffixes:
        return files, files.picked([])
    are_masks = is_shared & np.array([one in mask_suffixes for one in endings], bool)
    return files.picked(np.flatnonzero(~are_masks)), files.picked(np.flatnonzero(are_masks))


def sorted_by_folder(
    files: NamedFiles, check: Callable[[], None] = lambda: None
) -> tuple[NamedFiles, NamedFiles]:
    """Pictures and masks among files of two folders or more whose names say nothing.

    Into a few of each folder is looked: one whose files hold label numbers is of masks.
    """
    inside: dict[str, list[int]] = {}
    for index in range(len(files)):
        inside.setdefault(files.paths.folder(index), []).append(index)
    if not 1 < len(inside) <= _MOST_LOOKED_INTO:
        return files, files.picked([])
    of_masks: list[int] = []
    for indices in inside.values():
        check()
        some = indices[:: max(1, len(indices) // _LOOKED_AT)][:_LOOKED_AT]
        if all(holds_label_numbers(files.paths[index]) for index in some):
            of_masks += indices
    if len(of_masks) == len(files):
        return files, files.picked([])
    rest = np.setdiff1d(np.arange(len(files)), of_masks)
    return _by_folder(files.picked(rest)), _by_folder(files.picked(sorted(of_masks)))


def _by_folder(files: NamedFiles) -> NamedFiles:
    """With their folders as what says of them whether they are masks."""
    for index in range(len(files)):
        files.by[index] = files.words.number(f"{os.path.basename(files.paths.folder(index))}/")
    return files


def suffix_of(name: str) -> str:
    """The ending of a name, in small letters, with its dot."""
    return os.path.splitext(name)[1].lower()
