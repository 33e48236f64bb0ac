"""A lesson being edited: its steps moved, copied, taken out and changed, as the file has them.

The file's own words stay where they are: of a step that nobody touched every letter is kept, with
its comments; of one that was changed, what stands in the lines of the changed field alone, where
that can be done, or else the step is written anew.
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import is_regular, read_regular
from segviewer.lessons.lesson import Lesson
from segviewer.lessons.reading import parse_lesson, read_lesson, session_for, shipped_folder
from segviewer.lessons.toml_text import MOST_BYTES, line_of
from segviewer.lessons.translation import translation_paths
from segviewer.lessons.writing import (
    free_path,
    lesson_text,
    make_lesson_folder,
    new_step,
    toml_value,
)
from segviewer.session import Session

# A state alone is no step; these words make it one while it is looked at.
_NO_WORDS = {"title": "?", "narration": "?", "observations": ["outline >= 0"]}


@dataclass(frozen=True)
class LessonText:
    """A lesson as text in pieces, never changed in place.

    Attributes
    ----------
    head : str
        What stands before the steps: title, sentence, what all steps share.
    steps : tuple of str
        Each step from its ``[[steps]]`` to the next one's.
    """

    head: str
    steps: tuple[str, ...]

    def whole(self) -> str:
        """The file."""
        pieces = [piece.strip("\n") for piece in (self.head, *self.steps)]
        return "\n\n".join(piece for piece in pieces if piece) + "\n"

    def table(self, number: int) -> dict[str, Any]:
        """A step's fields, counted from 0, as the file has them."""
        return _step(self.steps[number])

    def about(self) -> dict[str, Any]:
        """Fields of the lesson itself."""
        return tomllib.loads(self.head)

    # Steps

    def moved(self, number: int, by: int) -> LessonText:
        """With a step moved by so many places, as far as there are any."""
        steps = list(self.steps)
        step = steps.pop(number)
        steps.insert(min(max(number + by, 0), len(steps)), step)
        return replace(self, steps=tuple(steps))

    def without(self, number: int) -> LessonText:
        """Without a step."""
        return replace(self, steps=self.steps[:number] + self.steps[number + 1 :])

    def duplicated(self, number: int) -> LessonText:
        """With a step once more, after itself."""
        return self.inserted(number + 1, self.steps[number])

    def inserted(self, number: int, step: str) -> LessonText:
        """With the text of a step put before the step `number`, or at the end."""
        return replace(self, steps=(*self.steps[:number], step, *self.steps[number:]))

    # Fields

    def with_state(
        self, number: int, session: Session, words: dict[str, Any], path: Path
    ) -> LessonText:
        """With a new step that has the state `session`, put before the step `number`."""
        return self.inserted(number, new_step(self.head, session, {**_NO_WORDS, **words}, path))

    def with_field(self, number: int, name: str, value: Any) -> LessonText:
        """With a field of a step changed; what is empty is left out of the file."""
        steps = list(self.steps)
        steps[number] = _changed(steps[number], ("steps", 0), name, value)
        return replace(self, steps=tuple(steps))

    def with_word(self, name: str, value: str) -> LessonText:
        """With a field of the lesson itself changed."""
        return replace(self, head=_changed(self.head, (), name, value))

    def with_session(self, number: int, session: Session, path: Path) -> LessonText:
        """With another state for a step, written so that it is that state in the file `path`."""
        step = new_step(self.head, session, {**_NO_WORDS, **self.table(number)}, path)
        steps = list(self.steps)
        steps[number] = _changed(steps[number], ("steps", 0), "session", _step(step)["session"])
        return replace(self, steps=tuple(steps))


def taken_apart(text: str) -> LessonText:
    """A lesson's text in pieces that together say the same.

    Parameters
    ----------
    text : str
        TOML that :func:`segviewer.lessons.reading.parse_lesson` has accepted.
    """
    table = tomllib.loads(text)
    lines = text.splitlines(keepends=True)
    begun = [line_of(text, ("steps", number)) or 1 for number in range(len(table["steps"]))]
    places = [line - 1 for line in begun] + [len(lines)]
    head = "".join(lines[: places[0]])
    steps = tuple("".join(lines[a:b]) for a, b in zip(places, places[1:], strict=False))
    pieces = LessonText(head, steps)
    try:
        fits = tomllib.loads(head) == {k: v for k, v in table.items() if k != "steps"}
        fits = fits and [_step(step) for step in steps] == table["steps"]
    except (tomllib.TOMLDecodeError, LookupError, ValueError):
        fits = False
    if fits:
        return pieces
    # Steps in one list, or settings of the lesson after its steps.
    about = {k: v for k, v in table.items() if k != "steps"}
    return LessonText(lesson_text(about), tuple(_written(step) for step in table["steps"]))


def _step(text: str) -> dict[str, Any]:
    """The fields of a step that stands in `text` alone."""
    table = tomllib.loads(text)
    if set(table) != {"steps"} or len(table["steps"]) != 1:
        raise ValueError("not one step alone")
    return table["steps"][0]


def _written(step: dict[str, Any]) -> str:
    return lesson_text({"steps": [step]}).lstrip("\n")


def _changed(text: str, place: tuple[str | int, ...], name: str, value: Any) -> str:
    """`text` with one field of a table changed, in its own lines where that can be."""
    before = _step(text) if place else tomllib.loads(text)
    empty = value is None or value == "" or value == [] or value == {}
    after = {k: v for k, v in before.items() if k != name}
    if not empty:
        after = {k: value if k == name else before[k] for k in before} | {name: value}
    if after == before:
        return text
    line = "" if empty else f"{name} = {_value(value)}"
    wanted: dict[str, Any] = {"steps": [after]} if place else after
    for tried in _in_its_lines(text, place, name, line):
        try:
            if tomllib.loads(tried) == wanted:
                return tried
        except (tomllib.TOMLDecodeError, ValueError):
            continue
    return _written(after) if place else lesson_text(after)


def _value(value: Any) -> str:
    """A value as TOML; a text of several lines in several lines, as a person writes it."""
    if not isinstance(value, str) or "\n" not in value:
        return toml_value(value)
    lines = [toml_value(line)[1:-1] for line in value.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def _in_its_lines(text: str, place: tuple[str | int, ...], name: str, line: str) -> list[str]:
    """Texts that may say it: the field's line, or its lines, replaced; or a line put in."""
    lines = text.splitlines()
    own = [line] if line else []
    at = line_of(text, (*place, name))
    table = line_of(text, place) if place else 0
    if at is None or at == table:  # the field is not there: line_of gives the table about it
        start = table or 0
        return ["\n".join([*lines[:start], *own, *lines[start:]]) + "\n"]
    start = at - 1
    return [
        "\n".join([*lines[:start], *own, *lines[end:]]) + "\n"
        for end in range(start + 1, len(lines) + 1)
    ]


def save_lesson(
    text: LessonText, path: Path, *, was: str | None = None, package: Path | None = None
) -> Path:
    """Write an edited lesson in place of its file, and its package anew.

    Parameters
    ----------
    path : Path
        The lesson's TOML that was opened.
    was : str, optional
        What was read there: a file that says something else by now is not overwritten.
    package : Path, optional
        The ``.seglesson`` that `path` was unpacked from.

    Returns
    -------
    Path
        The lesson's file, which a package's folder takes along.

    Raises
    ------
    SettingsError
        If it is no lesson now, the message names line and field; or ships with the program; or
        was changed by something else.
    ExportError
        If it cannot be written; the old file stays as it was.
    """
    checked(text, path)
    if is_shipped(path):
        raise SettingsError(
            f"{path.name} is not changed.",
            "It ships with the program.",
            "Save a copy: it goes into your own lessons.",
        )
    if was is not None and is_regular(path) and _read(path) != was:
        raise SettingsError(
            f"{path.name} is not changed.",
            "Something else has changed the file since it was opened here.",
            "Save a copy, or close without saving and open the lesson again.",
        )
    make_lesson_folder(path.parent)
    write_atomically(path, text.whole().encode("utf-8"))
    if package is not None:
        from segviewer.lessons.packing import repack_lesson

        return repack_lesson(path, package)
    return path


def save_copy(text: LessonText, path: Path, folder: Path | None = None) -> Path:
    """Write an edited lesson as another file among a person's own, with its translations.

    Parameters
    ----------
    path : Path
        The lesson's TOML that was opened; files that it names beside itself are named from there.
    folder : Path, optional
        Where own lessons lie; :func:`segviewer.lessons.reading.own_folder` if left out.

    Returns
    -------
    Path
        The new file.

    Raises
    ------
    SettingsError, ExportError
        As :func:`save_lesson`.
    """
    lesson = checked(text, path)
    new = free_path(lesson.title, folder)
    for number, step in enumerate(lesson.steps):
        session, _ = session_for(step, path)
        if session_for(step, new)[0] != session:
            text = text.with_session(number, session, new)
    make_lesson_folder(new.parent)
    write_atomically(new, text.whole().encode("utf-8"))
    for code, beside in translation_paths(path).items():
        with suppress(OSError):  # one that cannot be read was not shown either
            there = new.with_name(f"{new.stem}.{code}.toml")
            write_atomically(there, read_regular(beside, MOST_BYTES))
    return new


def is_shipped(path: Path) -> bool:
    """Whether a lesson ships with the program."""
    return path.resolve().parent == shipped_folder().resolve()


def checked(text: LessonText, path: Path) -> Lesson:
    """The lesson that the pieces make.

    Raises
    ------
    SettingsError
        If they make none; the message names line and field.
    """
    return parse_lesson(text.whole(), path)


def state_of(text: LessonText, number: int, path: Path) -> Session:
    """Session of a step as it is edited, on this machine.

    Raises
    ------
    SettingsError
        If the lesson is none now.
    """
    return session_for(checked(text, path).steps[number], path)[0]


def text_of(path: Path) -> str:
    """The text of a lesson's file.

    Raises
    ------
    SettingsError
        If it is no lesson; the message names line and field.
    """
    read_lesson(path)
    return _read(path)


def _read(path: Path) -> str:
    return read_regular(path, MOST_BYTES).decode("utf-8", errors="replace")
