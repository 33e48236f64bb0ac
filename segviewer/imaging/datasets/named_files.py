"""What the names of very many files say, in arrays, so that a million of them fit in memory."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segviewer.imaging.datasets.naming import Place, named_in, place_of
from segviewer.imaging.datasets.path_list import PathList

ROLES = ("unsaid", "picture", "mask", "neither")
UNSAID, PICTURE, MASK = range(3)
_NUMBER = re.compile(r"[0-9]+")
_MOST_DIGITS = 18  # of a number that is compared


class Words:
    """Texts that occur again and again, by their numbers; the empty one is 0."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {"": 0}
        self.texts: list[str] = [""]

    def number(self, text: str) -> int:
        """The number of a text."""
        found = self._number.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found


class NamedFiles:
    """Files, and of each what :func:`segviewer.imaging.datasets.naming.named` says.

    What picture and mask share is kept as a hash of 64 bits: among two million names, two that
    differ have one in ten million chances to be taken for the same.

    Parameters
    ----------
    paths : PathList
    root : Path
        The data set's own folder, of which names begin.
    words : Words
        Of splits and of what says a role; those of other files that they are compared with.
    check : callable
        Called often; what it raises ends it.

    Attributes
    ----------
    role : ndarray of uint8 (N,)
        A place of :data:`ROLES`.
    key, place : ndarray of int64 (N,)
        Of what picture and mask share of their names, alone and with the folders above.
    split, by : ndarray of uint32 (N,)
        A place of `words`.
    """

    def __init__(
        self, paths: PathList, root: Path, words: Words, check: Callable[[], None] = lambda: None
    ):
        count = len(paths)
        self.paths, self.words = paths, words
        self.role = np.zeros(count, np.uint8)
        self.key, self.place = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.split, self.by = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
        places: dict[str, Place] = {}
        for index in range(count):
            check()
            folder = paths.folder(index)
            if folder not in places:
                places[folder] = place_of(PurePath(folder).relative_to(root).parts)
            said = named_in(places[folder], paths.name(index))
            self.role[index] = ROLES.index(said.role)
            self.key[index] = hash(said.key)
            self.place[index] = hash((said.folders, said.key))
            self.split[index] = words.number(said.split)
            self.by[index] = words.number(said.by)

    def __len__(self) -> int:
        return len(self.paths)

    def picked(self, indices: NDArray[np.signedinteger[Any]] | Sequence[int]) -> NamedFiles:
        """Some of them, in the order of `indices`."""
        found = NamedFiles.__new__(NamedFiles)
        found.paths, found.words = self.paths.picked(indices), self.words
        for name in ("role", "key", "place", "split", "by"):
            setattr(found, name, getattr(self, name)[indices])
        return found

    def of_role(self, *roles: int) -> NamedFiles:
        """Those of some roles."""
        wanted = np.isin(self.role, roles)
        return self if wanted.all() else self.picked(np.flatnonzero(wanted))

    def by_numbers(self) -> NamedFiles:
        """Those whose names have numbers that no other's have, and of names these alone."""
        keys = [self._numbers(index) for index in range(len(self))]
        often = Counter(keys)
        alone = [index for index, key in enumerate(keys) if key and often[key] == 1]
        found = self.picked(alone)
        found.key = found.place = np.array([hash(keys[index]) for index in alone], np.int64)
        return found

    def _numbers(self, index: int) -> tuple[int, ...]:
        stem = os.path.splitext(self.paths.name(index))[0]
        return tuple(int(number[-_MOST_DIGITS:]) for number in _NUMBER.findall(stem))

    def in_order(self) -> NamedFiles:
        """Sorted by folders and names in which numbers count as numbers."""
        return self.picked(natural_order(self.paths))


def joined(first: NamedFiles, second: NamedFiles) -> NamedFiles:
    """Both, of the same words."""
    paths = PathList()
    for files in (first.paths, second.paths):
        for index in range(len(files)):
            paths.add(files.folder(index), files.name(index))
    found = NamedFiles.__new__(NamedFiles)
    found.paths, found.words = paths, first.words
    for name in ("role", "key", "place", "split", "by"):
        setattr(found, name, np.concatenate([getattr(first, name), getattr(second, name)]))
    return found


class Lookup:
    """Files by a number each, of which several may have the same.

    Parameters
    ----------
    numbers : ndarray of int64 (N,)
    """

    def __init__(self, numbers: NDArray[np.int64]):
        self._order = np.argsort(numbers, kind="stable").astype(np.int32)
        self._sorted = numbers[self._order]

    def spans(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where the files of each of `wanted` begin and end, for :meth:`files`."""
        left = np.searchsorted(self._sorted, wanted, "left").astype(np.int32)
        return left, np.searchsorted(self._sorted, wanted, "right").astype(np.int32)

    def files(self, begin: int, end: int) -> NDArray[np.int32]:
        """The files of a span, in their order."""
        return self._order[begin:end]


def natural_order(paths: PathList) -> NDArray[np.int32]:
    """Indices of `paths` by folders and names in which numbers count as numbers."""
    number, texts = paths.folder_numbers(), [path_text(PurePath(one)) for one in paths.folders()]
    ranks = sorted(range(len(texts)), key=texts.__getitem__)
    nested = any(texts[b].startswith(f"{texts[a]}\0") for a, b in pairwise(ranks))
    if nested:
        # A folder's files stand among its folders.
        keyed = [f"{texts[n]}\0{natural_text(paths.name(i))}" for i, n in enumerate(number)]
        return np.array(sorted(range(len(paths)), key=keyed.__getitem__), np.int32)
    found = [np.zeros(0, np.int32)]
    for rank in ranks:
        inside = np.flatnonzero(number == rank)
        order = sorted(inside.tolist(), key=lambda index: natural_text(paths.name(index)))
        found.append(np.array(order, np.int32))
    return np.concatenate(found)


def path_text(path: PurePath) -> str:
    """Sort key by folders and name in which numbers count as numbers."""
    return "\0".join(map(natural_text, path.parts))


def natural_text(name: str) -> str:
    """As :func:`segviewer.imaging.reading.routing.natural_key` sorts, in a text.

    A number stands behind its length.
    """
    text = _NUMBER.sub(_number_text, name.casefold())
    return f"{text}\0{name}"


def _number_text(found: re.Match[str]) -> str:
    number = str(int(found[0]))
    return f"\1{chr(len(number))}{number}"


def sorted_paths(*lists: Iterable[Path]) -> PathList:
    """All of several lists in natural order."""
    paths = PathList()
    for one in lists:
        if isinstance(one, PathList):
            for index in range(len(one)):
                paths.add(one.folder(index), one.name(index))
        else:
            for path in one:
                paths.add(str(path.parent), path.name)
    return paths.picked(natural_order(paths))
