"""Opening a file that somebody else named: a regular one of bounded size, or an error at once.

A pipe, a socket or a device in a file's place would hold its reader for ever, or give without
end. Everything that a person, a card, a figure or a lesson names is opened through here.
"""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

# No such flag on Windows, where a name cannot stand for a pipe that waits.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_NAME_SHOWN = 80


class IrregularFileError(OSError):
    """What a path names is no regular file, is too large, or the path cannot be one.

    Its text is a sentence.
    """


def open_regular(path: str | os.PathLike[str], most_bytes: int | None = None) -> io.BufferedReader:
    """Open a regular file for reading, without waiting and without waking a device.

    Parameters
    ----------
    path : path-like
    most_bytes : int, optional
        Refuse a longer file.

    Raises
    ------
    IrregularFileError
        If it is a folder, a pipe, a device, or longer; or the path is none.
    OSError
        If the system does not hand it out.
    """
    # Asked before opening, because to open a device may already do something; and again of
    # what was opened, because a name can be given to another thing in between.
    _check(status_of(path), most_bytes)
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle), most_bytes)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: str | os.PathLike[str], most_bytes: int) -> bytes:
    """The content of a regular file of at most `most_bytes`; errors are `open_regular`'s."""
    with open_regular(path, most_bytes) as file:
        # As much memory is taken as is asked for: what it says to have, and then what more
        # comes, since it may have grown, and the files of /proc say that they are empty.
        content = file.read(min(os.fstat(file.fileno()).st_size, most_bytes) + 1)
        if content and len(content) <= most_bytes and (more := file.read(1)):
            content += more + file.read(most_bytes - len(content))
    if content is None:
        raise IrregularFileError("It gives its bytes only when something happens.")
    if len(content) > most_bytes:
        raise _too_long(len(content), most_bytes)
    return content


def status_of(path: str | os.PathLike[str]) -> os.stat_result:
    """``os.stat`` whose every failure is an OSError, for paths that are none, too."""
    try:
        return os.stat(path)
    except ValueError as error:  # a NUL, or a sign that no file name can have
        raise IrregularFileError("No file can have this name.") from error


def is_regular(path: str | os.PathLike[str]) -> bool:
    """Whether a regular file is there; never an error."""
    try:
        return stat.S_ISREG(status_of(path).st_mode)
    except OSError:
        return False


def reason(error: OSError) -> str:
    """Why a file was not opened, as a sentence."""
    if isinstance(error, IrregularFileError):
        return str(error)
    return f"The system says: {error.strerror or error}."


def shown_name(path: str | os.PathLike[str]) -> str:
    """A path's last part for a message: short, and printable whatever stands in it."""
    name = Path(path).name or str(path)
    name = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
    return name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN - 1]}…"


def _check(status: os.stat_result, most_bytes: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "no file")
        raise IrregularFileError(f"It is {kind}, and only a regular file is opened.")
    if most_bytes is not None and status.st_size > most_bytes:
        raise _too_long(status.st_size, most_bytes)


def _too_long(size: int, most_bytes: int) -> IrregularFileError:
    return IrregularFileError(
        f"It has {size:,} bytes; at most {most_bytes:,} are read of such a file."
    )
