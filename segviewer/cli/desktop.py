"""`segviewer desktop`: menu entry, icons and file types, in the person's own folders."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from segviewer.errors import ExportError
from segviewer.references import LESSON_SUFFIX, SESSION_SUFFIX
from segviewer.resource_files import resource_path

SESSION_TYPE = "application/x-segviewer-session"
LESSON_TYPE = "application/x-segviewer-lesson"
PICTURE_TYPES = ("image/jpeg", "image/png", "image/tiff", "image/webp", "image/bmp")
_NAME = "segviewer"

ENTRY = """[Desktop Entry]
Type=Application
Name=segviewer
GenericName=Segmentation explorer
Comment=See what a segmentation network does to a photograph
Exec={command} open %f
Icon=segviewer
Terminal=false
Categories=Education;Science;ArtificialIntelligence;Graphics;
Keywords=segmentation;neural network;CRF;DeepLab;
MimeType={types};
StartupWMClass=segviewer
"""
TYPES = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{SESSION_TYPE}">
    <comment>segviewer session</comment>
    <sub-class-of type="application/json"/>
    <icon name="segviewer"/>
    <glob pattern="*{SESSION_SUFFIX}"/>
  </mime-type>
  <mime-type type="{LESSON_TYPE}">
    <comment>segviewer lesson</comment>
    <sub-class-of type="application/zip"/>
    <icon name="segviewer"/>
    <glob pattern="*{LESSON_SUFFIX}"/>
  </mime-type>
</mime-info>
"""


def data_folder() -> Path:
    """Where a person's own menu entries, icons and file types lie (XDG)."""
    named = os.environ.get("XDG_DATA_HOME", "")
    return Path(named) if os.path.isabs(named) else Path.home() / ".local" / "share"


def files(folder: Path) -> dict[Path, bytes]:
    """What is installed below `folder`, by path; icons of every size."""
    icons = resource_path("icons", "program")
    themes = folder / "icons" / "hicolor"
    types = ";".join((SESSION_TYPE, LESSON_TYPE, *PICTURE_TYPES))
    entry = ENTRY.format(command=_command(), types=types)
    found = {
        folder / "applications" / f"{_NAME}.desktop": entry.encode(),
        folder / "mime" / "packages" / f"{_NAME}.xml": TYPES.encode(),
        themes / "scalable" / "apps" / f"{_NAME}.svg": (icons / f"{_NAME}.svg").read_bytes(),
    }
    for path in icons.glob(f"{_NAME}-*.png"):
        size = path.stem.removeprefix(f"{_NAME}-")
        found[themes / f"{size}x{size}" / "apps" / f"{_NAME}.png"] = path.read_bytes()
    return found


def run(*, install: bool) -> int:
    """Write the files, or take them away, and say which.

    Raises
    ------
    ExportError
        If a folder cannot be written.
    """
    folder = data_folder()
    for path, content in files(folder).items():
        try:
            if install:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ExportError(
                f"{path} cannot be {'written' if install else 'removed'}.",
                f"The system says: {error.strerror}.",
                "Let your account write there, or set XDG_DATA_HOME to another folder.",
            ) from error
        print(f"{'written' if install else 'removed'}: {path}")
    _refresh(folder)
    return 0


def _command() -> str:
    """How this very program is started, also from an environment that is not active."""
    if getattr(sys, "frozen", False):
        return _quoted(sys.executable)  # a bundle is the program itself
    beside = Path(sys.executable).with_name(_NAME)
    if beside.is_file():
        return _quoted(str(beside))
    return f"{_quoted(sys.executable)} -m segviewer"


def _quoted(word: str) -> str:
    """A word of an Exec line: quoted as the desktop entry specification has it."""
    if shlex.quote(word) == word:
        return word
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, "\\" + sign)
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


def _refresh(folder: Path) -> None:
    """Let the desktop see them now; where a program is missing it does so at the next login."""
    for program, where in (
        ("update-mime-database", "mime"),
        ("update-desktop-database", "applications"),
    ):
        found = shutil.which(program)
        if found and (folder / where).is_dir():
            subprocess.run([found, str(folder / where)], check=False, capture_output=True)
