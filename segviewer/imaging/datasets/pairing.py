"""Pictures and the target masks that belong to them, and what has no partner."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import numpy as np

from segviewer.errors import PictureError
from segviewer.imaging.datasets.alike_names import sorted_by_content, sorted_by_folder, suffix_of
from segviewer.imaging.datasets.annotation_files import (
    annotations_among,
    text_annotations,
    with_coco,
)
from segviewer.imaging.datasets.listed_pairs import is_list, pairs_of_list
from segviewer.imaging.datasets.named_files import (
    MASK,
    PICTURE,
    UNSAID,
    Lookup,
    NamedFiles,
    Words,
    joined,
    sorted_paths,
)
from segviewer.imaging.datasets.naming import named, stem_of
from segviewer.imaging.datasets.path_list import PairList, PathList
from segviewer.imaging.datasets.splits import split_of
from segviewer.imaging.reading.faults import file_error
from segviewer.imaging.reading.file_names import shown_name
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES, mask_kind
from segviewer.imaging.reading.routing import NaturalKey, image_paths, natural_key
from segviewer.imaging.reading.suffixes import PICTURE_SUFFIXES

MOST_FILES = 2_000_000  # under one folder; a home directory is no data set
MOST_DEPTH = 8
_NAMED = 3  # names in a sentence; a figure file holds all

# Of several masks of one picture: numbers before colours, PNG before what may be an export.
_PREFERRED = ("labeltrainids", "labelids", "")
_COLOURED = ("color", "colour", "colors", "colours", "_rgb")
_SUFFIX_ORDER = (".png", ".tif", ".tiff", ".bmp", ".gif", ".webp")


@dataclass(frozen=True)
class Pairing:
    """Pictures with their masks, and how they were found.

    Attributes
    ----------
    pairs : sequence of (Path, Path)
        Picture and mask, in natural order; kept as a :class:`PairList`, whatever is given.
    alone : sequence of Path
        Pictures without a mask.
    passed_over : sequence of Path
        Masks of a picture that another mask is taken for.
    unused : sequence of Path
        Masks without a picture.
    rule : str
        How they were found: ``images/ ↔ labels/``, ``NAME ↔ NAME_mask``.
    splits : tuple of str
        The splits that its folders name.
    split_by_pair : tuple of str
        Of each pair, empty where nothing says it.
    """

    pairs: Sequence[tuple[Path, Path]]
    alone: Sequence[Path] = ()
    passed_over: Sequence[Path] = ()
    unused: Sequence[Path] = ()
    rule: str = ""
    splits: tuple[str, ...] = ()
    split_by_pair: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.pairs, PairList):
            object.__setattr__(self, "pairs", PairList.of(self.pairs))

    @property
    def masks(self) -> Sequence[Path]:
        """The masks of the pairs."""
        assert isinstance(self.pairs, PairList)  # made so
        return self.pairs.masks

    def picked(self, indices: Sequence[int]) -> Pairing:
        """Some of the pairs, in the order of `indices`, and what has no partner."""
        assert isinstance(self.pairs, PairList)
        splits = tuple(self.split_by_pair[index] for index in indices if self.split_by_pair)
        return replace(self, pairs=self.pairs.picked(indices), split_by_pair=splits)

    def sentences(self) -> tuple[str, ...]:
        """How they were paired, and what is left out, counted."""
        said = []
        if self.rule:
            said.append(f"{_count(len(self.pairs), 'picture')} with masks: {self.rule}.")
        if self.alone:
            total = len(self.alone) + len(self.pairs)
            have = "has no mask and is" if len(self.alone) == 1 else "have no mask and are"
            said.append(
                f"{len(self.alone)} of {total} pictures {have} left out: {listed(self.alone)}."
            )
        if self.passed_over:
            have = "mask shares its name" if len(self.passed_over) == 1 else "masks share a name"
            said.append(
                f"{len(self.passed_over)} {have} with another and left out: "
                f"{listed(self.passed_over)}."
            )
        if self.unused:
            have = "mask has" if len(self.unused) == 1 else "masks have"
            said.append(f"{len(self.unused)} {have} no picture: {listed(self.unused)}.")
        return tuple(said)

    @property
    def pictures(self) -> PathList:
        """All pictures, with and without a mask, in natural order."""
        assert isinstance(self.pairs, PairList)
        return sorted_paths(self.pairs.pictures, self.alone)


def listed(paths: Sequence[Path]) -> str:
    """The first few names."""
    names = ", ".join(shown_name(path) for path in paths[:_NAMED])
    return f"{names} …" if len(paths) > _NAMED else names


def pairing_of(images: Path, targets: Path, split: str = "") -> Pairing:
    """Pair the pictures of one folder with the masks of another.

    By what their names share, whatever endings the two kinds have (``_mask``, ``_leftImg8bit``).

    Parameters
    ----------
    images, targets : Path
        Folders; sub-folders are followed where the two have the same ones. `targets` may be a
        file of COCO, too.
    split : str
        As in :func:`dataset_of`, looked for in `images`.

    Raises
    ------
    PictureError
        If a folder is missing or nothing pairs up.
    """
    coco = mask_kind(targets) == "coco"
    for folder in (images,) if coco else (images, targets):
        if not folder.is_dir():
            raise PictureError(
                f"{folder} is not a folder.",
                "It does not exist or is a file.",
                "Name a folder of pictures and one of target masks.",
            )
    if images == targets:
        return dataset_of(images, split)
    words = Words()
    pictures = NamedFiles(_direct_or_below(images), images, words)
    pictures = pictures.of_role(UNSAID, PICTURE, MASK).in_order()
    if coco:
        found = with_coco(_paired(pictures, NamedFiles(PathList(), images, words)), [targets])
    else:
        masks = joined(
            NamedFiles(_direct_or_below(targets), targets, words),
            NamedFiles(_below(targets, MASK_SUFFIXES), targets, words),
        )
        masks = masks.of_role(UNSAID, PICTURE, MASK)
        found = _paired(pictures, masks)
        found = found if found.pairs else _paired_by_numbers(pictures, masks, found)
    if not found.pairs:
        raise PictureError(
            "No picture has a target mask.",
            f"No file of {images} shares its name with one of {targets}.",
            "Give picture and mask the same name, apart from the extension or an ending such "
            "as _mask.",
        )
    found = replace(found, rule="")  # it was given
    return split_of(found, images, split) if split else found


def dataset_of(folder: Path, split: str = "", check: Callable[[], None] = lambda: None) -> Pairing:
    """Find pictures and their masks in a folder of any usual arrangement.

    Pictures and masks are distinguished by folders (``images`` and ``labels``, ``JPEGImages`` and
    ``SegmentationClass``, ``leftImg8bit`` and ``gtFine``, ``train`` and ``trainannot``), by
    endings (``_mask``, ``_gt``, ``_L``), or, where two files share a name, by what they hold.
    Where no two names belong together, their numbers may (``um_07``, ``um_lane_07``).

    Parameters
    ----------
    folder : Path
        Or a list: a file of two paths a line, picture and mask.
    split : str
        Only the pictures of this split: a folder's name (``val``), or a list of names or pairs
        that lies in the data set (``ImageSets/Segmentation/val.txt``, ``val.txt``, a CSV file).
    check : callable
        Called often; what it raises ends the search.

    Raises
    ------
    PictureError
        If the folder cannot be read, holds no picture with a mask, or has no such split.
    """
    folder = Path(folder)
    if is_list(folder):
        pairs, no_pairs = pairs_of_list(folder, check)
        left = f"; {_count(no_pairs, 'row')} of it {'is' if no_pairs == 1 else 'are'} no pair"
        found = Pairing(pairs, rule=f"listed in {folder.name}{left if no_pairs else ''}")
        return split_of(found, folder.parent, split) if split else found
    if not folder.is_dir():
        raise PictureError(
            f"{folder} is not a folder.",
            "It does not exist or is a file.",
            "Name a folder with pictures and their target masks, or a list of pairs.",
        )
    words = Words()
    every = _below(folder, PICTURE_SUFFIXES | MASK_SUFFIXES, check)
    is_picture = np.array([suffix_of(every.name(i)) in PICTURE_SUFFIXES for i in range(len(every))])
    no_pictures = every.picked(np.flatnonzero(~is_picture)) if len(every) else every
    if len(no_pictures):
        every = every.picked(np.flatnonzero(is_picture))
    files = NamedFiles(every, folder, words, check)
    masks, others = files.of_role(MASK), files.of_role(PICTURE, UNSAID)
    coco: Sequence[Path] = ()
    if no_pictures:
        keys = {named(PurePath(path.name)).key for path in files.paths}
        single, coco = annotations_among(no_pictures, keys, check)
        arrays = NamedFiles(PathList(single), folder, words, check)
        masks = joined(masks, arrays.of_role(MASK, UNSAID))
    del files, every
    if not len(masks):
        others, masks = sorted_by_content(others)
    if not len(masks):
        others, masks = sorted_by_folder(others, check)
    others = others.in_order()  # once for all ways
    pictures = others.of_role(PICTURE)
    if not len(pictures) or not (found := _paired(pictures, masks)).pairs:
        found = _paired(others, masks)
    if not found.pairs:
        found = _paired_by_numbers(pictures if len(pictures) else others, masks, found)
    found = with_coco(found, coco)
    inside = _only_folder(others) if not (found.pairs or len(masks)) else None
    if inside is not None and inside != folder:
        # Pictures and masks lie together in one called "images", which says nothing then.
        with contextlib.suppress(PictureError):
            return dataset_of(inside, split, check)
    if not found.pairs:
        if yolo := text_annotations(others.paths):
            raise PictureError(
                f"{folder.name or folder} has outlines or boxes as text, and no target masks.",
                f"{_count(len(others), 'picture')} have a text of numbers, as YOLO writes them "
                f"({shown_name(yolo)}), which holds no names of classes.",
                "Export masks as PNG, or as COCO or labelme JSON.",
            )
        raise PictureError(
            f"{folder.name or folder} has no pictures with target masks.",
            f"It holds {_count(len(others), 'picture')} and {_count(len(masks), 'mask')} "
            "by their names, none of which belong together.",
            "Put pictures and masks of the same name into folders images and labels, or give "
            "masks the ending _mask.",
        )
    return split_of(found, folder, split) if split else found


def _only_folder(files: NamedFiles) -> Path | None:
    """The folder in which all of them lie, if it is one."""
    folders = {files.paths.folder(index) for index in range(len(files))}
    return Path(folders.pop()) if len(folders) == 1 else None


def _paired(pictures: NamedFiles, masks: NamedFiles) -> Pairing:
    """Pair by folders and names, then by names alone where these are not ambiguous.

    Pictures come in their order.
    """
    by_place, by_key, often = Lookup(masks.place), Lookup(masks.key), Lookup(pictures.key)
    begins, ends = by_place.spans(pictures.place)
    key_begins, key_ends = by_key.spans(pictures.key)
    first, last = often.spans(pictures.key)
    used = np.zeros(len(masks), bool)
    taken, alone, passed_over = np.full(len(pictures), -1, np.int32), [], []
    for index in range(len(pictures)):
        candidates = by_place.files(begins[index], ends[index])
        if not len(candidates) and last[index] - first[index] == 1:
            candidates = by_key.files(key_begins[index], key_ends[index])
            if len({int(place) for place in masks.place[candidates]}) > 1:
                candidates = candidates[:0]
        if not len(candidates):
            alone.append(index)
            continue
        rest = candidates.tolist()
        if len(rest) > 1:
            rest.sort(key=lambda mask: preference(masks.paths[mask]))
        taken[index] = rest[0]
        passed_over += rest[1:]
        used[candidates] = True
    have = np.flatnonzero(taken >= 0)
    taken = taken[have]
    numbers = np.where(pictures.split[have] > 0, pictures.split[have], masks.split[taken])
    texts = [pictures.words.texts[number] for number in numbers]
    return Pairing(
        PairList(pictures.paths.picked(have), masks.paths.picked(taken)),
        pictures.paths.picked(alone),
        masks.paths.picked(passed_over),
        masks.paths.picked(np.flatnonzero(~used)),
        _rule(pictures, have, masks, taken),
        tuple(dict.fromkeys(split for split in texts if split)),
        tuple(texts),
    )


def _paired_by_numbers(pictures: NamedFiles, masks: NamedFiles, by_name: Pairing) -> Pairing:
    """Pair names that share nothing but numbers nobody else has; else `by_name` stays."""
    found = _paired(pictures.by_numbers(), masks.by_numbers())
    if not found.pairs:
        return by_name
    paired, used = set(found.pictures), set(found.masks)
    return replace(
        found,
        alone=[path for path in pictures.paths if path not in paired],
        unused=[path for path in masks.paths if path not in used],
        rule=f"{found.rule}, by the numbers in their names",
    )


def _rule(pictures: NamedFiles, have: np.ndarray, masks: NamedFiles, taken: np.ndarray) -> str:
    """How most of the pairs belong together, for a person."""
    if not len(have):
        return ""

    def side(files: NamedFiles, index: int) -> str:
        by: str = files.words.texts[files.by[index]]
        if by.endswith("/") or "NAME" in by:
            return by
        return f"NAME{by or suffix_of(files.paths.name(index))}"

    sides = Counter(
        (side(pictures, picture), side(masks, mask))
        for picture, mask in zip(have, taken, strict=True)
    )
    (left, right), _ = sides.most_common(1)[0]
    return f"{left} ↔ {right}" if left != right else "the same names in two folders"


def preference(path: Path) -> tuple[bool, int, int, NaturalKey]:
    """Which of several masks of one picture is taken: the least.

    Numbers before colours, PNG before what may be an export.
    """
    name = stem_of(path).lower()
    kind = next(i for i, ending in enumerate(_PREFERRED) if name.endswith(ending))
    colour = any(one.endswith(_COLOURED) for one in (name, path.parent.name.lower()))
    suffix = path.suffix.lower()
    order = _SUFFIX_ORDER.index(suffix) if suffix in _SUFFIX_ORDER else len(_SUFFIX_ORDER)
    return colour, kind, order, natural_key(path)


def _direct_or_below(folder: Path) -> PathList:
    """The pictures in a folder; where there are none, those in its sub-folders."""
    return PathList(image_paths(folder)) or _below(folder)


def _below(
    folder: Path,
    suffixes: Collection[str] = PICTURE_SUFFIXES,
    check: Callable[[], None] = lambda: None,
) -> PathList:
    """Files in and under a folder, by folder; links to folders are not followed."""
    found = PathList()

    def refuse(error: OSError) -> None:
        # Only what was asked for must be readable: a folder below may belong to another person.
        if error.filename == str(folder):
            raise file_error(folder, error) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and depth < MOST_DEPTH)
        inside = str(Path(place))  # without a leading "./"
        for name in names:
            check()
            if name.startswith(".") or suffix_of(name) not in suffixes:
                continue
            if len(found) == MOST_FILES:
                raise PictureError(
                    f"{folder.name or folder} holds more than {MOST_FILES:,} pictures and masks.",
                    "That is more than a data set has; it may be the wrong folder.",
                    "Open a folder further down.",
                )
            found.add(inside, name)
    return found


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
