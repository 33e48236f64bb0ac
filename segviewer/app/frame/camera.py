"""A camera in the photograph's place: opened, labelled as it goes, and kept as a picture."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.errors import PictureError
from segviewer.imaging.reading.live.devices import CONFIRMED, Camera, camera_reference, cameras
from segviewer.references import Reference
from segviewer.widgets.language.shown_texts import VERBATIM
from segviewer.widgets.text.plain_text import PlainLabel


class CameraChoice(QDialog):
    """Which camera; another one's name can be written.

    Signals
    -------
    chosen(str)
        As :attr:`segviewer.imaging.reading.live.devices.Camera.name`.
    """

    chosen = Signal(str)

    def __init__(self, found: list[Camera], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Open camera")
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setAccessibleName("Camera")
        self.names.setProperty(VERBATIM, True)
        typed = self.names.lineEdit()
        if typed is not None:
            typed.setAccessibleName("Camera")
        for one in found:
            self.names.addItem(one.title, one.name)
        said = "Esc stops it and keeps the picture that is seen. Nothing else is kept."
        if sys.platform != CONFIRMED:
            said += " On this system cameras are written as the manual of ffmpeg says, untried."
        note = PlainLabel(said)
        note.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(self.name()))
        layout = QVBoxLayout(self)
        for widget in (self.names, note, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(380)

    def name(self) -> str:
        """The camera that is chosen or written."""
        place = self.names.findText(self.names.currentText())
        return self.names.itemData(place) if place >= 0 else self.names.currentText().strip()


class CameraOpening(QObject):
    """Puts a camera into the session, and a picture of it in its place when it is stopped.

    Signals
    -------
    failed(Exception)
    opened()
        The filmstrip shows other pictures, which are gone.
    kept(str)
        A picture of the camera, as a file that is the photograph now.
    """

    failed = Signal(object)
    opened = Signal()
    kept = Signal(str)

    def __init__(self, store: Store, results: Results, background: Background, window: QWidget):
        super().__init__(window)
        self.store, self.results, self.background = store, results, background
        self.window = window
        self.choice: CameraChoice | None = None

    @property
    def is_open(self) -> bool:
        """Whether the photograph is a camera's."""
        return Reference.picture(self.store.session.image).kind == "camera"

    def ask(self) -> None:
        """Look for cameras, and ask which."""
        self.background.run(cameras, done=self._on_found, failed=self.failed.emit)

    def open(self, name: str) -> None:
        """Open a camera by its name."""
        if name:
            self.opened.emit()
            self.store.update(self.store.session.with_image(camera_reference(name)))

    def stop(self) -> bool:
        """Keep the frame that is seen as a picture, and let the camera go.

        Returns
        -------
        bool
            False where no camera is open.
        """
        if not self.is_open:
            return False
        shown = self.results.shown
        if shown.picture is None or shown.image != self.store.session.image:
            self.store.end_drag(self.store.session.with_image(""))
            return True
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
        self.background.run(
            _save_frame,
            shown.picture.levels[0],
            folder,
            done=self._on_saved,
            failed=self.failed.emit,
        )
        return True

    def _on_found(self, found: list[Camera]) -> None:
        if not found:
            self.failed.emit(
                PictureError(
                    "No camera is there.",
                    "The system names none.",
                    "Plug one in, and see that you may read it (on Linux your user has to be in "
                    "the group video); or open a film.",
                )
            )
            return
        self.choice = CameraChoice(found, self.window)
        self.choice.chosen.connect(self.open)
        self.choice.finished.connect(self.choice.deleteLater)
        self.choice.open()

    def _on_saved(self, path: str) -> None:
        if self.is_open:
            # No step of its own: undo must not switch the camera on.
            self.kept.emit(path)
            self.store.end_drag(self.store.session.with_image(path))


def _save_frame(frame: np.ndarray, folder: str) -> str:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            prefix="camera-", suffix=".png", dir=folder, delete=False
        ) as file:
            Image.fromarray(frame).save(file, "PNG", compress_level=1)
            return file.name
    except OSError as error:
        raise PictureError(
            "The camera's picture cannot be kept.",
            f"{folder} cannot be written: {error.strerror or error}.",
            "Make room there, then press Esc again.",
        ) from error
