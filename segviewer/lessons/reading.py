"""Lesson files: found, read, and made to fit what is on this machine.

What a lesson names and this machine lacks has a stand-in, and that is said, so that a lecture goes
on.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.errors import SegviewerError, SettingsError
from segviewer.files.regular_files import is_regular
from segviewer.imaging.reading.samples import sample_path
from segviewer.lessons.lesson import DEFAULT_IMAGE, Lesson, Step
from segviewer.lessons.toml_text import LessonSource
from segviewer.lessons.translation import Translation, original_of, read_translations
from segviewer.networks import NETWORKS
from segviewer.references import DEFAULT_CHECKPOINT, Reference
from segviewer.resource_files import own_path, resource_path
from segviewer.session import Session

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
        As it was written, in English; its settings are those of every language.
    own : bool
        Whether it is the person's, not one that ships.
    translations : tuple of Translation
    problems : tuple of SettingsError
        One for each translation that cannot be used.
    """

    name: str
    path: Path
    lesson: Lesson
    own: bool = False
    translations: tuple[Translation, ...] = ()
    problems: tuple[SettingsError, ...] = ()

    def in_language(self, code: str) -> Lesson:
        """The lesson with its texts in the language `code`, as far as there are any."""
        found = [one for one in self.translations if one.code == code]
        return found[0].shown(self.lesson) if found else self.lesson


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
    found: list[LessonFile] = []
    problems: list[SettingsError] = []
    for folder in (shipped_folder(), own_folder()) if folders is None else folders:
        for path in lesson_paths(folder):
            try:
                found.append(read_lesson(path))
                problems += found[-1].problems
            except SettingsError as error:
                problems.append(error)
            except Exception as error:  # no fault of one file, or of this program, hides the others
                why = f"Reading it ended in an unexpected error ({type(error).__name__})."
                details = "".join(traceback.format_exception(error))
                problems.append(LessonSource(path).refusal(why, details=details))
    return tuple(found), tuple(problems)


def lesson_paths(folder: Path) -> list[Path]:
    """Lessons of a folder, and those that were unpacked into folders of their own in it.

    A lesson's texts in another language, which lie beside it, are no lesson of their own.
    """
    if not folder.is_dir():
        return []
    paths = sorted(folder.glob("*.toml")) + sorted(folder.glob("[!.]*/*.toml"))
    return [path for path in paths if original_of(path) is None]


def read_lesson(path: Path) -> LessonFile:
    """Read one lesson file.

    Raises
    ------
    SettingsError
        If it is no lesson; the message names file, line and field, and why.
    """
    original = original_of(path)
    if original is not None:
        raise SettingsError(
            f"{path.name} is no lesson of its own.",
            f"It is the name of the texts of {original.name} in another language.",
            f"Open {original.name}, and choose the language in View > Language.",
            details=str(path),
        )
    lesson = parse_lesson(LessonSource(path).text(), path)
    own = path.resolve().parent != shipped_folder().resolve()
    return LessonFile(lesson_name(path), path, lesson, own, *read_translations(path))


def parse_lesson(text: str, path: Path) -> Lesson:
    """The lesson that `text` describes; `path` is named where something is wrong with it.

    Raises
    ------
    SettingsError
        As :func:`read_lesson`.
    """
    return LessonSource(path).parsed(text, Lesson)


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
