"""Paths by the million: a folder's number and a name each, and a Path when one is looked at.

A :class:`~pathlib.Path` takes half a kilobyte; a million pairs would take one gigabyte.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray


class PathList(Sequence[Path]):
    """A sequence of paths that grows.

    Parameters
    ----------
    paths : iterable of Path
    """

    __slots__ = ("_folders", "_names", "_number", "_places")

    def __init__(self, paths: Iterable[Path] = ()):
        self._folders: list[str] = []
        self._number: dict[str, int] = {}
        self._places = array("I")
        self._names: list[str] = []
        for path in paths:
            self.add(str(path.parent), path.name)

    def add(self, folder: str, name: str) -> None:
        """Add a file by its folder and name, which are kept as they are."""
        number = self._number.setdefault(folder, len(self._folders))
        if number == len(self._folders):
            self._folders.append(folder)
        self._places.append(number)
        self._names.append(name)

    def folders(self) -> Sequence[str]:
        """The folders, by number."""
        return self._folders

    def folder_numbers(self) -> NDArray[np.uint32]:
        """The folder of each file, by number."""
        return np.array(self._places, np.uint32)

    def folder(self, index: int) -> str:
        """The folder of a file."""
        return self._folders[self._places[index]]

    def name(self, index: int) -> str:
        """The name of a file."""
        return self._names[index]

    def picked(self, indices: Iterable[int]) -> PathList:
        """Some of them, in the order of `indices`; their names are shared."""
        found = PathList()
        found._folders, found._number = self._folders, self._number
        for index in indices:
            found._places.append(self._places[index])
            found._names.append(self._names[index])
        return found

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> PathList: ...
    def __getitem__(self, index: int | slice) -> Path | PathList:
        if isinstance(index, slice):
            return self.picked(range(len(self))[index])
        return Path(self.folder(index), self._names[index])

    def __iter__(self) -> Iterator[Path]:
        for index in range(len(self)):
            yield self[index]

    def texts(self) -> Iterator[str]:
        """The paths as texts."""
        for place, name in zip(self._places, self._names, strict=True):
            folder = self._folders[place]
            yield name if folder == os.curdir else os.path.join(folder, name)

    def __eq__(self, other: object) -> bool:
        return _alike(self, other)

    def __hash__(self) -> int:
        return hash((len(self), *self._names[:1]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"


class PairList(Sequence[tuple[Path, Path]]):
    """Pairs of two lists that are equally long.

    Parameters
    ----------
    pictures, masks : PathList
    """

    __slots__ = ("masks", "pictures")

    def __init__(self, pictures: PathList, masks: PathList):
        if len(pictures) != len(masks):
            raise ValueError(f"{len(pictures)} pictures and {len(masks)} masks")
        self.pictures, self.masks = pictures, masks

    @classmethod
    def of(cls, pairs: Iterable[tuple[Path, Path]]) -> PairList:
        """Of pairs one by one."""
        pictures, masks = PathList(), PathList()
        for picture, mask in pairs:
            pictures.add(str(picture.parent), picture.name)
            masks.add(str(mask.parent), mask.name)
        return cls(pictures, masks)

    def picked(self, indices: Sequence[int]) -> PairList:
        """Some of them, in the order of `indices`."""
        return PairList(self.pictures.picked(indices), self.masks.picked(indices))

    def __len__(self) -> int:
        return len(self.pictures)

    @overload
    def __getitem__(self, index: int) -> tuple[Path, Path]: ...
    @overload
    def __getitem__(self, index: slice) -> PairList: ...
    def __getitem__(self, index: int | slice) -> tuple[Path, Path] | PairList:
        if isinstance(index, slice):
            return self.picked(range(len(self))[index])
        return self.pictures[index], self.masks[index]

    def __iter__(self) -> Iterator[tuple[Path, Path]]:
        return zip(self.pictures, self.masks, strict=True)

    def __eq__(self, other: object) -> bool:
        return _alike(self, other)

    def __hash__(self) -> int:
        return hash(self.pictures)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"


def _alike(one: Sequence[object], other: object) -> bool:
    """Whether two sequences hold the same, whatever they are."""
    if not isinstance(other, Sequence) or isinstance(other, str | bytes):
        return False
    return len(one) == len(other) and all(a == b for a, b in zip(one, other, strict=True))
