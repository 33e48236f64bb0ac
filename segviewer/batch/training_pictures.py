"""Whether pictures seem to be of the data set that a network was trained on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# Of every data set, so that they say nothing about which one it is.
_SPLITS = {
    "train": "train", "training": "train", "val": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
_PARTS = {"train", "training", "trained", "test", "validation", "split", "images", "pictures"}


def seen_in_training(trained_on: str, pictures: Sequence[Path]) -> tuple[str, ...]:
    """A warning where the pictures seem to be of the data set that the network was trained on.

    Parameters
    ----------
    trained_on : str
        As the model card says it: ``CamVid (train + val)``.
    pictures : sequence of Path
        A folder of theirs that begins with the data set's name gives them away. Where the card
        names splits, pictures in the folder of another split are not meant.
    """
    named = re.findall("[a-z]+", trained_on.casefold())
    splits = {_SPLITS[word] for word in named if word in _SPLITS}
    if splits:
        pictures = [picture for picture in pictures if _may_be_of(picture, splits)]
    words = [word.casefold() for word in re.findall(r"[A-Za-z0-9]{4,}", trained_on)]
    names = tuple(w for w in words if not w.isdigit() and w not in _PARTS)[:2]
    folders = {
        part.casefold() for picture in {p.parent for p in pictures} for part in picture.parts
    }
    tokens = {token for folder in folders for token in re.findall(r"[a-z0-9]+", folder)}
    if not names or not any(token.startswith(names) for token in tokens):
        return ()
    return (
        f"The network was trained on {trained_on}: on pictures it has seen, its scores are "
        "better than elsewhere, and so are these figures.",
    )


def _may_be_of(picture: Path, splits: set[str]) -> bool:
    own = {_SPLITS[part.casefold()] for part in picture.parent.parts if part.casefold() in _SPLITS}
    return not own or bool(own & splits)
