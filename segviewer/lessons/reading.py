"""Lesson files: found, read, and made to fit what is on this machine.

A file is TOML. What is wrong in it is said with its line; what it names and this machine lacks
has a stand-in, and that is said too, so that a lecture goes on.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from segviewer.checkpoints.catalogue import BUNDLED, RANDOM, UNTRAINED, resolve_reference
from segviewer.errors import SegviewerError, SettingsError
from segviewer.imaging.samples import sample_path
from segviewer.lessons.lesson import DEFAULT_CHECKPOINT, DEFAULT_IMAGE, Lesson, Step
from segviewer.networks import NETWORKS
from segviewer.resource_files import own_path, resource_path
from segviewer.session import Session

MOST_BYTES = 1 << 20  # a larger file is no lesson
SAMPLE = "sample:"
_TABLE = re.compile(r"^\s*(\[\[?)\s*([\w.\- ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([\w\-]+(?:\s*\.\s*[\w\-]+)*)\s*=")
_ORDER = re.compile(r"^\d+_")


@dataclass(frozen=True)
class LessonFile:
    """A lesson and where it was read.

    Attributes
    ----------
    name : str
        The file's name without its number and ``.toml``.
    path : Path
    lesson : Lesson
    own : bool
        Whether it is the person's, not one that ships.
    """

    name: str
    path: Path
    lesson: Lesson
    own: bool = False


def shipped_folder() -> Path:
    """Folder of the lessons that ship."""
    return resource_path("lessons")


def own_folder() -> Path:
    """Folder of a person's own lessons; need not exist."""
    return own_path("lessons")


def lesson_name(path: Path) -> str:
    """Name of the lesson in the file `path`: without the number that orders it."""
    return _ORDER.sub("", path.stem) or path.stem


def find_lessons(
    folders: tuple[Path, ...] | None = None,
) -> tuple[tuple[LessonFile, ...], tuple[SettingsError, ...]]:
    """Read all lessons, those that ship first, each folder by file name.

    Returns
    -------
    lessons : tuple of LessonFile
    problems : tuple of SettingsError
        One for each file that cannot be used; the others are read all the same.
    """
    found, problems = [], []
    for folder in (shipped_folder(), own_folder()) if folders is None else folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                found.append(read_lesson(path))
            except SettingsError as error:
                problems.append(error)
    return tuple(found), tuple(problems)


def read_lesson(path: Path) -> LessonFile:
    """Read one lesson file.

    Raises
    ------
    SettingsError
        If it is no lesson; the message names file, line and field, and why.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _refusal(path, None, "", f"It is larger than {MOST_BYTES >> 20} MiB.")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise _refusal(path, None, "", f"The system says: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _refusal(path, None, "", f"It is no UTF-8 text (byte {error.start}).") from error
    own = path.resolve().parent != shipped_folder().resolve()
    return LessonFile(lesson_name(path), path, parse_lesson(text, path), own)


def parse_lesson(text: str, path: Path) -> Lesson:
    """The lesson that `text` describes; `path` is named where something is wrong with it.

    Raises
    ------
    SettingsError
        As :func:`read_lesson`.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        why = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise _refusal(path, line, "", f"It is no TOML: {why}.") from error
    try:
        return Lesson.model_validate(table)
    except ValidationError as error:
        # A misspelt name is also a missing one; the misspelling is what stands in the file.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = [part for part in first["loc"] if _stands_in_a_file(part)]
        line = line_of(text, tuple(place))
        raise _refusal(path, line, _dotted(place), _why(first), details=str(error)) from error


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """Line, from 1, where a field is written, or else the nearest table around it.

    Parameters
    ----------
    place : tuple
        Keys, and numbers from 0 of what stands in an array of tables.
    """
    lines = _lines_of_keys(text)
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _lines_of_keys(text: str) -> dict[tuple[str | int, ...], int]:
    """(key, …) → line; the first line wins."""
    lines: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:  # inside a text of several lines nothing is a key
            if closing in line:
                closing = ""
            continue
        head, key = _TABLE.match(line), _KEY.match(line)
        if head:
            names = [part.strip() for part in head.group(2).split(".")]
            if head.group(1) == "[[":
                counts[names[0]] = counts.get(names[0], -1) + 1
            table = tuple(
                part
                for name in names
                for part in ((name, counts[name]) if name in counts else (name,))
            )
            lines.setdefault(table, number)
        elif key:
            parts = tuple(part.strip() for part in key.group(1).split("."))
            for length in range(1, len(parts) + 1):
                lines.setdefault(table + parts[:length], number)
            for quotes in ('"""', "'''"):
                if line.count(quotes) == 1:
                    closing = quotes
    return lines


def _stands_in_a_file(part: str | int) -> bool:
    # Of a union pydantic names the type that was tried, too.
    return isinstance(part, int) or bool(re.fullmatch(r"[a-z]\w*", part)) and part not in (
        "bool", "int", "float", "str",
    )  # fmt: skip


def _dotted(place: list[str | int]) -> str:
    """``steps.2.title`` as a person counts: the third step is 3."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _why(error: dict) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return "There is no such field."
    if kind == "missing":
        return "This field is missing."
    said = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    if isinstance(given, str | int | float) and kind != "value_error":
        said += f", not {given!r}"
    return f"{said[:1].upper()}{said[1:]}."


def _refusal(
    path: Path, line: int | None, field: str, why: str, details: str = ""
) -> SettingsError:
    where = f", line {line}" if line else ""
    named = f" {field}:" if field else ""
    return SettingsError(
        f"The lesson {path.name}{where} cannot be used.",
        f"{named} {why}".strip(),
        "Correct the file; schema.json beside the shipped lessons lists every field.",
        details=f"{path}\n{details}".strip(),
    )


def session_for(step: Step, path: Path) -> tuple[Session, tuple[str, ...]]:
    """The session of a step on this machine, and a sentence for each stand-in.

    Parameters
    ----------
    path : Path
        The lesson's file; pictures and checkpoints may lie beside it.
    """
    session, said = step.session.session(), []
    image = _found_image(session.image, path.parent)
    if image is None:
        said.append(
            f"The picture {session.image} is not on this machine: {DEFAULT_IMAGE} stands in."
        )
        image = DEFAULT_IMAGE
    session = session.changed(image=image)
    checkpoint = _found_checkpoint(session.checkpoint, path.parent)
    if checkpoint is None:
        said.append(
            f"The checkpoint {session.checkpoint} is not on this machine: the bundled "
            "DeepLab v3 stands in, as trained."
        )
        session = session.with_checkpoint(DEFAULT_CHECKPOINT)
    else:
        session = session.changed(checkpoint=checkpoint)
    return session, tuple(said)


def _found_image(reference: str, folder: Path) -> str | None:
    if not reference:
        return ""
    if reference.startswith(SAMPLE):
        try:
            sample_path(reference.removeprefix(SAMPLE))
        except SegviewerError:
            return None
        return reference
    return _found_file(reference, folder)


def _found_checkpoint(reference: str, folder: Path) -> str | None:
    if reference.startswith(UNTRAINED):
        found = _found_checkpoint(reference.removeprefix(UNTRAINED), folder)
        return None if found is None else UNTRAINED + found
    if reference.startswith(RANDOM):
        return reference if reference.split(":")[1] in NETWORKS else None
    if reference.startswith(BUNDLED):
        try:
            resolve_reference(reference)
        except SegviewerError:
            return None
        return reference
    return _found_file(reference, folder) if reference else ""


def _found_file(reference: str, folder: Path) -> str | None:
    try:
        path = folder / Path(reference).expanduser()
        return str(path.resolve()) if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None
