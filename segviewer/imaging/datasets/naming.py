"""What the names of files and folders say: which is a picture, which a target mask, of what.

The rules are those of the data sets and tools people use: CamVid (``0001_L.png``, ``trainannot``),
Cityscapes (``gtFine/…_gtFine_labelIds.png``), Pascal VOC (``SegmentationClass``), ADE20K
(``annotations``), Carvana and milesial's Pytorch-UNet (``_mask``), MMSegmentation (``ann_dir``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

MASK_ENDINGS = (
    "_gtFine_labelTrainIds",
    "_gtFine_labelIds",
    "_gtCoarse_labelTrainIds",
    "_gtCoarse_labelIds",
    "_gtFine_color",
    "_gtCoarse_color",
    "_labelTrainIds",
    "_labelIds",
    "_train_ids",
    "_train_id",
    "_trainIds",
    "_ground_truth",
    "_groundtruth",
    "_segmentation",
    "_annotations",
    "_annotation",
    "_labels",
    "_label",
    "_masks",
    "_mask",
    "_target",
    "_semantic",
    "_annot",
    "_anno",
    "_segm",
    "_lbl",
    "_seg",
    "_gt",
    "_L",
)
"""What a mask's name has behind its picture's, the longest first; ``-`` and ``.`` as ``_``."""

PICTURE_ENDINGS = ("_leftImg8bit", "_image", "_img", "_rgb", "_photo", "_sat")
"""What a picture's name has behind what it shares with its mask."""

_MASK_FOLDERS_TEXT = (
    "labels label labelids masks mask annotations annotation annots annot ann_dir anno gt "
    "gtfine gtcoarse groundtruth ground_truth targets target seg segs segmentation "
    "segmentations segmentationclass segmentationclassaug segmentationclassraw "
    "labeledapproved_full gt_image gt_images mask_images label_images semantic semantics "
    "semantic_labels sem_seg"
)
MASK_FOLDERS = frozenset(_MASK_FOLDERS_TEXT.split())
"""Folders of masks, in small letters."""

_PICTURE_FOLDERS_TEXT = (
    "images image imgs img jpegimages leftimg8bit photos pictures img_dir rgb 701_stillsraw_full "
    "input inputs"
)
PICTURE_FOLDERS = frozenset(_PICTURE_FOLDERS_TEXT.split())
"""Folders of pictures, in small letters."""

SPLITS = ("train", "val", "test", "training", "validation", "testing", "trainval")

_LAST_NUMBER = re.compile(r"[0-9]+(?!.*[0-9])")
_NO_LABELS = re.compile(r"[_-](instanceIds|instanceTrainIds|polygons|disparity)$", re.IGNORECASE)
_SPLIT = rf"({'|'.join(SPLITS)})"
_FORM = r"(?:[0-9]+|png|jpe?g|tiff?|gr[ae]y|rgb|colou?r|ids?)"  # what an export adds to a name
# Of a folder called otherwise ("photograph-taken-for-a-mask") an ending says nothing.
_MASK_FOLDER = re.compile(
    rf"^(?:{_SPLIT}[_-]?(?:annots?|masks?|labels?|gt)"
    rf"|(?:y|masks?|labels?|annots?|annotations?|gt)[_-]{_SPLIT}"
    rf"|(?:masks?|labels?|annotations?|gt|gt_images?|semantic)_{_FORM}"
    r"|([a-z0-9]+)_(?:annotations?|annots|masks|labels?|gt))$"
)
_PICTURE_FOLDER = re.compile(
    rf"^(?:{_SPLIT}[_-]?(?:images?|imgs?)"
    rf"|(?:x|images?|imgs?)[_-]{_SPLIT}"
    rf"|(?:images?|imgs?)_{_FORM}"
    r"|([a-z0-9]+)_(?:images|imgs|rgb))$"
)
# mask_0001, label1, img-07: a word before a number that picture and mask share.
_MASK_BEFORE = re.compile(
    r"(?:masks?|labels?|lbl|gt|seg(?:mentation)?|annot(?:ation)?|target)[ _-]?(?=[0-9])", re.I
)
_PICTURE_BEFORE = re.compile(r"(?:images?|img|photo|picture|pic)[ _-]?(?=[0-9])", re.I)

Role = Literal["picture", "mask", "neither", "unsaid"]


@dataclass(frozen=True, slots=True)
class Named:
    """What the place and name of a file say.

    Attributes
    ----------
    role : {"picture", "mask", "neither", "unsaid"}
        ``neither`` for companions without labels (instance numbers, disparities).
    key : str
        What picture and mask share of their names.
    folders : tuple of str
        The folders above it without those that separate pictures from masks.
    split : str
        ``train``, ``val``, ``test`` … where a folder says it, else empty.
    by : str
        The folder or ending that says `role`; empty where nothing does.
    """

    role: Role
    key: str
    folders: tuple[str, ...] = ()
    split: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What the folders of a file say, for all that lie in the last of them.

    Attributes
    ----------
    role, folders, split, by
        As of :class:`Named`.
    """

    role: Role
    folders: tuple[str, ...]
    split: str
    by: str


def named(path: PurePath) -> Named:
    """What `path`, relative to the data set's own folder, says about itself."""
    return named_in(place_of(path.parts[:-1]), path.name)


def place_of(parts: Iterable[str]) -> Place:
    """What the folders between the data set's own and a file say."""
    role: Role = "unsaid"
    by, split = "", ""
    folders: list[str] = []
    for folder in parts:
        small = folder.lower()
        if small in SPLITS:
            split = small
        if small in MASK_FOLDERS:
            role, by = "mask", f"{folder}/"
        elif small in PICTURE_FOLDERS:
            role, by = "picture", f"{folder}/"
        elif said := _MASK_FOLDER.match(small) or _PICTURE_FOLDER.match(small):
            role = "mask" if _MASK_FOLDER.match(small) else "picture"
            by, split = f"{folder}/", said[1] or said[2] or split
            shared = said[1] or said[2] or said[3]
            folders += [shared] if shared else []
        else:
            folders.append(small)
    return Place(role, tuple(folders), split, by)


def named_in(place: Place, name: str) -> Named:
    """What the name of a file says, in folders that have said what they say.

    Without a Path: millions of them would fill Python's table of interned names.
    """
    role, folders, split, by = place.role, place.folders, place.split, place.by
    stem = _stem_of(name)
    if stem.lower() in MASK_FOLDERS | PICTURE_FOLDERS:
        # A folder for each picture: 0001/image.png and 0001/mask.png.
        by_stem: Role = "mask" if stem.lower() in MASK_FOLDERS else "picture"
        return Named(by_stem, "", folders, split, by if role == by_stem else stem)
    if _NO_LABELS.search(stem):
        return Named("neither", stem.casefold(), folders, split)
    key, ending = without_ending(stem, MASK_ENDINGS)
    # In a folder of pictures, an ending such as _L is part of the name.
    if ending and role != "picture":
        role, by = "mask", ending
    else:
        key, ending = without_ending(stem, PICTURE_ENDINGS)
        if ending and role == "unsaid":
            role, by = "picture", ending
    if (before := _MASK_BEFORE.match(key)) and role == "unsaid":
        role, by = "mask", f"{before[0]}NAME"
    if before := before or _PICTURE_BEFORE.match(key):
        key = key[before.end() :]
    return Named(role, key.casefold(), folders, split, by)


def stem_of(path: PurePath) -> str:
    """The name without its extension; both of them for ``0001.jpg.png``."""
    return _stem_of(path.name)


def _stem_of(name: str) -> str:
    stem = _without_suffix(name)
    inner = stem[len(_without_suffix(stem)) :].lower()
    return stem[: -len(inner)] if inner in (".jpg", ".jpeg", ".png", ".tif", ".tiff") else stem


def _without_suffix(name: str) -> str:
    """As :attr:`pathlib.PurePath.stem`: a name that begins or ends with its only dot has none."""
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


def sequence_of(path: PurePath) -> str:
    """The film that a frame belongs to: its path with a # for the last number in it.

    ``0001TP_006690`` and ``0001TP_006720`` are of one; so are ``frame_1`` and ``frame_2``.
    """
    return _LAST_NUMBER.sub("#", str(path.with_name(stem_of(path))))


def without_ending(stem: str, endings: tuple[str, ...]) -> tuple[str, str]:
    """`stem` without the one of `endings` that it has, and that ending; ``""`` for none."""
    alike = re.sub(r"[-. ]", "_", stem)
    for ending in endings:
        # The L of CamVid is a capital: a word that ends in _l is no mask.
        same = alike.endswith(ending) if ending == "_L" else alike.lower().endswith(ending.lower())
        if same and len(stem) > len(ending):
            return stem[: -len(ending)], stem[-len(ending) :]
    return stem, ""


def says_mask(path: Path, partners: Iterable[Path] = ()) -> bool:
    """Whether the name or folder of `path`, or a picture it belongs to, says that it is a mask.

    Parameters
    ----------
    path : Path
    partners : iterable of Path
        Pictures that are open, or opened with it: a file of the name of one, of another kind or
        in another folder, is taken for its mask.
    """
    path = Path(path)
    # Only the two folders above: whoever keeps all his files in "labels" means nothing by it.
    if named(PurePath(*path.parts[-3:])).role == "mask":
        return True
    key = named(PurePath(path.name)).key
    return any(partner != path and named(PurePath(partner.name)).key == key for partner in partners)
