"""Writing a state into a person's own lesson: the file as it was, with one step more."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import is_regular, read_regular
from segviewer.files.writing_faults import make_folder
from segviewer.lessons.reading import own_folder, parse_lesson, session_for, shipped_folder
from segviewer.lessons.toml_text import MOST_BYTES
from segviewer.session import PinnedNetwork, Session

_BARE = re.compile(r"[A-Za-z0-9_-]+")
WORDS = (
    *("title", "narration", "equation", "speaker_notes", "controls", "question", "observations"),
)
_PARTS = ("picture", "tones", "inference", "crf", "overlay")
_PERSONAL = {"inference": {"device"}, "overlay": {"palette"}}


def add_step(session: Session, words: dict[str, Any], folder: Path | None = None) -> Path:
    """Add `session` as a step at the end of a lesson; a new file is begun where there is none.

    Parameters
    ----------
    words : dict
        ``lesson``: a file, or the title of a new lesson. ``title``, ``narration``,
        ``observations`` and, if wanted, ``equation``, ``speaker_notes``, ``controls`` and
        ``question`` (a table) of the step.
    folder : Path, optional
        Where new lessons go; :func:`own_folder` if left out.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    SettingsError
        If the file is no lesson, ships with the program, or the step cannot be one.
    ExportError
        If it cannot be written; the old file stays as it was.
    """
    lesson = words["lesson"]
    if isinstance(lesson, Path):
        path = lesson
        if path.resolve().parent == shipped_folder().resolve():
            raise SettingsError(
                f"{path.name} is not changed.",
                "It ships with the program.",
                "Copy it into your own folder of lessons, or begin a new one.",
            )
        text = read_regular(path, MOST_BYTES).decode("utf-8") if is_regular(path) else ""
    else:
        path = free_path(lesson, folder)
        text = f"title = {_string(lesson)}\nsentence = {_string(words.get('sentence') or lesson)}\n"
    whole = f"{text.rstrip()}\n\n{new_step(text, session, words, path)}"
    make_lesson_folder(path.parent)
    write_atomically(path, whole.encode("utf-8"))
    return path


def new_step(text: str, session: Session, words: dict[str, Any], path: Path) -> str:
    """A step with the state `session` as TOML, for the lesson in `text`.

    Parameters
    ----------
    text : str
        What the step will stand behind; may have no step yet.
    words : dict
        As for :func:`add_step`, without ``lesson``.
    path : Path
        The lesson's file.

    Raises
    ------
    SettingsError
        If that is no step; the message names line and field.
    """
    step = ""
    for everything in (False, True):
        # What a lesson says for all its steps must not reach into a state that differs from it.
        step = step_text(session, words, everything=everything)
        steps = parse_lesson(f"{text.rstrip()}\n\n{step}", path).steps
        if _same(session_for(steps[-1], path)[0], session):
            break
    return step


def make_lesson_folder(folder: Path) -> None:
    """Make the folder that a lesson goes to.

    Raises
    ------
    ExportError
        If it cannot be made.
    """
    make_folder(folder, "Make it by hand, or set XDG_CONFIG_HOME to a folder of your own.")


def step_text(session: Session, words: dict[str, Any], *, everything: bool = False) -> str:
    """A step as TOML: its words, and what of the session is not the default, or everything."""
    lines = ["[[steps]]"]
    for name in WORDS:
        if words.get(name):
            lines.append(f"{name} = {toml_value(words[name])}")
    lines.append("[steps.session]")
    lines += [
        f"{name} = {toml_value(value)}" for name, value in _table(session, everything).items()
    ]
    return "\n".join(lines) + "\n"


def _table(session: Session, everything: bool) -> dict[str, Any]:
    table: dict[str, Any] = {"image": session.image, "checkpoint": session.checkpoint}
    if session.architecture:
        table["architecture"] = session.architecture
    if session.part:
        table["part"] = session.part
    if session.sheet.said():
        table["sheet"] = session.sheet.model_dump(exclude_defaults=True)
    if session.network or everything:
        table["network"] = dict(session.network)
    if session.reference is not None:
        table["reference"] = _pinned_table(session.reference)
    for name in ("target", "target_mapping"):
        if getattr(session, name):
            table[name] = getattr(session, name)
    for part in _PARTS:
        values = getattr(session, part).model_dump(
            exclude_defaults=not everything, exclude=_PERSONAL.get(part)
        )
        if values:
            table[part] = values
    if session.lab.name or everything:
        table["lab"] = {"name": session.lab.name, "values": dict(session.lab.values)}
    return table


def _pinned_table(pinned: PinnedNetwork) -> dict[str, Any]:
    table: dict[str, Any] = {"checkpoint": pinned.checkpoint}
    for name in ("architecture", "part"):
        if getattr(pinned, name):
            table[name] = getattr(pinned, name)
    if pinned.sheet.said():
        table["sheet"] = pinned.sheet.model_dump(exclude_defaults=True)
    if pinned.network:
        table["network"] = dict(pinned.network)
    inference = pinned.inference.model_dump(exclude_defaults=True, exclude=_PERSONAL["inference"])
    if inference:
        table["inference"] = inference
    if pinned.crf is not None:  # one that is off, too: it is not the step's own then
        table["crf"] = pinned.crf.model_dump(exclude_defaults=True)
    return table


def _same(one: Session, other: Session) -> bool:
    """Whether two sessions differ in nothing that a step keeps."""
    kept = {"target", "target_mapping", "reference", "allow_large", *_PARTS}
    if one.model_dump(exclude=kept) != other.model_dump(exclude=kept):
        return False
    return all(
        getattr(one, part).model_dump(exclude=_PERSONAL.get(part))
        == getattr(other, part).model_dump(exclude=_PERSONAL.get(part))
        for part in _PARTS
    )


def toml_value(value: Any) -> str:
    """A value as TOML; tables are written in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        # TOML has no word for None: what is not there is left out.
        there = {name: one for name, one in value.items() if one is not None}
        items = (f"{_key(name)} = {toml_value(one)}" for name, one in there.items())
        return "{ " + ", ".join(items) + " }" if there else "{}"
    return "[" + ", ".join(toml_value(one) for one in value) + "]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    # JSON's escapes are TOML's but for DEL, which TOML wants escaped, too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def lesson_text(table: dict[str, Any]) -> str:
    """A lesson's table as TOML: a table a step, what is in it in one line."""
    lines = [f"{k} = {toml_value(v)}" for k, v in table.items() if k not in ("session", "steps")]
    if table.get("session"):
        lines.append(f"session = {toml_value(table['session'])}")
    for step in table.get("steps", ()):
        lines += ["", "[[steps]]", *(f"{k} = {toml_value(v)}" for k, v in step.items())]
    return "\n".join(lines) + "\n"


def free_path(title: str, folder: Path | None = None) -> Path:
    """A file name that says the title and is not taken, in a person's own folder or another."""
    folder = own_folder() if folder is None else folder
    stem = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:64] or "lesson"
    path, number = folder / f"{stem}.toml", 2
    while os.path.lexists(path):
        path = folder / f"{stem}_{number}.toml"
        number += 1
    return path
