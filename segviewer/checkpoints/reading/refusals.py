"""What is said of a file of weights that is not opened, and whether there is memory for it."""

from __future__ import annotations

from pathlib import Path

import psutil

from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

MOST_TIMES = 8
"""How many times the size of its file the weights may take in memory: half-precision numbers
become twice as long, packed ones a little more."""

FREE_ROOM = 64 << 20
"""Bytes that are allowed however small the file is."""

VIEWS_ROOM = 640 << 20
"""The same for weights that are views of fewer numbers, as files shrunk for a report are: the
largest network here, FCN-8s, takes 513 MiB."""


def available_memory() -> int | None:
    """Bytes of memory that can still be used, or None where the system does not say."""
    try:
        return int(psutil.virtual_memory().available)
    except (OSError, NotImplementedError, psutil.Error):  # a sandbox without /proc
        return None


def check_memory(path: Path, needed: int) -> None:
    """Refuse what does not fit into the memory that is free.

    Raises
    ------
    CheckpointError
    """
    free = available_memory()
    if free is not None and needed > free:
        raise CheckpointError(
            f"{shown_name(path)} is too large for this machine.",
            f"Its weights need {size_text(needed)} and {size_text(free)} are free.",
            "Close other programs, or open it on a machine with more memory.",
            str(path),
        )


def check_declared(path: Path, declared: int, size: int, what: str, room: int = 0) -> None:
    """Refuse a file of `size` bytes that asks for far more memory than it can fill.

    Parameters
    ----------
    path : Path
    declared : int
        Bytes that it asks for.
    size : int
        Bytes that it has.
    what : str
        What asks, for the sentence.
    room : int
        Bytes that are allowed however small it is, where that is more than `FREE_ROOM`.

    Raises
    ------
    CheckpointError
    """
    if declared > MOST_TIMES * size + max(FREE_ROOM, room):
        raise swollen(path, f"{what} take {size_text(declared)} in memory", size)


def swollen(path: Path, claim: str, size: int) -> CheckpointError:
    """The refusal of a file that claims what it does not hold.

    Parameters
    ----------
    path : Path
    claim : str
        What it claims, in words.
    size : int
        Bytes that it has.
    """
    return CheckpointError(
        f"{shown_name(path)} claims more than it holds.",
        f"{claim}, and the file has {size_text(size)}: it is damaged, or made to fill the memory.",
        "Use another copy. If you made it, save the state_dict() with copies of its tensors "
        "(clone()) in place of views.",
        str(path),
    )


def damaged(path: Path, error: BaseException | str, why: str = "") -> CheckpointError:
    """The refusal of a file that begins like a checkpoint and is none.

    Parameters
    ----------
    path : Path
    error : BaseException or str
        For the details.
    why : str
        A sentence, where more is known.
    """
    return CheckpointError(
        f"{shown_name(path)} is damaged.",
        why
        or "It begins like a checkpoint but does not end like one: it is cut short or was changed.",
        "Download or copy it again.",
        f"{path}\n{error}",
    )


def size_text(size: int) -> str:
    """A number of bytes as a person says it."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size} bytes"
