"""A lesson that travels: one ``.seglesson`` file with the lesson, its pictures and more.

It is a zip of ``lesson.toml``, its texts in other languages (``lesson.de.toml``), ``pictures/…``,
``checkpoints/…`` (with their cards) and ``manifest.json``, which has the size and SHA-256 of each
file, and of each checkpoint that was left out. Paths in the lesson are relative. A file from
elsewhere is distrusted: names, count and sizes are checked before anything is unpacked, hashes
while it is, and the folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segviewer.checkpoints.published.catalogue import checkpoint_folder
from segviewer.errors import ExportError, SettingsError
from segviewer.files.regular_files import open_regular, reason
from segviewer.files.writing_faults import writing_faults
from segviewer.lessons.reading import lesson_name, own_folder, parse_lesson
from segviewer.lessons.toml_text import MOST_BYTES
from segviewer.lessons.translation import FILE_NAME

MOST_FILES = 400
MOST_UNPACKED = 8 << 30  # bytes of all files together
MOST_LISTED = 1 << 20  # bytes of the zip's own list of its files
_NAME = re.compile(r"(?:pictures|checkpoints)/[^/\\:*?\"<>|\x00-\x1f]{1,180}")
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # by Windows, with any end
CHUNK = 1 << 20


class PackedFile(BaseModel):
    """Size and hash of a file of the package."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a package holds.

    Attributes
    ----------
    files : dict of str to PackedFile
        By name in the package.
    left_out : dict of str to PackedFile
        Checkpoints that are not in it, by the names that the lesson gives them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(1, ge=1, le=1)
    files: dict[str, PackedFile]
    left_out: dict[str, PackedFile] = {}


def manifest_of(path: Path) -> Manifest:
    """What a package holds, checked but not unpacked.

    Raises
    ------
    SettingsError
        As :func:`unpack_lesson`.
    """
    with _opened(path) as archive:
        return _checked(path, archive)


def unpack_lesson(path: Path, folder: Path | None = None) -> Path:
    """Unpack a package into a folder of its own, once; the lesson's TOML there.

    Parameters
    ----------
    folder : Path, optional
        Where such folders stand; a person's own lessons if left out.

    Raises
    ------
    SettingsError
        If it is no package, holds what it may not, or was damaged on its way.
    ExportError
        If it cannot be unpacked there.
    """
    folder = own_folder() if folder is None else folder
    with _opened(path) as archive:
        return _unpacked(path, archive, _checked(path, archive), folder)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The package as an archive; whatever is wrong with it is refused with a sentence."""
    try:
        with open_regular(path) as file:
            _check_list(path, file)
            with zipfile.ZipFile(file) as archive:
                yield archive
    except OSError as error:
        raise _refusal(path, reason(error)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refusal(path, "It is no zip file, or a damaged one.", str(error)) from error


def _check_list(path: Path, file: IO[bytes]) -> None:
    """Refuse a list of files that would fill the memory before anything of it is known."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _refusal(path, "It is no zip file, or a damaged one.")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if count > MOST_FILES or listed > MOST_LISTED or tail.rfind(b"PK\x06\x06", 0, at) >= 0:
        raise _refusal(path, f"It holds more than {MOST_FILES} files.")
    file.seek(0)


def _checked(path: Path, archive: zipfile.ZipFile) -> Manifest:
    """The manifest of a package all of whose names and sizes are as they may be."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    folded = {name.casefold() for name in names}
    if len(entries) > MOST_FILES or len(folded) < len(names):
        raise _refusal(path, "It holds two files of one name, or too many files.")
    for entry in entries:
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        own = name in ("lesson.toml", "manifest.json") or _is_translation(name)
        last = name.rpartition("/")[2]
        fine = _NAME.fullmatch(name) and last.strip(". ") == last and not RESERVED.match(last)
        if not own and not fine:
            raise _refusal(path, f"It holds {name[:80]!r}, which no lesson needs.")
        if kind not in (0, stat.S_IFREG) or entry.flag_bits & 1:
            raise _refusal(path, f"{name[:80]!r} in it is a link, or has a password.")
        if entry.file_size > (MOST_BYTES if own else MOST_UNPACKED):
            raise _refusal(path, f"{name[:80]!r} in it is too large.")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refusal(path, f"Unpacked it would take more than {MOST_UNPACKED >> 30} GB.")
    if "lesson.toml" not in names or "manifest.json" not in names:
        raise _refusal(path, "There is no lesson in it.")
    try:
        manifest = Manifest.model_validate_json(archive.read("manifest.json"))
    except (ValidationError, ValueError) as error:
        raise _refusal(path, "Its list of files cannot be read.", str(error)) from error
    sizes = {e.filename: e.file_size for e in entries if e.filename != "manifest.json"}
    if sizes != {name: one.size for name, one in manifest.files.items()}:
        raise _refusal(path, "It does not hold the files that it lists.")
    return manifest


def _unpacked(path: Path, archive: zipfile.ZipFile, manifest: Manifest, folder: Path) -> Path:
    lesson = archive.read("lesson.toml")
    if packed_content(lesson) != manifest.files["lesson.toml"]:
        raise _refusal(path, "The lesson in it was damaged on its way.")
    parse_lesson(_decoded(path, lesson), path)
    inside = unpacked_place(path, manifest, folder)
    target, stem = inside.parent, inside.stem
    if inside.is_file():
        return inside
    with _not_unpacked(path):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = sum(one.size for one in manifest.files.values())
        if shutil.disk_usage(folder).free < wanted:
            raise ExportError(
                f"{path.name} was not unpacked.",
                f"It takes {wanted / 1e6:,.0f} MB, more than is free in {folder}.",
                "Make room there and open it again.",
            )
        temporary = Path(tempfile.mkdtemp(".part", ".lesson.", folder))
    try:
        for name, listed in manifest.files.items():
            to = temporary / _unpacked_name(name, stem)
            to.parent.mkdir(exist_ok=True)
            if _copied(archive, name, to, listed.size) != listed.sha256:
                raise _refusal(path, f"{name} in it was damaged on its way.")
        places = [path.parent, checkpoint_folder(), *folder.glob("*/checkpoints")]
        for name, left in manifest.left_out.items():
            _bring(name, left, places, temporary)
        (temporary / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
        os.replace(temporary, target)
    except OSError as error:
        if inside.is_file():  # unpacked by another window meanwhile
            return inside
        with _not_unpacked(path):
            raise error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return inside


def unpacked_place(path: Path, manifest: Manifest, folder: Path) -> Path:
    """Where the lesson of a package is unpacked to."""
    stem = re.sub(r"[^\w\-]+", "_", lesson_name(path)).strip("_")[:64] or "lesson"
    every = json.dumps(manifest.model_dump(), sort_keys=True).encode("utf-8")
    return folder / f"{stem}_{hashlib.sha256(every).hexdigest()[:12]}" / f"{stem}.toml"


def _is_translation(name: str) -> bool:
    named = FILE_NAME.fullmatch(name)
    return named is not None and named[1] == "lesson"


def _unpacked_name(name: str, stem: str) -> str:
    """A lesson, and its texts in other languages, have the package's name."""
    own = name == "lesson.toml" or _is_translation(name)
    return stem + name.removeprefix("lesson") if own else name


def _copied(archive: zipfile.ZipFile, name: str, to: Path, size: int) -> str:
    """Copy one file, no more of it than was said; its SHA-256."""
    digest, left = hashlib.sha256(), size
    with archive.open(name) as source, open(to, "xb") as out:
        while left >= 0 and (chunk := source.read(CHUNK)):
            left -= len(chunk)
            out.write(chunk)
            digest.update(chunk)
    return digest.hexdigest() if left == 0 else ""


def packed_content(content: bytes) -> PackedFile:
    """Size and hash of a file that is at hand."""
    return PackedFile(size=len(content), sha256=hashlib.sha256(content).hexdigest())


def listed_file(path: Path) -> PackedFile:
    """Size and hash of a file on the disk."""
    with open_regular(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return PackedFile(size=file.tell(), sha256=digest)


def _bring(name: str, wanted: PackedFile, places: list[Path], folder: Path) -> None:
    """Put a checkpoint that was left out where the lesson looks for it, if this machine has it."""
    if not _NAME.fullmatch(name):
        return
    for place in places:
        for path in place.iterdir() if place.is_dir() else ():
            if (
                path.is_file()
                and path.stat().st_size == wanted.size
                and listed_file(path) == wanted
            ):
                to = folder / name
                to.parent.mkdir(exist_ok=True)
                try:
                    os.link(path, to)
                except OSError:  # on another disk
                    shutil.copyfile(path, to)
                return


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(path, f"Its lesson is no UTF-8 text (byte {error.start}).") from error


def _refusal(path: Path, why: str, details: str = "") -> SettingsError:
    return SettingsError(
        f"The packed lesson {path.name} cannot be opened.",
        why,
        "Ask for the file again; a lesson is packed with Lessons > Save lesson as one file.",
        details=f"{path}\n{details}".strip(),
    )


def _not_unpacked(path: Path) -> AbstractContextManager[None]:
    return writing_faults(
        f"{path.name} was not unpacked.",
        "Make room in your folder of lessons, or set XDG_CONFIG_HOME to another.",
        path=path,
    )
