"""What was open in a window, as it is kept in a file while the window runs.

The file is read like any other that may be damaged: bounded, checked against the settings' own
ranges, and nothing it names is opened before a person asks for it.
"""

from __future__ import annotations

import contextlib
import logging
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from segviewer.engine.worker.log import LogFile, take_over_faults
from segviewer.errors import SettingsError, place_and_fault
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import read_regular, reason
from segviewer.files.run_folder import RunFolder, folders_of_ended_windows
from segviewer.session import Session
from segviewer.settings import Settings

MOST_STEPS = 100  # to undo, and to redo
MOST_PICTURES = 2000  # of the filmstrip, about the one that is shown
LARGEST = 32_000_000  # bytes
MOST_ENDED = 10  # windows that ended badly and are still kept, and for how long
KEPT_S = 30 * 24 * 3600.0
PROCESSES = ("window", "engine")

_log = logging.getLogger("segviewer.recovery")


class UnsavedStep(Settings):
    """What a person has typed of a lesson's step and not saved.

    Attributes
    ----------
    lesson : str
        File of the lesson it is for; empty for a new one.
    question : tuple of str
        Its text, its choices a line each, the right one, and what is said then.
    """

    lesson: str = ""
    new_title: str = ""
    title: str = ""
    narration: str = ""
    notes: str = ""
    observations: str = ""
    equation: str = ""
    controls: tuple[str, ...] = ()
    question: tuple[str, str, str, str] = ("", "", "", "")


class OpenLesson(Settings):
    """The lesson that is gone through, and what leaving it goes back to."""

    path: str
    step: int = Field(ge=0, le=10_000)
    before: Session
    pictures_before: tuple[str, ...] = ()


class Kept(Settings):
    """Everything of a window that would be lost with it."""

    saved: float = Field(default=0.0, ge=0, le=4e9)  # seconds since 1970
    session: Session
    undo: tuple[Session, ...] = ()
    redo: tuple[Session, ...] = ()
    pictures: tuple[str, ...] = ()
    lesson: OpenLesson | None = None
    step: UnsavedStep | None = None


@dataclass(frozen=True)
class Found:
    """What a window that ended badly has left; its folder is locked."""

    folder: RunFolder
    kept: Kept
    crashed: bool


def pictures_about(pictures: list[str], shown: str) -> tuple[str, ...]:
    """The filmstrip, or of a very long one the part in which `shown` stands."""
    if len(pictures) <= MOST_PICTURES:
        return tuple(pictures)
    place = pictures.index(shown) if shown in pictures else 0
    first = max(0, min(place - MOST_PICTURES // 2, len(pictures) - MOST_PICTURES))
    return tuple(pictures[first : first + MOST_PICTURES])


def write_kept(path: Path, kept: Kept) -> None:
    """Write `kept` in place of what is there.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    stamped = kept.model_copy(update={"saved": time.time()})
    write_atomically(path, stamped.model_dump_json().encode("utf-8"))


def read_kept(path: Path) -> Kept:
    """Read what :func:`write_kept` wrote.

    Raises
    ------
    SettingsError
        If the file is damaged, or was written by a version with other settings.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _damaged(path, "It is no file.")
        if status.st_size > LARGEST:
            raise _damaged(path, f"It has {status.st_size:,} bytes; {LARGEST:,} are allowed.")
        return Kept.model_validate_json(read_regular(path, LARGEST))
    except ValidationError as error:
        place, fault = place_and_fault(error)
        raise _damaged(path, f"{place or 'Its text'}: {fault}.") from None
    except OSError as error:
        raise _damaged(path, reason(error)) from error


def _damaged(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"What was open, in {path.name}, cannot be restored.",
        why,
        "Open the files again; the log says when the window ended.",
    )


def find_kept(place: Path | None, log: LogFile) -> Found | None:
    """Look at what windows that ended badly have left; the newest of what can be restored.

    What faulthandler wrote of them goes into the log. A damaged file is put aside and noted there.
    """
    newest: Found | None = None
    now, waiting = time.time(), 0
    for folder in folders_of_ended_windows(place):
        crashed = [take_over_faults(folder.faults(who), who, log) for who in PROCESSES]
        kept = _kept_in(folder)
        if kept is None or now - kept.saved > KEPT_S or waiting >= MOST_ENDED:
            folder.remove()
        elif newest is None:
            newest = Found(folder, kept, any(crashed))
        else:
            folder.lock.release()
            waiting += 1
    return newest


def _kept_in(folder: RunFolder) -> Kept | None:
    try:
        folder.recovery.lstat()
    except OSError:
        return None  # nothing was open that is worth it
    try:
        return read_kept(folder.recovery)
    except SettingsError as error:
        _log.warning("%s %s", error.what, error.why)
        # One is enough for whoever wants to know why.
        with contextlib.suppress(OSError):
            aside = folder.path.parent.with_name("damaged-recovery.json")
            folder.recovery.replace(aside)
        return None


def forget_all_kept(place: Path | None) -> None:
    """Take away what all windows that ended badly have left."""
    for folder in folders_of_ended_windows(place):
        folder.remove()
