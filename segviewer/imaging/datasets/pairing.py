"""Pictures and the target masks that belong to them, and what has no partner."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from segviewer.errors import PictureError
from segviewer.imaging.datasets.annotation_files import annotations_among, with_coco
from segviewer.imaging.datasets.naming import Named, named, stem_of
from segviewer.imaging.datasets.splits import split_of
from segviewer.imaging.reading.faults import file_error
from segviewer.imaging.reading.file_names import shown_name
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES, mask_kind
from segviewer.imaging.reading.routing import (
    NaturalKey,
    holds_label_numbers,
    image_paths,
    natural_key,
)
from segviewer.imaging.reading.suffixes import PICTURE_SUFFIXES

MOST_FILES = 2_000_000  # under one folder; a home directory is no data set
MOST_DEPTH = 8
_NUMBER = re.compile(r"\d+")
_NAMED = 3  # names in a sentence; a figure file holds all
_LOOKED_AT = 3  # files whose content says which of two kinds are the masks

# Of several masks of one picture: numbers before colours, PNG before what may be an export.
_PREFERRED = ("labeltrainids", "labelids", "")
_SUFFIX_ORDER = (".png", ".tif", ".tiff", ".bmp", ".gif", ".webp")


@dataclass(frozen=True)
class Pairing:
    """Pictures with their masks, and how they were found.

    Attributes
    ----------
    pairs : tuple of (Path, Path)
        Picture and mask, in natural order.
    alone : tuple of Path
        Pictures without a mask.
    passed_over : tuple of Path
        Masks of a picture that another mask is taken for.
    unused : tuple of Path
        Masks without a picture.
    rule : str
        How they were found: ``images/ ↔ labels/``, ``NAME ↔ NAME_mask``.
    splits : tuple of str
        The splits that its folders name.
    split_by_pair : tuple of str
        Of each pair, empty where nothing says it.
    """

    pairs: tuple[tuple[Path, Path], ...]
    alone: tuple[Path, ...] = ()
    passed_over: tuple[Path, ...] = ()
    unused: tuple[Path, ...] = ()
    rule: str = ""
    splits: tuple[str, ...] = ()
    split_by_pair: tuple[str, ...] = field(default=(), repr=False)

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
    def pictures(self) -> tuple[Path, ...]:
        """All pictures, with and without a mask, in natural order."""
        return tuple(sorted((*(p for p, _ in self.pairs), *self.alone), key=_order))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    named: Named


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
    pictures = [_file(path, images) for path in _direct_or_below(images)]
    pictures = [file for file in pictures if file.named.role != "neither"]
    if coco:
        found = with_coco(_paired(pictures, []), [targets])
    else:
        masks = [_file(path, targets) for path in _direct_or_below(targets)]
        masks += [_file(path, targets) for path in _below(targets, MASK_SUFFIXES)]
        masks = [file for file in masks if file.named.role != "neither"]
        found = _paired(pictures, masks)
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

    Parameters
    ----------
    folder : Path
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
    if not folder.is_dir():
        raise PictureError(
            f"{folder} is not a folder.",
            "It does not exist or is a file.",
            "Name a folder with pictures and their target masks.",
        )
    files, no_pictures = [], []
    for path in _below(folder, PICTURE_SUFFIXES | MASK_SUFFIXES):
        check()
        if path.suffix.lower() in PICTURE_SUFFIXES:
            files.append(_file(path, folder))
        else:
            no_pictures.append(path)
    masks = [file for file in files if file.named.role == "mask"]
    others = [file for file in files if file.named.role in ("picture", "unsaid")]
    single, coco = annotations_among(no_pictures, {file.named.key for file in files}, check)
    arrays = [_file(path, folder) for path in single]
    masks += [file for file in arrays if file.named.role in ("mask", "unsaid")]
    if not masks:
        others, masks = _sorted_by_content(others)
    pictures = [file for file in others if file.named.role == "picture"]
    if not pictures or not (found := _paired(pictures, masks)).pairs:
        found = _paired(others, masks)
    found = with_coco(found, coco)
    if not found.pairs:
        raise PictureError(
            f"{folder.name or folder} has no pictures with target masks.",
            f"It holds {_count(len(others), 'picture')} and {_count(len(masks), 'mask')} "
            "by their names, none of which belong together.",
            "Put pictures and masks of the same name into folders images and labels, or give "
            "masks the ending _mask.",
        )
    return split_of(found, folder, split) if split else found


def _paired(pictures: Sequence[_File], masks: Sequence[_File]) -> Pairing:
    """Pair by folders and names, then by names alone where these are not ambiguous."""
    by_place: dict[Hashable, list[_File]] = defaultdict(list)
    by_key: dict[str, list[_File]] = defaultdict(list)
    for mask in masks:
        by_place[(mask.named.folders, mask.named.key)].append(mask)
        by_key[mask.named.key].append(mask)
    often = Counter(picture.named.key for picture in pictures)
    pairs, alone, passed_over = [], [], []
    used: set[Path] = set()
    for picture in sorted(pictures, key=lambda file: _order(file.path)):
        key = picture.named.key
        candidates = by_place.get((picture.named.folders, key))
        if candidates is None and often[key] == 1:
            candidates = by_key.get(key)
            if candidates and len({file.named.folders for file in candidates}) > 1:
                candidates = None
        if not candidates:
            alone.append(picture.path)
            continue
        best, *rest = sorted(candidates, key=_preference)
        pairs.append((picture, best))
        passed_over += [file.path for file in rest]
        used.update(file.path for file in candidates)
    splits = tuple(picture.named.split or mask.named.split for picture, mask in pairs)
    return Pairing(
        tuple((picture.path, mask.path) for picture, mask in pairs),
        tuple(alone),
        tuple(passed_over),
        tuple(mask.path for mask in masks if mask.path not in used),
        _rule(pairs),
        tuple(dict.fromkeys(split for split in splits if split)),
        splits,
    )


def _rule(pairs: Sequence[tuple[_File, _File]]) -> str:
    """How most of `pairs` belong together, for a person."""
    if not pairs:
        return ""

    def side(file: _File) -> str:
        if file.named.by.endswith("/"):
            return file.named.by
        if file.named.by:
            return f"NAME{file.named.by}"
        return f"NAME{file.path.suffix.lower()}"

    sides = Counter((side(picture), side(mask)) for picture, mask in pairs)
    (left, right), _ = sides.most_common(1)[0]
    return f"{left} ↔ {right}" if left != right else "the same names in two folders"


def _sorted_by_content(files: Sequence[_File]) -> tuple[list[_File], list[_File]]:
    """Pictures and masks among files that share names (``a.jpg`` and ``a.png``).

    Of a kind of file (its extension) a few are looked into; the kind that holds label numbers
    is the masks'.
    """
    groups: dict[Hashable, list[_File]] = defaultdict(list)
    for file in files:
        groups[(file.named.folders, file.named.key)].append(file)
    shared = [group for group in groups.values() if len(group) > 1]
    suffixes = {file.path.suffix.lower() for group in shared for file in group}
    mask_suffixes = set()
    for suffix in suffixes - {".jpg", ".jpeg"}:
        some = [f for group in shared for f in group if f.path.suffix.lower() == suffix]
        some = some[:: max(1, len(some) // _LOOKED_AT)][:_LOOKED_AT]
        if all(holds_label_numbers(file.path) for file in some):
            mask_suffixes.add(suffix)
    if mask_suffixes == suffixes:
        return list(files), []
    shared_files = {id(file) for group in shared for file in group}
    masks = [
        file
        for file in files
        if id(file) in shared_files and file.path.suffix.lower() in mask_suffixes
    ]
    taken = {id(file) for file in masks}
    return [file for file in files if id(file) not in taken], masks


def _preference(file: _File) -> tuple[bool, int, int, NaturalKey]:
    name = stem_of(file.path).lower()
    kind = next(i for i, ending in enumerate(_PREFERRED) if name.endswith(ending))
    colour = name.endswith("color")
    suffix = file.path.suffix.lower()
    order = _SUFFIX_ORDER.index(suffix) if suffix in _SUFFIX_ORDER else len(_SUFFIX_ORDER)
    return colour, kind, order, natural_key(file.path)


def _file(path: Path, root: Path) -> _File:
    return _File(path, named(path.relative_to(root)))


def _direct_or_below(folder: Path) -> list[Path]:
    """The pictures in a folder; where there are none, those in its sub-folders."""
    return image_paths(folder) or list(_below(folder))


def _below(folder: Path, suffixes: Collection[str] = PICTURE_SUFFIXES) -> Iterator[Path]:
    """Files in and under a folder, by folder; links to folders are not followed."""
    number = 0

    def refuse(error: OSError) -> None:
        # Only what was asked for must be readable: a folder below may belong to another person.
        if error.filename == str(folder):
            raise file_error(folder, error) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and depth < MOST_DEPTH)
        for name in names:
            if name.startswith(".") or PurePath(name).suffix.lower() not in suffixes:
                continue
            number += 1
            if number > MOST_FILES:
                raise PictureError(
                    f"{folder.name or folder} holds more than {MOST_FILES:,} pictures and masks.",
                    "That is more than a data set has; it may be the wrong folder.",
                    "Open a folder further down.",
                )
            yield Path(place, name)


def _order(path: Path) -> str:
    """Sort key by folders and name in which numbers count as numbers.

    One text, because a large data set has a key for each of its files at once.
    """
    return "\0".join(map(natural_text, path.parts))


def natural_text(name: str) -> str:
    """As :func:`natural_key` sorts, in a text: a number stands behind its length."""
    text = _NUMBER.sub(_number_text, name.casefold())
    return f"{text}\0{name}"


def _number_text(found: re.Match[str]) -> str:
    number = str(int(found[0]))
    return f"\1{chr(len(number))}{number}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
