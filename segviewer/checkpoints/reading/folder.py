"""The weights file in a folder that a library wrote (`save_pretrained`)."""

from __future__ import annotations

import os
from pathlib import Path

from segviewer.checkpoints.reading.foreign import foreign_folder, refusal
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

WEIGHTS = ("model.safetensors", "pytorch_model.safetensors", "pytorch_model.bin")
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".tar")
INDEX_SUFFIX = ".index.json"
MOST_FILES = 1000  # of a folder that is looked through


def weights_in(path: Path) -> Path:
    """`path`, or the weights file in it if it is a folder; of weights in parts their index.

    Raises
    ------
    CheckpointError
        If the folder holds none, several, or what another library reads.
    """
    if not os.path.isdir(path):
        return path
    names = file_names(path)
    found = next((name for name in WEIGHTS if name in names), "")
    candidates = [name for name in names if name.endswith(SUFFIXES)]
    if not found:
        # Both kinds may lie there: safetensors are read faster, and first by their name.
        indexes = [name for name in names if name.endswith(INDEX_SUFFIX)]
        found = max(indexes, key=lambda name: "safetensors" in name, default="")
    foreign = None if found or candidates else foreign_folder(names)
    if foreign is not None:
        raise refusal(path, foreign)
    encoders = [name for name in candidates if "encoder" in name]
    if not found and len(candidates) == 2 and len(encoders) == 1:
        found = encoders[0]
    if not found and len(candidates) != 1:
        raise CheckpointError(
            f"{shown_name(path)} is a folder.",
            f"It holds {len(candidates)} weights files"
            + (": " if candidates else ".")
            + ", ".join(map(shown_name, candidates[:10])),
            "Choose a .pth, .pt or .safetensors file.",
            str(path),
        )
    return path / (found or candidates[0])


def file_names(folder: Path) -> list[str]:
    """Names in `folder`, sorted; [] if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry, _ in zip(entries, range(MOST_FILES), strict=False))
    except OSError:
        return []


def belongs_to(path: Path) -> bool:
    """Whether a ``config.json`` beside `path` can only be about it."""
    if path.name in WEIGHTS or path.name.endswith(INDEX_SUFFIX):
        return True
    return sum(name.endswith(SUFFIXES) for name in file_names(path.parent)) == 1
