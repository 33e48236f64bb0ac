"""TOML of a person's own, read into a model; what is wrong in it is said with its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segviewer.errors import SettingsError
from segviewer.files.plain_values import DEEPEST, first_fault
from segviewer.files.regular_files import read_regular, reason

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

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class LessonSource:
    """A file of a lesson, and how it is refused.

    Attributes
    ----------
    path : Path
    what : str
        What follows for the person; ``{name}`` is the file, with its line.
    next_step : str
    """

    path: Path
    what: str = "The lesson {name} cannot be used."
    next_step: str = "Correct the file; schema.json beside the shipped lessons lists every field."

    def text(self) -> str:
        """What stands in the file.

        Raises
        ------
        SettingsError
            If it cannot be read, or is no text.
        """
        try:
            return read_regular(self.path, MOST_BYTES).decode("utf-8")
        except OSError as error:
            raise self.refusal(reason(error)) from error
        except UnicodeDecodeError as error:
            raise self.refusal(f"It is no UTF-8 text (byte {error.start}).") from error

    def parsed(self, text: str, kind: type[M]) -> M:
        """What `text` describes.

        Raises
        ------
        SettingsError
            If that is no `kind`; the message names file, line and field, and why.
        """
        table = self._table(text)
        fault = first_fault(table)
        if fault is not None:
            place, why = fault
            shown: list[str | int] = [*place[:4], "…"] if len(place) > 6 else list(place)
            raise self.refusal(why, line_of(text, place), _dotted(shown))
        try:
            return kind.model_validate(table)
        except ValidationError as error:
            # A misspelt name is also a missing one; the misspelling is what stands in the file.
            first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
            written = [part for part in first["loc"] if _stands_in_a_file(part)]
            line = line_of(text, tuple(written))
            raise self.refusal(_why(first), line, _dotted(written), str(error)) from error

    def refusal(
        self, why: str, line: int | None = None, field: str = "", details: str = ""
    ) -> SettingsError:
        """Say why the file is not used, and where in it the reason stands."""
        if len(why) > _LONGEST_REASON:  # what stands in the file may be of any length
            why = f"{why[: _LONGEST_REASON // 2]} … {why[-_LONGEST_REASON // 2 :]}"
        where = f", line {line}" if line else ""
        named = f" {field}:" if field else ""
        return SettingsError(
            self.what.replace("{name}", f"{self.path.name}{where}"),
            f"{named} {why}".strip(),
            self.next_step,
            details=f"{self.path}\n{details}".strip(),
        )

    def _table(self, text: str) -> dict[str, Any]:
        line: int | None
        for name in _PARTS.finditer(text):
            dots = name[0].count(".")
            if dots >= _MOST_PARTS and len(re.findall(_PART, name[0])) > _MOST_PARTS:
                line = text.count("\n", 0, name.start()) + 1
                why = f"A name has more than {_MOST_PARTS} parts with dots between them."
                raise self.refusal(why, line)
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+)", str(error))
            line = int(found.group(1)) if found else text.count("\n") + 1  # at the end
            why = re.sub(r"\s*\(at .*\)$", "", str(error))
            raise self.refusal(f"It is no TOML: {why}.", line) from error
        except RecursionError as error:
            why = f"Tables and lists lie more than {DEEPEST} deep in each other."
            raise self.refusal(why, _deepest_line(text)) from error
        except ValueError as error:
            # Python reads no number of so many digits, and does not say where it stood.
            found = _MANY_DIGITS.search(text)
            line = text.count("\n", 0, found.start()) + 1 if found else None
            field = _key_before(text, found.start()) if found else ""
            why = "A whole number is far too large (it has to fit into 64 bits)."
            raise self.refusal(why if found else f"{error}.", line, field) from error


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
