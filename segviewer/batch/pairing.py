"""Pictures and the target masks that belong to them, and what has no partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segviewer.errors import PictureError
from segviewer.imaging.reading.file_names import shown_name
from segviewer.imaging.reading.routing import image_paths

_NAMED = 3  # names in a sentence; a figure file holds all


@dataclass(frozen=True)
class Pairing:
    """Pictures of one folder with masks of another.

    Attributes
    ----------
    pairs : tuple of (Path, Path)
        Picture and mask.
    alone : tuple of Path
        Pictures without a mask.
    passed_over : tuple of Path
        Masks of a name that another mask has, too.
    """

    pairs: tuple[tuple[Path, Path], ...]
    alone: tuple[Path, ...] = ()
    passed_over: tuple[Path, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """What is left out, counted."""
        said = []
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
        return tuple(said)


def listed(paths: Sequence[Path]) -> str:
    """The first few names."""
    names = ", ".join(shown_name(path) for path in paths[:_NAMED])
    return f"{names} …" if len(paths) > _NAMED else names


def pairing_of(images: Path, targets: Path) -> Pairing:
    """Pair pictures and target masks by file name without extension.

    Raises
    ------
    PictureError
        If a folder is missing or nothing pairs up.
    """
    for folder in (images, targets):
        if not folder.is_dir():
            raise PictureError(
                f"{folder} is not a folder.",
                "It does not exist or is a file.",
                "Name a folder of pictures and one of target masks.",
            )
    masks: dict[str, Path] = {}
    passed_over = []
    for path in image_paths(targets):
        if path.stem in masks:
            passed_over.append(masks[path.stem])
        masks[path.stem] = path
    pictures = image_paths(images)
    pairs = tuple((path, masks[path.stem]) for path in pictures if path.stem in masks)
    if not pairs:
        raise PictureError(
            "No picture has a target mask.",
            f"No file of {images} shares its name with one of {targets}.",
            "Give picture and mask the same name, apart from the extension.",
        )
    alone = tuple(path for path in pictures if path.stem not in masks)
    return Pairing(pairs, alone, tuple(passed_over))
