"""A lesson becomes one file to travel with, as :mod:`segviewer.lessons.packed_lesson` reads it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from segviewer.errors import SettingsError
from segviewer.files.regular_files import is_regular, open_regular, read_regular
from segviewer.files.writing_faults import writing_faults
from segviewer.lessons.packed_lesson import (
    CHUNK,
    RESERVED,
    Manifest,
    PackedFile,
    listed_file,
    manifest_of,
    packed_content,
    unpacked_place,
)
from segviewer.lessons.reading import parse_lesson
from segviewer.lessons.toml_text import MOST_BYTES
from segviewer.lessons.translation import translation_paths
from segviewer.lessons.writing import lesson_text
from segviewer.references import LESSON_SUFFIX, Reference


def pack_lesson(path: Path, target: Path, *, weights: bool = False) -> Path:
    """Write the lesson in `path`, and what it needs, as one file.

    Parameters
    ----------
    path : Path
        The lesson's TOML.
    target : Path
        The package; ``.seglesson`` is added where it is missing.
    weights : bool
        Whether checkpoints go in too; otherwise their hashes do, by which they are found.

    Raises
    ------
    SettingsError
        If `path` is no lesson, or a file that it names cannot be read.
    ExportError
        If `target` cannot be written.
    """
    target = (
        target if target.suffix == LESSON_SUFFIX else target.with_name(target.name + LESSON_SUFFIX)
    )
    text = read_regular(path, MOST_BYTES).decode("utf-8")
    parse_lesson(text, path)
    table = tomllib.loads(text)
    packing = _Packing(path.parent, weights)
    for session in _sessions(table):
        packing.take(session)
    for code, beside in translation_paths(path).items():
        if is_regular(beside) and beside.stat().st_size <= MOST_BYTES:
            packing.files[f"lesson.{code}.toml"] = beside
    lesson = lesson_text(table).encode("utf-8")
    parse_lesson(lesson.decode("utf-8"), path)
    what, next_step = f"{target.name} was not written.", "Choose another folder and save again."
    with writing_faults(what, next_step, path=target):
        handle, temporary = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
        with os.fdopen(handle, "wb") as file:
            packing.write(file, lesson)
        os.replace(temporary, target)
    return target


class _Packing:
    """Collects the files of a package and gives each its name there."""

    def __init__(self, folder: Path, weights: bool):
        self.folder, self.weights = folder, weights
        self.files: dict[str, Path] = {}  # by name in the package
        self.left_out: dict[str, PackedFile] = {}
        self._names: dict[Path, str] = {}

    def take(self, session: dict[str, Any]) -> None:
        """Take the files that a session names, and name them as they will be named."""
        image = session.get("image", "")
        if image and Reference.picture(image).is_file:
            session["image"] = self._name(self._found(image), "pictures")
        if session.get("target"):
            session["target"] = self._name(self._found(session["target"]), "pictures")
        checkpoint = session.get("checkpoint", "")
        named = Reference.checkpoint(checkpoint) if checkpoint else None
        plain = named.trained() if named is not None and named.untrained else named
        if named is None or plain is None or plain.kind != "file":
            return
        path = self._found(str(plain.name))
        name = self._name(path, "checkpoints", keep=self.weights)
        if not self.weights:
            self.left_out.setdefault(name, listed_file(path))
        card = path.with_suffix(".json")
        if card.is_file():
            self.files[str(PurePosixPath(name).with_suffix(".json"))] = card
        packed = Reference("file", name, scores=plain.scores)
        session["checkpoint"] = str(packed.without_training() if named.untrained else packed)

    def _found(self, reference: str) -> Path:
        path = (self.folder / Path(reference).expanduser()).resolve()
        if not path.is_file():
            raise SettingsError(
                "The lesson was not saved.",
                f"The file {reference} that one of its steps shows is not there.",
                "Put it back, or change the step, and save again.",
            )
        return path

    def _name(self, path: Path, kind: str, keep: bool = True) -> str:
        if path not in self._names:
            clean = re.sub(r"[^\w.\-]+", "_", path.name).lstrip(".")[-120:] or "file"
            taken = {name.casefold() for name in self._names.values()}
            name, number = f"{kind}/{clean}", 2
            while name.casefold() in taken or RESERVED.match(name.rpartition("/")[2]):
                name, number = f"{kind}/{number}_{clean}", number + 1
            self._names[path] = name
        if keep:
            self.files[self._names[path]] = path
        return self._names[path]

    def write(self, file: IO[bytes], lesson: bytes) -> None:
        """Write the package."""
        listed = {"lesson.toml": packed_content(lesson)}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.writestr("lesson.toml", lesson, zipfile.ZIP_DEFLATED)
            for name, path in self.files.items():
                digest, size = hashlib.sha256(), 0
                with open_regular(path) as source, archive.open(name, "w", force_zip64=True) as out:
                    while chunk := source.read(CHUNK):
                        out.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                listed[name] = PackedFile(size=size, sha256=digest.hexdigest())
            manifest = Manifest(files=listed, left_out=self.left_out)
            archive.writestr("manifest.json", manifest.model_dump_json(indent=1))


def repack_lesson(inside: Path, package: Path) -> Path:
    """Write a package anew from its lesson as it was edited where it was unpacked.

    Parameters
    ----------
    inside : Path
        The lesson's TOML in the folder that :func:`unpack_lesson` made of `package`.

    Returns
    -------
    Path
        The lesson's TOML; its folder has the name that the new package unpacks to, so that opening
        it makes no second one.

    Raises
    ------
    SettingsError, ExportError
        As :func:`pack_lesson`; the old package stays as it was.
    """
    held = manifest_of(package).files
    pack_lesson(inside, package, weights=any(name.startswith("checkpoints/") for name in held))
    there = unpacked_place(package, manifest_of(package), inside.parent.parent)
    if there.name != inside.name or there.parent.exists():
        return inside
    try:
        os.replace(inside.parent, there.parent)
    except OSError:  # it is opened twice then, and nothing is lost
        return inside
    return there


def _sessions(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for holder in (table, *table.get("steps", ())):
        if isinstance(holder.get("session"), dict):
            yield holder["session"]
            if isinstance(holder["session"].get("reference"), dict):
                yield holder["session"]["reference"]
