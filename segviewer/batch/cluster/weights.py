"""The files that a network is opened from, sent to where they are not."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import is_regular, read_regular, reason
from segviewer.references import Reference
from segviewer.resource_files import resource_path
from segviewer.session import Session

_MOST_BYTES = 16 << 30
_MOST_BESIDE = 4 << 20  # cards and the like
_MOST_FILES = 64
_DECLARING = ("config.json", "preprocessor_config.json")


@dataclass(frozen=True)
class Weights:
    """What a worker needs to open the checkpoint of a session.

    Attributes
    ----------
    place : str
        Where the checkpoint is on the machine that asks; empty for one that every installation
        has, or downloads.
    digest : str
    files : tuple of (str, bytes)
        The checkpoint first, then what lies beside it and belongs to it.
    """

    place: str = ""
    digest: str = ""
    files: tuple[tuple[str, bytes], ...] = ()


def weights_of(session: Session) -> Weights:
    """The files of a session's checkpoint, where it is a file of a person's own.

    Raises
    ------
    CheckpointError
        If they cannot be read.
    """
    trained = Reference.checkpoint(session.checkpoint).trained()
    if trained.kind == "random":
        return Weights()
    path = resolve_reference(str(trained))
    if resource_path() in path.parents:
        return Weights()  # it ships
    if path.is_dir():
        paths = sorted(one for one in path.iterdir() if is_regular(one))[:_MOST_FILES]
    else:
        paths = [path, *(one for one in _beside(path) if is_regular(one))]
    files = []
    try:
        for one in paths:
            most = _MOST_BYTES if one == path or path.is_dir() else _MOST_BESIDE
            files.append((one.name, read_regular(one, most)))
    except OSError as error:
        raise CheckpointError(
            f"{path.name} cannot be sent to the workers.",
            reason(error),
            "Put it on a disk that all of them see.",
        ) from error
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(name.encode("utf-8", "replace") + b"\0" + content)
    return Weights(str(path), digest.hexdigest(), tuple(files))


def unpacked(session: Session, weights: Weights, folder: str) -> Session:
    """The session, its checkpoint where this machine has it: its own file, or the one sent.

    Parameters
    ----------
    session : Session
    weights : Weights
    folder : str
        Of the worker, for what was sent; each is written once.
    """
    if not weights.files:
        return session
    path = Path(weights.place)
    if _is_here(path, weights):
        return session
    place = Path(folder) / f"segviewer-{weights.digest[:16]}"
    if not place.is_dir():
        made = Path(tempfile.mkdtemp(dir=folder))
        for name, content in weights.files:
            (made / Path(name).name).write_bytes(content)
        os.replace(made, place)
    # A folder that was sent is that folder; of a file, the first is it.
    inside = place / weights.files[0][0] if path.name == weights.files[0][0] else place
    named = Reference("file", str(inside))
    untrained = Reference.checkpoint(session.checkpoint).untrained
    return session.changed(checkpoint=str(named.without_training() if untrained else named))


def _is_here(path: Path, weights: Weights) -> bool:
    """Whether the same file is seen from here: a disk is shared, or it is one machine."""
    name, content = weights.files[0]
    file = path if path.name == name else path / name
    try:
        return is_regular(file) and read_regular(file, len(content)) == content
    except OSError:
        return False


def _beside(path: Path) -> list[Path]:
    """Cards and settings that lie beside a checkpoint."""
    return [
        one
        for one in sorted(path.parent.glob("*.json"))[:_MOST_FILES]
        if one.name.startswith(path.stem) or one.name in _DECLARING
    ]
