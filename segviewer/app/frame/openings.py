"""Everything that can be opened: files, folders, drops, paste, samples, recent files.

What a path is gets found off Qt's thread; then one update of the store opens it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QStandardPaths, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from segviewer.app.state.background import Background
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.store import Store
from segviewer.errors import PictureError, SegviewerError
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES
from segviewer.imaging.reading.samples import SAMPLES
from segviewer.imaging.reading.suffixes import (
    CHECKPOINT_SUFFIXES,
    PACKED_SUFFIX,
    PICTURE_SUFFIXES,
    SCORES_SUFFIXES,
)
from segviewer.references import LESSON_SUFFIX, SESSION_SUFFIX, Reference
from segviewer.session import Session

if TYPE_CHECKING:
    from segviewer.app.frame.routing import Routed
    from segviewer.export.figure_session import Reopened

LESSON_SUFFIXES = (LESSON_SUFFIX, ".toml")
KNOWN_SUFFIXES = {
    *(*PICTURE_SUFFIXES, PACKED_SUFFIX, *MASK_SUFFIXES),
    *(*CHECKPOINT_SUFFIXES, *SCORES_SUFFIXES),
    *(".svg", SESSION_SUFFIX),
    *LESSON_SUFFIXES,
}
FILTERS = (
    "Pictures, figures, sessions, checkpoints, scores, masks ("
    + " ".join(f"*{suffix}" for suffix in sorted(KNOWN_SUFFIXES))
    + ");;All files (*)"
)
MOST_LISTS = 20  # of pictures that undo can bring back


class Openings(QObject):
    """Routes what a person opens into the session.

    Signals
    -------
    about_to_open()
        It is a figure or a data set, which concern more than the first screen.
    failed(SegviewerError)
    pictures_listed(list of str)
        The filmstrip's new contents.
    pictures_opened()
        A person has opened some.
    reopened(str, Reopened)
        A figure's path, and what it brought.
    refused(str, FigureError)
        A figure whose record cannot be used.
    noted(str)
        What was found in a folder, in a sentence.
    mask_supposed(str)
        A picture that was opened as a photograph and may be a target mask.
    mask_found(str, str)
        A photograph opened alone, and the file beside it that is called like its target mask.
    dataset_opened(str, Pairing)
        A folder, and its pictures with their masks.
    lesson_given(str)
        A lesson's file is among the paths; it is opened alone.
    """

    about_to_open = Signal()
    failed = Signal(object)
    pictures_listed = Signal(list)
    pictures_opened = Signal()
    reopened = Signal(str, object)
    refused = Signal(str, object)
    noted = Signal(str)
    mask_supposed = Signal(str)
    mask_found = Signal(str, str)
    dataset_opened = Signal(str, object)
    lesson_given = Signal(str)

    def __init__(
        self, store: Store, background: Background, preferences: Preferences, window: QWidget
    ):
        super().__init__(window)
        self.store, self.background, self.preferences = store, background, preferences
        self.window = window
        self.pictures: list[str] = []
        self._lists: list[list[str]] = []  # those before, the latest last
        self.targets: dict[str, str] = {}  # the masks of a data set, by picture
        store.changed.connect(self._on_session_changed)

    def open_dialog(self) -> None:
        """Ask for files of any kind and open them."""
        files, _ = QFileDialog.getOpenFileNames(self.window, "Open", self._folder(), FILTERS)
        self.open_paths(files)

    def open_folder_dialog(self) -> None:
        """Ask for a folder and show it as a filmstrip."""
        folder = QFileDialog.getExistingDirectory(self.window, "Open folder", self._folder())
        self.open_paths([folder] if folder else [])

    def open_scores_dialog(self) -> None:
        """Ask for a folder of scores by photograph, or of one grey picture a class."""
        folder = QFileDialog.getExistingDirectory(
            self.window, "Open folder of scores", self._folder()
        )
        if folder:
            self.open_scores(folder)

    def open_scores(self, path: str) -> None:
        """Take what a file or folder says of the photograph in a network's place."""
        self.open_checkpoint(str(Reference("file", path, scores=True)))

    def _folder(self) -> str:
        recent = self.preferences.recent("pictures")
        return str(Path(recent[0]).parent) if recent else ""

    def open_paths(self, paths: list, plain: bool = False) -> None:
        """Open a mixture of pictures, a folder, a checkpoint and a target mask.

        A saved session, and a figure of this program, alone or together with its files, is
        reopened, unless `plain` asks for it as a picture.
        """
        paths = [str(path) for path in paths]
        lessons = [path for path in paths if path.lower().endswith(LESSON_SUFFIXES)]
        if lessons:
            self.lesson_given.emit(lessons[0])
            return
        if not paths:
            return
        if plain:
            self._route(paths)
            return
        self.background.run(
            _reopened,
            paths,
            self.known_files(),
            self.store.session.inference.device,
            done=lambda found: self._route(paths) if found is None else self._on_reopened(*found),
            failed=partial(self._on_refused, paths),
        )

    def _route(self, paths: list[str]) -> None:
        image = self.store.session.image
        partners = (image,) if Reference.picture(image).is_file else ()
        self.background.run(_routed, paths, partners, done=self._on_routed, failed=self._on_failed)

    def known_files(self) -> list[Path]:
        """Files of a person's own that a figure may have been made from."""
        return known_files(self.preferences, self.store.session, self.pictures)

    def _on_reopened(self, path: str, found: Reopened) -> None:
        self.about_to_open.emit()
        image = found.session.image
        if Reference.picture(image).kind == "sample":
            self.list_samples()
        elif image and image not in self.pictures:
            self.list_pictures([image])
        self.store.update(found.session)
        self.reopened.emit(path, found)

    def _on_refused(self, paths: list[str], error: Exception) -> None:
        from segviewer.imaging.export.figure_record import FigureError

        if isinstance(error, FigureError):
            self.about_to_open.emit()
            self.refused.emit(paths[0], error)
        else:
            self._on_failed(error)

    def _on_routed(self, routed: Routed) -> None:
        if routed.datasets:
            self.about_to_open.emit()
        session = self.store.session
        if routed.pictures:
            self.list_pictures(routed.pictures)
            self.pictures_opened.emit()
            self.targets |= routed.mask_of
            session = self._at(routed.pictures[0])
        if routed.checkpoints:
            session = session.with_checkpoint(routed.checkpoints[0])
        if routed.scores:
            scores = Reference("file", routed.scores[0], scores=True)
            session = session.with_checkpoint(str(scores))
            if not session.image:
                self.noted.emit("Open the photograph that the scores belong to.")
        if routed.targets:
            session = self._with_target(session, routed.targets[0])
        self.store.update(session)
        for _, found in routed.datasets:
            for sentence in found.sentences():
                self.noted.emit(sentence)
        for folder, found in routed.datasets[:1]:
            self.dataset_opened.emit(folder, found)
        if routed.supposed_mask:
            self.mask_supposed.emit(routed.supposed_mask)
        elif routed.mask_beside:
            self.mask_found.emit(routed.pictures[0], routed.mask_beside)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, SegviewerError):
            error = PictureError(
                "This cannot be opened.",
                str(error) or type(error).__name__,
                "Check that the file still exists and may be read.",
            )
        self.failed.emit(error)

    def _on_session_changed(self, old: Session, new: Session) -> None:
        """Bring back the filmstrip of a picture that undo, or a failed opening, brings back."""
        if new.image == old.image or new.image in self.pictures:
            return
        for pictures in reversed(self._lists):
            if new.image in pictures:
                self.list_pictures(pictures)
                return

    def list_pictures(self, pictures: list[str]) -> None:
        """Fill the filmstrip; the list before comes back with its pictures."""
        if self.pictures and self.pictures != pictures:
            others = [one for one in self._lists if one != self.pictures]
            self._lists = [*others[1 - MOST_LISTS :], self.pictures]
        self.pictures = list(pictures)
        self.pictures_listed.emit(self.pictures)

    def list_samples(self) -> None:
        """Fill the filmstrip with the bundled samples."""
        self.list_pictures([sample.reference for sample in SAMPLES])

    def open_picture(self, reference: str, **changes: object) -> None:
        """Open one picture that is already listed, with other changes of the session."""
        session = self.store.session
        wanted = session if session.image == reference else self._at(reference)
        wanted = wanted.changed(**changes)
        if wanted != session:
            self.store.update(wanted)

    def open_target(self, path: str) -> None:
        """Open a file as the target mask of the photograph there was before it, or of this."""
        image = self.store.session.image
        if image == path:
            before = next((one[0] for one in reversed(self._lists) if one and path not in one), "")
            self.list_pictures([before] if before else [])
            image = before
        session = self._with_image(image)
        self.store.update(self._with_target(session, path))

    def _at(self, reference: str) -> Session:
        """The session with another picture, and the mask that belongs to it."""
        session = self._with_image(reference)
        return self._with_target(session, self.targets.get(reference, ""))

    def _with_image(self, reference: str) -> Session:
        """With another photograph, the bands of which are those last chosen in its folder."""
        session = self.store.session.with_image(reference)
        named = Reference.picture(reference)
        bands = self.preferences.bands(str(Path(named.name).parent)) if named.is_file else ()
        return session.changed(picture=session.picture.changed(bands=bands))

    def _with_target(self, session: Session, path: str) -> Session:
        """With a mask, whose numbers mean what was said of the last one of its folder."""
        mapping = self.preferences.mapping(str(Path(path).parent)) if path else ""
        return session.changed(target=path, target_mapping=mapping)

    def open_sample(self, name: str) -> None:
        """Open a bundled sample; all samples become the filmstrip."""
        self.list_samples()
        self.open_picture(str(Reference("sample", name)))

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
            self.open_again(recent[number - 1])

    def open_again(self, path: str) -> None:
        """Open a picture of the recent list; what was opened as a picture before is one."""
        self.open_paths([path], plain=True)

    def paste(self) -> None:
        """Open the picture, or the files, on the clipboard."""
        clipboard = QApplication.clipboard()
        # Some platforms have no data at all for an empty clipboard.
        mime = clipboard.mimeData() or QMimeData()
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
                )
            )
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
        self.background.run(
            _save_pasted,
            image,
            folder,
            done=lambda path: self.open_paths([path]),
            failed=self._on_failed,
        )


def _reopened(paths: list[str], known: list[Path], device: str) -> tuple[str, Reopened] | None:
    from segviewer.app.frame.reopening import reopen  # reads files

    return reopen(paths, known, device)


def _routed(paths: list[str], partners: tuple[str, ...]) -> Routed:
    from segviewer.app.frame.routing import route  # reads files' headers

    return route(paths, partners)


def drop_hint(paths: list[Path]) -> str:
    """What dropping `paths` would do, by their names alone: no disk on Qt's thread."""
    if len(paths) > 1:
        return f"Open {len(paths)} files"
    name = paths[0].name
    suffix = paths[0].suffix.lower()
    kind = "checkpoint" if suffix in CHECKPOINT_SUFFIXES else ""
    # What ends like masks, too, is one or the other by what it holds.
    kind = "scores" if suffix in SCORES_SUFFIXES - MASK_SUFFIXES else kind
    return f"Open {kind} {name}" if kind else f"Open {name}"


def known_files(
    preferences: Preferences, session: Session, pictures: Sequence[str] = ()
) -> list[Path]:
    """What is open, and what was of late."""
    networks = [session.checkpoint]
    if session.reference is not None:
        networks.append(session.reference.checkpoint)
    found = [
        Reference.picture(session.image),
        Reference("file", session.target),
        *map(Reference.checkpoint, (*networks, *preferences.recent("checkpoints"))),
        *map(Reference.picture, (*preferences.recent("pictures"), *pictures)),
    ]
    return [Path(path) for path in dict.fromkeys(one.name for one in found if one.is_file)]


def _save_pasted(image: QImage, folder: str) -> str:
    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix="pasted-", suffix=".png", dir=folder)
    os.close(handle)
    if not image.save(path):  # whose name says PNG
        raise PictureError(
            "The pasted picture cannot be kept.",
            f"{folder} cannot be written.",
            "Save the picture to a file yourself and open that.",
        )
    return path
