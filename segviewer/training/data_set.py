"""A folder of pictures and masks as something to train on: classes, split, sizes, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segviewer.imaging.datasets.fitted_targets import fitted_target
from segviewer.imaging.datasets.network_targets import mapping_of_masks
from segviewer.imaging.datasets.pairing import dataset_of, pairing_of
from segviewer.imaging.labels import label_set
from segviewer.imaging.nearest import nearest, reduced_size
from segviewer.imaging.preprocessing import resize_to
from segviewer.imaging.reading.header import nothing
from segviewer.imaging.reading.read import read_picture
from segviewer.training.mask_classes import Counted, DataClasses, classes_of
from segviewer.training.splitting import SHARE, Pair, split_pairs

LONG_SIDE = 640
"""Pixels to which larger pictures are reduced, where nothing else is asked for."""

MOST_KEPT = 1 << 30
"""Bytes of pictures that stay in memory; of a larger data set the others are read each time."""

Frame = tuple[Tensor, Tensor]
"""Picture uint8 (3, H, W) RGB and target uint8 (H, W), 255 for void."""


@dataclass(frozen=True)
class Wanted:
    """What was said of a data set on the command line; empty for what is found.

    Attributes
    ----------
    targets : Path or None
        Folder of the masks.
    train, val : str
        Splits by name, or lists.
    share : float
        Held out where a split has to be made.
    label_set, mapping : str
    void : tuple of int
    class_file : Path or None
    long_side : int
        Pixels; 0: :data:`LONG_SIDE`, larger pictures only.
    """

    targets: Path | None = None
    train: str = ""
    val: str = ""
    share: float = SHARE
    label_set: str = ""
    mapping: str = ""
    void: tuple[int, ...] = ()
    class_file: Path | None = None
    long_side: int = 0


@dataclass(frozen=True, eq=False)
class DataSet:
    """What is trained on.

    Attributes
    ----------
    name : str
        Of its folder.
    train, val : Frames
    classes : DataClasses
    shares : Tensor (K,)
        Of each class among the labelled pixels of `train`.
    size : (int, int)
        Median height and width of the pictures as they are trained on.
    said : tuple of str
        What was found and assumed, in sentences.
    """

    name: str
    train: Frames
    val: Frames
    classes: DataClasses
    shares: Tensor
    size: tuple[int, int]
    said: tuple[str, ...]


class Frames(Sequence[Frame]):
    """Pictures with their targets, read when they are needed and kept while there is room.

    Parameters
    ----------
    pairs : sequence of (Path, Path)
    classes : DataClasses
    long_side : int
        Larger pictures are reduced to it; 0 keeps them.
    most_kept : int
        Bytes.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        classes: DataClasses,
        long_side: int = 0,
        most_kept: int = MOST_KEPT,
    ):
        self.pairs = tuple(pairs)
        self.classes = classes
        self._long_side = long_side
        self._room = most_kept
        self._kept: dict[int, Frame] = {}
        masks = [mask for _, mask in self.pairs]
        mapping = classes.mapping
        if mapping == "" and masks:  # colours, names, or a set's own numbers
            mapping = mapping_of_masks(masks, classes.target)
        self._mapping = mapping

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[Frame]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place):
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if place in self._kept:
            return self._kept[place]
        frame = self._read(*self.pairs[place])
        size = sum(part.numel() for part in frame)
        if size <= self._room:
            self._room -= size
            self._kept[place] = frame
        return frame

    def _read(self, picture: Path, mask: Path) -> Frame:
        image = read_picture(picture).image
        target = fitted_target(self.classes.target, picture, mask, image, self._mapping).target
        size = reduced(image.shape[:2], self._long_side)
        image, target = resize_to(image, size), nearest(target, *size)
        channels = np.ascontiguousarray(image.transpose(2, 0, 1))
        return torch.from_numpy(channels), torch.from_numpy(np.ascontiguousarray(target))


def reduced(size: tuple[int, ...], long_side: int) -> tuple[int, int]:
    """Height and width with at most `long_side` pixels; 0 keeps them."""
    return reduced_size(size[0], size[1], long_side) if long_side else (size[0], size[1])


def read_data_set(
    folder: Path,
    wanted: Wanted,
    check: Callable[[], None] = nothing,
    progressed: Callable[[int, int], None] = lambda done, total: None,
) -> DataSet:
    """Find pictures, masks, classes and split of a folder.

    Every mask is read once, for its numbers.

    Parameters
    ----------
    folder : Path
    wanted : Wanted
    check : callable
        Called often; what it raises ends the search.
    progressed : callable (done, total)
        Of the masks.

    Raises
    ------
    PictureError
        If no picture has a mask, a mask cannot be read, or they hold a single class.
    SettingsError
        If what is wanted does not fit what is there.
    """
    folder = Path(folder)
    if wanted.targets is not None:
        found = pairing_of(folder, wanted.targets)
    else:
        found = dataset_of(folder, check=check)
    split = split_pairs(found, folder, wanted.train, wanted.val, wanted.share)
    labels = label_set(wanted.label_set) if wanted.label_set else None
    everything, of_train = Counted(), {}
    sizes = []
    total = len(split.train) + len(split.val)
    for number, (picture, mask) in enumerate((*split.train, *split.val)):
        check()
        sizes.append(everything.add(mask, picture, labels))
        if number + 1 == len(split.train):
            of_train = dict(everything.pixels)
        progressed(number + 1, total)
    classes = classes_of(
        everything,
        chosen_set=wanted.label_set,
        mapping=wanted.mapping,
        void=wanted.void,
        class_file=wanted.class_file,
        folder=folder,
    )
    pixels = classes.pixels(of_train, everything.names)
    shares = torch.from_numpy(pixels[:-1] / max(1, pixels[:-1].sum()))
    height, width = (int(np.median([size[axis] for size in sizes])) for axis in (0, 1))
    long_side = wanted.long_side or LONG_SIDE
    size = reduced((height, width), long_side)
    whole = classes.pixels(everything.pixels, everything.names)
    said = [*found.sentences(), split.said, *classes.said, _void_said(whole)]
    if size != (height, width):
        said.append(
            f"The pictures are reduced from {width}×{height} to {size[1]}×{size[0]} pixels."
        )
    unlearned = [name for name, n in zip(classes.names, pixels[:-1], strict=True) if not n]
    if unlearned and whole[:-1][[not n for n in pixels[:-1]]].any():
        said.append(f"The pictures to train on lack {', '.join(unlearned[:5])}.")
    return DataSet(
        folder.resolve().name,
        Frames(split.train, classes, long_side),
        Frames(split.val, classes, long_side, MOST_KEPT // 4),
        classes,
        shares,
        size,
        tuple(filter(None, said)),
    )


def _void_said(pixels: np.ndarray) -> str:
    share = pixels[-1] / max(1, pixels.sum())
    return f"Void is {share:.1%} of the pixels, and never learned or measured." if share else ""
