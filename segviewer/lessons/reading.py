"""Lesson files: found, read, and made to fit what is on this machine.

A file is TOML. What is wrong in it is said with its line; what it names and this machine lacks
has a stand-in, and that is said too, so that a lecture goes on.
"""

from __future__ import annotations

import re
import tomllib
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.errors import SegviewerError, SettingsError
from segviewer.files.plain_values import DEEPEST, first_fault
from segviewer.files.regular_files import is_regular, read_regular, reason
from segviewer.imaging.reading.samples import sample_path
from segviewer.lessons.lesson import DEFAULT_IMAGE, Lesson, Step
from segviewer.networks import NETWORKS
from segviewer.references import DEFAULT_CHECKPOINT, Reference
from segviewer.resource_files import own_path, resource_path
from segviewer.session import Session

MOST_BYTES = 1 << 20  # a larger file is no lesson
# Each in one pass over the line: no part can match what the part beside it can, too.
_TABLE = re.compile(r"[ \t]*(\[\[?)([^\[\]#=\"']+)\]\]?[ \t]*(?:#.*)?$")
_KEY = re.compile(r"([^=#\"']+)=")
_BARE = re.compile(r"[\w\-]+")
_PART = r"(?:[\w\-]+|\"[^\"\n]*\"|'[^'\n]*')"
_PARTS = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
# Names with so many parts take tomllib minutes, and gigabytes.
_MOST_PARTS = 200
_LONGEST_REASON = 1000
_MANY_DIGITS = re.compile(r"[0-9][0-9_]{4300}")  # more than Python turns into a number
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
        for path in _lesson_files(folder):
            try:
                found.append(read_lesson(path))
            except SettingsError as error:
                problems.append(error)
            except Exception as error:  # no fault of one file, or of this program, hides the others
                why = f"Reading it ended in an unexpected error ({type(error).__name__})."
                details = "".join(traceback.format_exception(error))
                problems.append(_refusal(path, None, "", why, details))
    return tuple(found), tuple(problems)


def _lesson_files(folder: Path) -> list[Path]:
    """Lessons of a folder, and those that were unpacked into folders of their own in it."""
    if not folder.is_dir():
        return []
    return sorted(folder.glob("*.toml")) + sorted(folder.glob("[!.]*/*.toml"))


def read_lesson(path: Path) -> LessonFile:
    """Read one lesson file.

    Raises
    ------
    SettingsError
        If it is no lesson; the message names file, line and field, and why.
    """
    try:
        text = read_regular(path, MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise _refusal(path, None, "", reason(error)) from error
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
    table = _toml(text, path)
    fault = first_fault(table)
    if fault is not None:
        place, why = fault
        shown: list[str | int] = [*place[:4], "…"] if len(place) > 6 else list(place)
        raise _refusal(path, line_of(text, place), _dotted(shown), why)
    try:
        return Lesson.model_validate(table)
    except ValidationError as error:
        # A misspelt name is also a missing one; the misspelling is what stands in the file.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        written = [part for part in first["loc"] if _stands_in_a_file(part)]
        line = line_of(text, tuple(written))
        raise _refusal(path, line, _dotted(written), _why(first), details=str(error)) from error


def _toml(text: str, path: Path) -> dict[str, Any]:
    line: int | None
    for name in _PARTS.finditer(text):
        dots = name[0].count(".")
        if dots >= _MOST_PARTS and len(re.findall(_PART, name[0])) > _MOST_PARTS:
            line = text.count("\n", 0, name.start()) + 1
            why = f"A name has more than {_MOST_PARTS} parts with dots between them."
            raise _refusal(path, line, "", why)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        why = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise _refusal(path, line, "", f"It is no TOML: {why}.") from error
    except RecursionError as error:
        why = f"Tables and lists lie more than {DEEPEST} deep in each other."
        raise _refusal(path, _deepest_line(text), "", why) from error
    except ValueError as error:
        # Python reads no number of so many digits, and does not say where it stood.
        found = _MANY_DIGITS.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else None
        field = _key_before(text, found.start()) if found else ""
        why = "A whole number is far too large (it has to fit into 64 bits)."
        raise _refusal(path, line, field, why if found else f"{error}.") from error


def _deepest_line(text: str) -> int:
    """The line with the most opening brackets."""
    lines = text.splitlines()
    return 1 + max(range(len(lines)), key=lambda n: lines[n].count("[") + lines[n].count("{"))


def _key_before(text: str, at: int) -> str:
    """The key that the value at `at` belongs to, as it is written."""
    key = _KEY.match(text[text.rfind("\n", 0, at) + 1 : at])
    return key.group(1).strip() if key and len(key.group(1)) < 100 else ""


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
        names = _parts(head.group(2) if head else key.group(1) if key else "")
        if not names:
            continue
        if head:
            if head.group(1) == "[[":
                counts[names[0]] = counts.get(names[0], -1) + 1
            table = tuple(
                part
                for name in names
                for part in ((name, counts[name]) if name in counts else (name,))
            )
            lines.setdefault(table, number)
        else:
            for length in range(1, len(names) + 1):
                lines.setdefault((*table, *names[:length]), number)
            for quotes in ('"""', "'''"):
                if line.count(quotes) == 1:
                    closing = quotes
    return lines


def _parts(dotted: str) -> list[str]:
    """``a.b`` → [a, b]; nothing where it is no dotted key, or one deeper than a lesson has."""
    parts = [part.strip() for part in dotted.split(".", DEEPEST)]
    fits = len(parts) <= DEEPEST and all(_BARE.fullmatch(part) for part in parts)
    return parts if fits else []


def _stands_in_a_file(part: str | int) -> bool:
    # Of a union pydantic names the type that was tried, too.
    return (
        isinstance(part, int)
        or bool(re.fullmatch(r"[a-z]\w*", part))
        and part not in ("bool", "int", "float", "str")
    )


def _dotted(place: list[str | int]) -> str:
    """``steps.2.title`` as a person counts: the third step is 3."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _why(error: ErrorDetails) -> str:
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
    if len(why) > _LONGEST_REASON:  # what stands in the file may be of any length
        why = f"{why[: _LONGEST_REASON // 2]} … {why[-_LONGEST_REASON // 2 :]}"
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
            f"The picture {_short(session.image)} is not on this machine: "
            f"{DEFAULT_IMAGE} stands in."
        )
        image = DEFAULT_IMAGE
    session = session.changed(image=image)
    checkpoint = _found_checkpoint(session.checkpoint, path.parent)
    if checkpoint is None:
        said.append(
            f"The checkpoint {_short(session.checkpoint)} is not on this machine: the bundled "
            "DeepLab v3 stands in, as trained."
        )
        session = session.with_checkpoint(DEFAULT_CHECKPOINT)
    else:
        session = session.changed(checkpoint=checkpoint)
    session, more = _with_comparison(session, path.parent)
    return session, (*said, *more)


def _with_comparison(session: Session, folder: Path) -> tuple[Session, tuple[str, ...]]:
    """The session with A and the target mask found on this machine, or without them."""
    said = []
    pinned = session.reference
    if pinned is not None:
        checkpoint = _found_checkpoint(pinned.checkpoint, folder)
        if checkpoint is None:
            said.append(
                f"The checkpoint {_short(pinned.checkpoint)} of A is not on this "
                "machine: there is nothing to compare with."
            )
            session = session.without_reference()
        else:
            session = session.changed(reference=pinned.changed(checkpoint=checkpoint))
    if session.target:
        target = _found_file(session.target, folder)
        if target is None:
            said.append(f"The target mask {_short(session.target)} is not on this machine.")
        session = session.changed(target=target or "")
    return session, tuple(said)


def _short(reference: str) -> str:
    return reference if len(reference) <= 200 else f"{reference[:80]} … {reference[-80:]}"


def _found_image(reference: str, folder: Path) -> str | None:
    if not reference:
        return ""
    named = Reference.picture(reference)
    if named.kind == "sample":
        try:
            sample_path(named.name)
        except SegviewerError:
            return None
        return reference
    return _found_file(reference, folder)


def _found_checkpoint(reference: str, folder: Path) -> str | None:
    named = Reference.checkpoint(reference)
    if named.untrained:
        found = _found_checkpoint(str(named.trained()), folder)
        return None if found is None else str(Reference.checkpoint(found).without_training())
    if named.kind == "random":
        return reference if named.architecture in NETWORKS else None
    if named.kind == "bundled":
        try:
            resolve_reference(reference)
        except SegviewerError:
            return None
        return reference
    return _found_file(reference, folder) if reference else ""


def _found_file(reference: str, folder: Path) -> str | None:
    try:
        path = folder / Path(reference).expanduser()
        return str(path.resolve()) if is_regular(path) else None
    except (OSError, RuntimeError, ValueError):
        return None
