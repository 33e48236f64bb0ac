"""Everything that can be opened: files, folders, drops, paste, samples, recent files.

What a path is gets found off Qt's thread; then one update of the store opens it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from segviewer.app.background import Background
from segviewer.app.preferences import Preferences
from segviewer.app.store import Store
from segviewer.errors import PictureError, SegviewerError
from segviewer.imaging.routing import image_paths, looks_like
from segviewer.imaging.samples import SAMPLES

FILTERS = (
    "Pictures, checkpoints, masks (*.jpg *.jpeg *.png *.webp *.tif *.tiff *.bmp *.gif "
    "*.pth *.pt *.safetensors);;All files (*)"
)


class Openings(QObject):
    """Routes what a person opens into the session.

    Signals
    -------
    failed(SegviewerError)
    pictures_listed(list of str)
        The filmstrip's new contents.
    """

    failed = Signal(object)
    pictures_listed = Signal(list)

    def __init__(
        self, store: Store, background: Background, preferences: Preferences, window: QWidget
    ):
        super().__init__(window)
        self.store, self.background, self.preferences = store, background, preferences
        self.window = window
        self.pictures: list[str] = []
        self._before: list[str] = []

    def open_dialog(self) -> None:
        """Ask for files of any kind and open them."""
        files, _ = QFileDialog.getOpenFileNames(self.window, "Open", self._folder(), FILTERS)
        self.open_paths(files)

    def open_folder_dialog(self) -> None:
        """Ask for a folder and show it as a filmstrip."""
        folder = QFileDialog.getExistingDirectory(self.window, "Open folder", self._folder())
        self.open_paths([folder] if folder else [])

    def _folder(self) -> str:
        recent = self.preferences.recent("pictures")
        return str(Path(recent[0]).parent) if recent else ""

    def open_paths(self, paths: list) -> None:
        """Open a mixture of pictures, a folder, a checkpoint and a target mask."""
        paths = [str(path) for path in paths]
        if paths:
            self.background.run(_route, paths, done=self._on_routed, failed=self._on_failed)

    def _on_routed(self, routed: dict[str, list[str]]) -> None:
        pictures = routed["image"]
        session = self.store.session
        if pictures:
            self.list_pictures(pictures)
            session = session.changed(image=pictures[0], allow_large=False, target="")
        if routed["checkpoint"]:
            session = session.with_checkpoint(routed["checkpoint"][0])
        if routed["target"]:
            session = session.changed(target=routed["target"][0])
        self.store.update(session)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, SegviewerError):
            error = PictureError(
                "This cannot be opened.", str(error) or type(error).__name__,
                "Check that the file still exists and may be read.",
            )  # fmt: skip
        self.failed.emit(error)

    def relist_with(self, shown: str) -> None:
        """Go back to the filmstrip that holds `shown`, because the new one failed to open."""
        if shown not in self.pictures and shown in self._before:
            self.list_pictures(self._before)

    def list_pictures(self, pictures: list[str]) -> None:
        """Fill the filmstrip."""
        self._before, self.pictures = self.pictures, list(pictures)
        self.pictures_listed.emit(self.pictures)

    def open_picture(self, reference: str) -> None:
        """Open one picture that is already listed."""
        session = self.store.session
        if session.image != reference:
            self.store.update(session.changed(image=reference, allow_large=False, target=""))

    def open_sample(self, name: str) -> None:
        """Open a bundled sample; all samples become the filmstrip."""
        self.list_pictures([f"sample:{sample.name}" for sample in SAMPLES])
        self.open_picture(f"sample:{name}")

    def open_checkpoint(self, reference: str) -> None:
        """Open a checkpoint as it was trained."""
        self.store.update(self.store.session.with_checkpoint(reference))

    def step(self, by: int) -> None:
        """Open the picture `by` places further in the filmstrip."""
        current = self.store.session.image
        if current in self.pictures and len(self.pictures) > 1:
            place = (self.pictures.index(current) + by) % len(self.pictures)
            self.open_picture(self.pictures[place])

    def open_recent(self, number: int) -> None:
        """Open the picture at place `number` (from 1) of the recent list."""
        recent = self.preferences.recent("pictures")
        if number <= len(recent):
            self.open_paths([recent[number - 1]])

    def paste(self) -> None:
        """Open the picture, or the files, on the clipboard."""
        clipboard = QApplication.clipboard()
        mime = clipboard.mimeData()
        if mime.hasUrls():
            self.open_paths([url.toLocalFile() for url in mime.urls() if url.isLocalFile()])
            return
        image = clipboard.image()
        if image.isNull():
            self.failed.emit(
                PictureError(
                    "There is no picture on the clipboard.",
                    "It holds nothing or only text.",
                    "Copy a picture first, then paste it here.",
                )  # fmt: skip
            )
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
        self.background.run(
            _save_pasted, image, folder, done=lambda path: self.open_paths([path]),
            failed=self._on_failed,
        )  # fmt: skip


def drop_hint(paths: list[Path]) -> str:
    """What dropping `paths` would do, told by their names alone: no disk on Qt's thread."""
    if len(paths) > 1:
        return f"Open {len(paths)} files"
    name = paths[0].name
    kind = "checkpoint" if paths[0].suffix.lower() in (".pth", ".pt", ".safetensors") else ""
    return f"Open {kind} {name}" if kind else f"Open {name}"


def _route(paths: list[str]) -> dict[str, list[str]]:
    """Sort paths by what they are.

    Raises
    ------
    PictureError
        If nothing among them can be opened.
    """
    routed: dict[str, list[str]] = {"image": [], "checkpoint": [], "target": []}
    unknown = []
    for path in paths:
        kind = looks_like(Path(path))
        if kind == "folder":
            found = image_paths(Path(path))
            if not found and len(paths) == 1:
                raise PictureError(
                    f"{Path(path).name} holds no pictures.", "No file in it is a known picture.",
                    "Choose a folder with JPEG, PNG, WebP, TIFF, BMP or GIF files.",
                )  # fmt: skip
            routed["image"] += [str(file) for file in found]
        elif kind in routed:
            routed[kind].append(path)
        else:
            unknown.append(path)
    if unknown and not any(routed.values()):
        # Reading it as a picture gives the exact reason.
        routed["image"].append(unknown[0])
    return routed


def _save_pasted(image: QImage, folder: str) -> str:
    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix="pasted-", suffix=".png", dir=folder)
    os.close(handle)
    if not image.save(path, "PNG"):
        raise PictureError(
            "The pasted picture cannot be kept.", f"{folder} cannot be written.",
            "Save the picture to a file yourself and open that.",
        )  # fmt: skip
    return path
