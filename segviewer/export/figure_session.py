"""From a session to a figure's record, and from a record to a session of this machine."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from segviewer import __version__
from segviewer.checkpoints.published.catalogue import checkpoint_folder, resolve_reference
from segviewer.errors import SegviewerError, SettingsError, place_and_fault
from segviewer.files.plain_values import first_fault
from segviewer.files.regular_files import is_regular, open_regular, read_regular, reason, status_of
from segviewer.imaging.export.figure_record import (
    FILE,
    FigureError,
    FigureRecord,
    FileMark,
    read_figure_record,
)
from segviewer.imaging.reading.samples import sample_path
from segviewer.imaging.reading.suffixes import PICTURE_SUFFIXES
from segviewer.labs import LABS, lab_of
from segviewer.networks import NETWORKS
from segviewer.references import DEFAULT_CHECKPOINT, Reference
from segviewer.session import LabState, Session

STAND_IN_IMAGE = "sample:leuven_street"
RANDOM_SEED = 0  # with which checkpoints.opening makes random weights
LIBRARIES = ("torch", "numpy")
MOST_SESSION_BYTES = 256 * 1024  # a saved session takes about two thousand


@dataclass(frozen=True)
class Reopened:
    """A record's session on this machine.

    Attributes
    ----------
    session : Session
    notes : tuple of str
        A sentence for everything that is not as it was.
    """

    session: Session
    notes: tuple[str, ...] = ()


def figure_record(session: Session, caption: str = "") -> FigureRecord:
    """What a figure of `session` has to know; reads the files for their hashes."""
    data = session.model_dump(mode="json")
    marks = []
    for place, table, field in _places(data):
        reference = _reference(place, table[field])
        path = _path_of(place, reference)
        if path is None:
            continue
        mark = _mark(place, path)
        if mark is not None:
            marks.append(mark)
        if reference.kind == "file":
            table[field] = str(replace(reference, name=FILE + path.name))
    versions = {"segviewer": __version__}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    checkpoints = [session.checkpoint, session.reference.checkpoint if session.reference else ""]
    is_random = any(Reference.checkpoint(text).has_random_weights for text in checkpoints)
    return FigureRecord(
        session=data,
        files=tuple(marks),
        seed=RANDOM_SEED if is_random else None,
        versions=versions,
        caption=caption,
    )


def reopened(
    record: FigureRecord, figure: Path, candidates: Sequence[Path] = (), device: str = "auto"
) -> Reopened:
    """The session of `record`; what is missing has a stand-in, and that is said.

    Parameters
    ----------
    figure : Path
        The file that held the record. Its neighbours are looked at first.
    candidates : sequence of Path
        Files that may be the ones that are wanted, whatever they are called now.
    device : str
        Of this machine: where a network runs is no part of a figure.

    Raises
    ------
    FigureError
        If the record holds no session that this version understands.
    """
    data = dict(record.session)
    notes: list[str] = []
    if isinstance(data.get("reference"), dict):
        data["reference"] = dict(data["reference"])
    found: dict[str, str | None] = {}
    for place, table, field in _places(data):
        if not isinstance(table[field], str):
            raise _no_session(figure, f"{place} is no text.")
        found[place] = _found(record, place, table[field], figure, candidates, notes)
        table[field] = found[place] or ""
    try:
        session = Session.model_validate(data)
    except ValidationError as error:
        place, fault = place_and_fault(error)
        raise _no_session(figure, f"{place}: {fault}.", str(error)) from None
    session = _with_stand_ins(session, record, found, notes)
    session = _with_known_lab(session, notes)
    inference = session.inference.changed(device=device)
    return Reopened(session.changed(inference=inference), tuple(notes))


def open_session_file(path: Path, candidates: Sequence[Path] = ()) -> Reopened:
    """The session in a file: one saved as JSON, or a figure.

    Raises
    ------
    SettingsError
        If it is neither, or was saved by a version with other settings.
    FigureError
        If a figure's record cannot be used.
    """
    record = read_figure_record(path)
    if record is not None:
        return reopened(record, path, candidates)
    try:
        return Reopened(_session_in(read_regular(path, MOST_SESSION_BYTES)))
    except (OSError, ValueError, RecursionError) as error:
        why = reason(error) if isinstance(error, OSError) else _reason(error)
        if path.suffix.lower() in (*PICTURE_SUFFIXES, ".svg") and is_regular(path):
            why = "It is a picture without a record of segviewer."
        raise SettingsError(
            f"{path} cannot be reopened.",
            why,
            "Choose a session or a figure saved by this version of segviewer.",
        ) from None


def _session_in(content: bytes) -> Session:
    held = json.loads(content.decode("utf-8"))
    fault = first_fault(held)
    if fault is not None:
        raise ValueError(fault[1])
    return Session.model_validate(held)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        place, fault = place_and_fault(error)
        return f"{place}: {fault}." if place else "It holds no session."
    if isinstance(error, json.JSONDecodeError):
        return f"It is no session (line {error.lineno}: {error.msg})."
    if isinstance(error, UnicodeDecodeError):
        return f"It is no session: no UTF-8 text (byte {error.start})."
    if isinstance(error, OSError):
        return f"The system says: {error.strerror}."
    return "It is nested too deeply." if isinstance(error, RecursionError) else str(error)


def is_file_of(record: FigureRecord, path: Path) -> bool:
    """Whether the figure was made from the file at `path`, by its hash."""
    for mark in record.files:
        here = _mark(mark.place, path) if _has_size(path, mark.size) else None
        if here is not None and here.sha256 == mark.sha256:
            return True
    return False


def _with_stand_ins(
    session: Session, record: FigureRecord, found: dict[str, str | None], notes: list[str]
) -> Session:
    def missing(place: str) -> str | None:
        return None if found.get(place, "") is not None else _name_of(record, place)

    if (name := missing("image")) is not None:
        notes.append(f"The picture {name} was not found: {STAND_IN_IMAGE} stands in.")
        session = session.with_image(STAND_IN_IMAGE).changed(target="")
        if record.session.get("target"):
            notes.append("The target mask belongs to that picture and is left out.")
    elif (name := missing("target")) is not None:
        notes.append(f"The target mask {name} was not found and is left out.")
    if (name := missing("checkpoint")) is not None:
        notes.append(
            f"The checkpoint {name} was not found: the bundled DeepLab v3 stands in, as trained."
        )
        session = session.with_checkpoint(DEFAULT_CHECKPOINT)
    if (name := missing("reference")) is not None:
        notes.append(f"The checkpoint {name}, pinned as A, was not found: nothing is pinned.")
        overlay = session.overlay
        if overlay.comparison == "difference":
            overlay = overlay.changed(comparison="overlay")
        session = session.changed(reference=None, overlay=overlay)
    return session


def _with_known_lab(session: Session, notes: list[str]) -> Session:
    name = session.lab.name
    if not name:
        return session
    if name not in LABS:
        notes.append(f"This version has no lab named “{_short(name)}”: the drawer is closed.")
        return session.changed(lab=LabState())
    try:
        lab_of(name).Config.model_validate(dict(session.lab.values))
    except ValidationError:
        notes.append(f"The lab “{LABS[name].title}” has other settings now: it is reset.")
        return session.changed(lab=LabState(name=name))
    return session


def _places(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(place, table, field) of every reference to a file that is set."""
    for field in ("image", "target", "checkpoint"):
        if data.get(field):
            yield field, data, field
    pinned = data.get("reference")
    if isinstance(pinned, dict) and pinned.get("checkpoint"):
        yield "reference", pinned, "checkpoint"


def _reference(place: str, text: str) -> Reference:
    if place in ("checkpoint", "reference"):
        return Reference.checkpoint(text)
    return Reference.picture(text) if place == "image" else Reference("file", text)


def _path_of(place: str, reference: Reference) -> Path | None:
    """The file behind a reference; None if there is none or the program lacks it."""
    try:
        if reference.kind in ("random", "camera"):
            return None
        if place in ("checkpoint", "reference"):
            return resolve_reference(str(reference.trained()))
        return sample_path(reference.name) if reference.kind == "sample" else Path(reference.name)
    except (SegviewerError, RuntimeError):  # the latter for ~nobody
        return None


def _mark(place: str, path: Path) -> FileMark | None:
    """None if the file is gone since it was opened, or never was one (a device has no end)."""
    try:
        status = status_of(path)
        if not stat.S_ISREG(status.st_mode):
            return None
        digest = _digest(str(path), status.st_size, status.st_mtime_ns)
    except (OSError, ValueError):
        return None
    return FileMark(place=place, name=path.name, size=status.st_size, sha256=digest)


@lru_cache(maxsize=64)
def _digest(path: str, size: int, modified: int) -> str:
    """SHA-256 of a file; size and time of change are there for the cache."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _found(
    record: FigureRecord,
    place: str,
    reference: str,
    figure: Path,
    candidates: Iterable[Path],
    notes: list[str],
) -> str | None:
    """What `reference` of a record is on this machine; None if it is not there."""
    named = _reference(place, reference)
    mark = record.mark(place)
    if named.kind == "random":
        return reference if named.architecture in NETWORKS else None
    if named.kind != "file":
        path = _path_of(place, named)
        here = _mark(place, path) if path is not None else None
        if here is None:
            return None
        if mark is not None and mark.sha256 != here.sha256:
            notes.append(f"{named.trained()} has changed since the figure was saved.")
        return reference
    if not named.name.startswith(FILE):
        raise _no_session(figure, f"{place} names a place on a disk.")
    name = named.name.removeprefix(FILE)
    if mark is None:
        return None
    if mark.name != name:
        raise _no_session(figure, f"{place} names another file than the list of files.")
    beside = [figure.parent / name]
    if place in ("checkpoint", "reference"):
        beside.append(checkpoint_folder() / name)
    for path in (*beside, *candidates):
        here = _mark(place, path) if _has_size(path, mark.size) else None
        if here is not None and here.sha256 == mark.sha256:
            return str(replace(named, name=str(path.resolve())))
    if is_regular(beside[0]):
        notes.append(f"{name} beside the figure is another file: its hash differs.")
    return None


def _has_size(path: Path, size: int) -> bool:
    try:
        return is_regular(path) and status_of(path).st_size == size
    except OSError:
        return False


def _name_of(record: FigureRecord, place: str) -> str:
    table = record.session
    reference = table["reference"]["checkpoint"] if place == "reference" else table[place]
    return _short(str(_reference(place, str(reference)).trained()).removeprefix(FILE))


def _short(name: str) -> str:
    """A name as a sentence can bear it; files have at most 255 characters."""
    return name if len(name) <= 255 else f"{name[:80]} … {name[-80:]}"


def _no_session(figure: Path, why: str, details: str = "") -> FigureError:
    return FigureError(
        f"{figure.name} cannot be reopened.",
        f"The session in its record does not fit: {why}",
        "Open it as a plain picture, or take another copy of the figure.",
        details,
    )
