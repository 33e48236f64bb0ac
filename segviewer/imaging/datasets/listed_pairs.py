"""A data set that is a list: a file of two paths a line, picture and mask.

Commas, semicolons, tabs or blanks stand between them; paths are meant from where the list lies, or
from a folder above it, also where they begin with a slash or were written on Windows. Rows that
are no pair, such as a header, are passed over and counted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.datasets.path_list import PairList, PathList

LIST_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".lst"})
MOST_BYTES = 256 << 20  # of a list; two million pairs of long paths
_ABOVE = 3  # folders above that of the list, from which its paths may be meant
_LOOKED_AT = 50  # rows that say what stands between paths, and from where they are meant
_DELIMITERS = ",;\t"


def is_list(path: Path) -> bool:
    """Whether a file has the name of a list."""
    return path.suffix.lower() in LIST_SUFFIXES and path.is_file()


def list_text(path: Path) -> str:
    """What a list holds.

    Raises
    ------
    PictureError
        If it is too large, or cannot be read.
    """
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(
            f"{path.name} cannot be read.",
            f"The system says: {error.strerror or error}.",
            "Check who may read it.",
        ) from error
    if len(content) > MOST_BYTES:
        raise PictureError(
            f"{path.name} is too large for a list of names.",
            f"It has over {MOST_BYTES >> 20} MB.",
            "Name a text file with one picture a line.",
        )
    return content.decode("utf-8-sig", "replace")


def pairs_of_list(path: Path, check: Callable[[], None] = lambda: None) -> tuple[PairList, int]:
    """The pairs of a list that are there, and how many of its rows are none.

    Parameters
    ----------
    path : Path
    check : callable
        Called often; what it raises ends the search.

    Returns
    -------
    pairs : PairList
        In the list's order, each once.
    others : int
        Rows of which a file is missing, and rows of something else; blank ones do not count.

    Raises
    ------
    PictureError
        If the list cannot be read, or none of its rows is a pair.
    """
    rows = _rows(list_text(path))
    base = _base(path, rows)
    found: dict[tuple[Path, Path], None] = {}
    others = 0
    for number, row in enumerate(rows):
        check()
        picture, mask = (_placed(base, text) for text in row[:2]) if len(row) > 1 else (None, None)
        if picture is None or mask is None:
            # What stands above the columns has no endings.
            others += number > 0 or any(PurePath(text).suffix for text in row)
        else:
            found[picture, mask] = None
    if not found:
        last = " ".join(rows[-1][:2]) if rows else ""
        named = f"the last is “{last[:60]}”" if last else "it is empty"
        raise PictureError(
            f"{path.name} lists no picture with a mask.",
            f"Of its {len(rows):,} rows none names two files that are there; {named}.",
            "Write a picture and its mask on each line, as paths from where the list lies; a list "
            "of names goes with the data set's folder (--split).",
        )
    pictures, masks = PathList(), PathList()
    for picture, mask in found:
        pictures.add(str(picture.parent), picture.name)
        masks.add(str(mask.parent), mask.name)
    return PairList(pictures, masks), others


def _rows(text: str) -> list[list[str]]:
    """Rows of texts, by what stands between two of them most often."""
    lines = [line for line in text.splitlines() if line.strip()]

    def cut(delimiter: str, some: Iterable[str]) -> list[list[str]]:
        if not delimiter:
            return [line.split() for line in some]
        try:
            rows = list(csv.reader(some, delimiter=delimiter))
        except csv.Error:  # a field of so many letters is no path
            return [[line] for line in some]
        return [[field.strip() for field in row] for row in rows]

    head = lines[:_LOOKED_AT]

    def fitting(delimiter: str) -> int:
        return sum(len(row) > 1 and bool(row[0]) for row in cut(delimiter, head))

    # A blank may stand in a name, and so comes last.
    best = max((*_DELIMITERS, ""), key=fitting)
    return cut(best, lines)


def _base(path: Path, rows: list[list[str]]) -> Path:
    """The folder from which most of the first rows name files."""
    folders = [path.parent, *list(path.absolute().parent.parents)[:_ABOVE]]

    def there(folder: Path) -> int:
        return sum(_placed(folder, row[0]) is not None for row in rows[:_LOOKED_AT] if row)

    return max(folders, key=there)


def _placed(base: Path, text: str) -> Path | None:
    """The file that is meant, if it is there."""
    for name in dict.fromkeys((text, text.replace("\\", "/"))):
        for path in (base / name, base / name.lstrip("/")):
            try:
                if name and path.is_file():
                    return path
            except (OSError, ValueError):  # no name of a file
                continue
    return None
