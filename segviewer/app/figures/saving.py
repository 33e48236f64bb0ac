"""Results out of the window: copied, exported, and the session itself saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from segviewer.app.figures.first_folder import beside
from segviewer.app.figures.labelled_check import labelled_or_said
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.export.exporting import overlay_picture, write_results
from segviewer.references import SESSION_SUFFIX

if TYPE_CHECKING:
    from segviewer.labs.shared.trained_head import TrainedHead


class Saving(QObject):
    """Writes what is on screen, off Qt's thread.

    Parameters
    ----------
    fail : callable
        Called with what went wrong.
    pictures : callable
        The filmstrip's.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        background: Background,
        results: Results,
        fail: Callable[[Exception], None],
        pictures: Callable[[], list[str]] = list,
    ):
        super().__init__(window)
        self._pictures = pictures
        self.window, self.store, self.results = window, store, results
        self.background, self._fail = background, fail
        self._bar = window.message_bar
        for name, slot in (
            ("export", self.export_dialog),
            ("save_scores", self.save_scores_dialog),
            ("save_script", self.save_script_dialog),
            ("save_head", self.save_head_dialog),
            ("copy", self.copy_overlay),
            ("save_session", self.save_session_dialog),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())

    def copy_overlay(self) -> None:
        """Put the overlay, at the photograph's own pixels, on the clipboard."""
        shown, overlay = self.results.shown, self.store.session.overlay
        if not labelled_or_said(self.results, self._bar):
            return
        assert shown.seen is not None and shown.labelled is not None
        self.background.run(
            overlay_picture,
            overlay,
            shown.labels,
            shown.seen.levels[0],
            shown.labelled.label_map,
            shown.raster(overlay),
            done=self._on_overlay_made,
            failed=self._fail,
        )

    def _on_overlay_made(self, picture: np.ndarray) -> None:
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        QGuiApplication.clipboard().setImage(image.copy())
        self.window.statusBar().showMessage("Overlay copied", 3000)

    def export_dialog(self) -> None:
        """Ask for a folder and write label map, overlay and figures into it."""
        if labelled_or_said(self.results, self._bar):
            folder = QFileDialog.getExistingDirectory(
                self.window, "Export results into", beside(self.store.session)
            )
            if folder:
                self.export(Path(folder))

    def export(self, folder: Path) -> None:
        """Write label map, overlay and figures into `folder`."""
        if not labelled_or_said(self.results, self._bar):
            return
        session = self.store.session
        self.background.run(
            write_results,
            session,
            self.results.kept(),
            folder,
            self.results.shown.raster(session.overlay),
            done=self._on_exported,
            failed=self._fail,
        )

    def _on_exported(self, report: dict[str, Any]) -> None:
        labels, overlay = Path(report["labels"]), Path(report["overlay"])
        folder, seen = overlay.parent, f"{labels.name}, {overlay.name}"
        self.window.statusBar().showMessage(
            f"Written into {folder}: {seen} and its numbers as JSON", 10_000
        )

    def save_scores_dialog(self) -> None:
        """Ask what of the result is taken away, of this picture or of all of the filmstrip."""
        if not labelled_or_said(self.results, self._bar):
            return
        from segviewer.app.figures.take_away_dialog import TakeAwayDialog
        from segviewer.batch.measuring import measured

        session = self.store.session
        session = measured(session).changed(image=session.image, allow_large=session.allow_large)
        self.dialog = TakeAwayDialog(session, list(self._pictures()), self.window)
        self.dialog.show()

    def save_script_dialog(self) -> None:
        """Ask for a folder and write the CRF as a pydensecrf script with its PROBS.npy into it."""
        if labelled_or_said(self.results, self._bar):
            folder = QFileDialog.getExistingDirectory(
                self.window, "Save script and PROBS.npy into", beside(self.store.session)
            )
            if folder:
                self.save_script(Path(folder))

    def save_script(self, folder: Path) -> None:
        """Write the CRF as a pydensecrf script, and beside it what it is called with.

        In a process of its own: the window has the probabilities in half precision only.
        """
        from segviewer.app.figures.take_away_process import TakeAwayProcess
        from segviewer.batch.measuring import measured
        from segviewer.export.exporting import Writing

        session = self.store.session
        session = measured(session).changed(image=session.image, allow_large=session.allow_large)
        self.process = TakeAwayProcess(session, [session.image], folder, Writing(("script",)), self)
        self.process.failed.connect(self._fail)
        self.process.done.connect(lambda count, failures: self._on_script_done(folder, failures))
        self.window.statusBar().showMessage("Writing the script and its PROBS.npy …")

    def _on_script_done(self, folder: Path, failures: list[tuple[str, str]]) -> None:
        said = f"Script and PROBS.npy written into {folder}"
        self.window.statusBar().showMessage(failures[0][1] if failures else said, 6000)

    def save_head_dialog(self) -> None:
        """Ask for a file and write the head that the lab has trained into it."""
        # Imported where there is such a lab: a start has no use for it.
        from segviewer.labs.networks.head_training import HeadTrainingShown

        found = self.results.shown.lab
        shown = found.shown if found is not None else None
        if not isinstance(shown, HeadTrainingShown) or shown.kept is None:
            self._bar.show_message(
                "There is no trained head to save.",
                "The lab “Training a head” has trained none, or trains it now.",
                "Open the lab, switch Train on, and off when it is good enough.",
                tone="info",
            )
            return
        file, _ = QFileDialog.getSaveFileName(
            self.window,
            "Save trained head",
            beside(self.store.session, "head.safetensors"),
            "Checkpoints (*.safetensors)",
        )
        if file:
            path = Path(file).with_suffix(".safetensors")
            self.background.run(
                write_head, path, shown.kept, done=self._on_head_written, failed=self._fail
            )

    def _on_head_written(self, path: Path) -> None:
        def open_it() -> None:
            self.store.update(self.store.session.with_checkpoint(str(path)))

        self._bar.show_message(
            f"Saved as {path.name}, with its card beside it.",
            tone="info",
            actions=[("Open it", open_it)],
        )

    def save_session_dialog(self) -> None:
        """Ask for a file and write the session into it."""
        file, _ = QFileDialog.getSaveFileName(
            self.window,
            "Save session",
            beside(self.store.session, f"session{SESSION_SUFFIX}"),
            f"Sessions (*{SESSION_SUFFIX} *.json)",
        )
        if file:
            from segviewer.imaging.export.writing import write_json

            self.background.run(
                partial(write_json, overwrite=True),
                Path(file),
                self.store.session.model_dump(mode="json"),
                failed=self._fail,
            )


def write_head(path: Path, head: TrainedHead) -> Path:
    """Write a trained head's checkpoint, and its card beside it; gives `path`.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    from segviewer.checkpoints.model_card import ModelCard, write_card
    from segviewer.files.atomic_write import write_atomically

    write_atomically(path, head.weights)
    write_card(path.with_suffix(".json"), ModelCard.model_validate_json(head.card))
    return path
