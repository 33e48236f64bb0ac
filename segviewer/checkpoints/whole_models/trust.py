"""Which programs a person has agreed to run.

By the SHA-256 of the file, so that another file under the same name is asked about again. What a
session, a lesson or a figure says never counts: those are files of somebody else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import IO, Any

from segviewer.checkpoints.whole_models.kinds import KINDS
from segviewer.errors import CheckpointError
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import open_regular, read_regular, shown_name
from segviewer.resource_files import own_path

FILE = "trusted_programs.json"
_MOST_BYTES = 1 << 20
_CHUNK = 1 << 20

_agreed: set[str] = set()  # in this process, for as long as it lives


class UntrustedProgram(CheckpointError):
    """Opening a file would run its author's program, and nobody has agreed to that yet.

    Attributes
    ----------
    path : str
    sha256 : str
        Of the whole file.
    """

    path = ""
    sha256 = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # What is said of the file crosses to the window, which asks.
        said = (self.what, self.why, self.next_step, self.details)
        return _rebuilt, (said, self.path, self.sha256)


def _rebuilt(parts: tuple[str, ...], path: str, sha256: str) -> UntrustedProgram:
    error = UntrustedProgram(*parts)
    error.path, error.sha256 = path, sha256
    return error


def untrusted(path: Path, kind: str, sha256: str) -> UntrustedProgram:
    """The question.

    Parameters
    ----------
    path : Path
    kind : str
        A name in :data:`~segviewer.checkpoints.whole_models.kinds.KINDS`.
    sha256 : str
        Of the whole file.
    """
    said = KINDS[kind]
    return _rebuilt(
        (
            f"{shown_name(path)} is a {said.title}: opening it runs code that its author wrote.",
            f"It was made with {said.origin}, and lies in {path.parent}. A program can do "
            "whatever you can do on this machine.",
            "Open it only if you know where it comes from: the buttons of this question, or "
            "--trust on the command line.",
            f"{path}\nSHA-256 {sha256}",
        ),
        str(path),
        sha256,
    )


def agree(*sha256: str) -> None:
    """Let files run, in this process for as long as it lives."""
    _agreed.update(sha256)


def agreed() -> frozenset[str]:
    """What :func:`agree` was given, for a process that is started."""
    return frozenset(_agreed)


def agree_to_file(path: Path) -> None:
    """Let the file at `path`, as it is now, run in this process.

    Of one that cannot be read, opening it says why.
    """
    with contextlib.suppress(OSError), open_regular(path) as file:
        agree(sha256_of(file))


def remember(sha256: str, name: str) -> None:
    """Let a file run in every process from now on; `name` is for whoever reads the list.

    Raises
    ------
    ExportError
        If the list cannot be written.
    """
    target = own_path(FILE)
    target.parent.mkdir(parents=True, exist_ok=True)
    known = {**_remembered(), sha256: name}
    write_atomically(target, (json.dumps(known, indent=1, ensure_ascii=False) + "\n").encode())


def is_trusted(sha256: str) -> bool:
    """Whether a person has agreed to run the file with this SHA-256."""
    return sha256 in _agreed or sha256 in _remembered()


def sha256_of(file: IO[bytes]) -> str:
    """SHA-256 of an open file from where it stands, in hexadecimal digits."""
    digest = hashlib.sha256()
    while block := file.read(_CHUNK):
        digest.update(block)
    return digest.hexdigest()


def _remembered() -> dict[str, str]:
    try:
        found = json.loads(read_regular(own_path(FILE), _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(key): str(name) for key, name in found.items()} if isinstance(found, dict) else {}
