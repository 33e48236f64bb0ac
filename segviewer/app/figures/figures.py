"""Figures: saved with the session inside, and reopened from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from segviewer.app.figures.first_folder import beside
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.labs.lab_view import LabView
from segviewer.app.state.background import Background
from segviewer.app.state.chips import lab_chip
from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.labs import LABS
from segviewer.labs.lab import LabResult
from segviewer.references import Reference, may_be_session
from segviewer.widgets.panels.message_bar import Tone
from segviewer.widgets.text.formula_layout import FormulaLayout
from segviewer.widgets.text.typesetter import typesetter
from segviewer.widgets.theme.theme import LIGHT, lent_scheme

if TYPE_CHECKING:
    # A window starts without figures; whatever makes one is imported when it is asked for.
    from segviewer.app.figures.canvas_figure import Seen
    from segviewer.app.figures.figure_choice import Choice, FigureDialog
    from segviewer.app.figures.recording import Played, Recording
    from segviewer.export.figure_session import Reopened
    from segviewer.imaging.export.figure_record import FigureError


class Figures(QObject):
    """Saves what is on screen as a figure, and says what a reopened one brought back.

    Parameters
    ----------
    fail : callable
        Called with what went wrong.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        runner: Runner,
        background: Background,
        results: Results,
        labs: LabView,
        openings: Openings,
        fail: Callable[[Exception], None],
    ):
        super().__init__(window)
        self.window, self.store, self.runner = window, store, runner
        self.background, self.results = background, results
        self.labs, self.openings, self._fail = labs, openings, fail
        self._bar, self._canvas = window.message_bar, window.canvas
        self._save = window.action("save_figure")
        self.dialog: FigureDialog | None = None
        self.recording: Recording | None = None
        self._notice: Callable[[], None] | None = None
        self._save.triggered.connect(lambda checked=False: self.save_dialog())
        window.action("cancel").triggered.connect(lambda checked=False: self._on_cancel())
        openings.reopened.connect(self._on_reopened)
        openings.refused.connect(self._on_refused)
        runner.stage_finished.connect(self._on_stage_finished)
        runner.run_failed.connect(self._on_run_failed)

    # Saving

    def choices(self) -> list[Choice]:
        """The figures that can be saved now, the likeliest first."""
        from segviewer.app.figures.figure_choice import Choice
        from segviewer.app.figures.lab_figure import plots_of
        from segviewer.app.figures.recording import played

        found = []
        # Only what belongs to the session that goes into the file.
        if self.results.labelled:
            found.append(
                Choice(
                    "canvas",
                    "The photograph with what lies over it",
                    "At the photograph's own pixels.",
                    ".png",
                )
            )
            found.append(
                Choice(
                    "legend",
                    "The same with a legend of its classes",
                    "Colours and names below it, on white.",
                    ".png",
                )
            )
        result = self._lab_result()
        if result is None:
            return found
        view, title = self._view(), LABS[result.name].title
        drawing, below = f"Drawing of the lab “{title}”", "with caption and formula below it"
        if plots_of(view):
            found.append(Choice("plot", drawing, f"Lines and letters that scale, {below}.", ".svg"))
        found.append(Choice("drawing", drawing, f"Pixels, {below}.", ".png"))
        steps = played(result.name, view, result.shown)
        if steps is not None:
            place = "over the photograph" if steps.on_picture else "in the drawing"
            found.append(
                Choice(
                    "animation",
                    f"“{title}” played",
                    f"Its {steps.count} steps {place}, one after the other.",
                    ".gif",
                )
            )
        return found

    def save_dialog(self) -> None:
        """Ask which figure, and where to, and save it."""
        from segviewer.app.figures.figure_choice import FigureDialog

        choices = self.choices()
        if not choices:
            self._bar.show_message(
                "There is no figure to save yet.",
                "No photograph has been labelled with these settings, and no lab has drawn.",
                "Open a photograph, wait for its labels, or press Run (Ctrl+Return).",
                tone="info",
            )
        elif len(choices) == 1:
            self._ask_place(choices[0])
        else:
            self.dialog = FigureDialog(choices, self.window)
            self.dialog.accepted.connect(
                lambda: self._ask_place(self.dialog.chosen(), self.dialog.on_light_ground())
            )
            self.dialog.finished.connect(self.dialog.deleteLater)
            self.dialog.open()

    def _ask_place(self, choice: Choice, light: bool = False) -> None:
        result = self._lab_result()
        if light and result is not None:
            # Typeset while the name is typed.
            FormulaLayout(result.formula, self._view().font(), LIGHT, typesetter())
        stem = Path(Reference.picture(self.store.session.image).name).stem or "figure"
        of_lab = choice.kind not in ("canvas", "legend")
        lab = self.store.session.lab.name if of_lab else "figure"
        file, _ = QFileDialog.getSaveFileName(
            self.window,
            "Save figure",
            beside(self.store.session, f"{stem}-{lab}{choice.suffix}"),
            f"{choice.title} (*{choice.suffix})",
            # A name that is taken gets a number: no file is written over.
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if file:
            self.save(choice.kind, Path(file), light)

    def save(self, kind: str, path: Path, light: bool = False) -> None:
        """Save a figure; `kind` is that of one of :meth:`choices`.

        A lab's drawing is on a light ground where that is asked for, whatever the window is.
        """
        from segviewer.app.figures.figure_writing import write_canvas, write_lab, write_legend
        from segviewer.app.figures.lab_figure import lab_picture, lab_svg
        from segviewer.app.figures.recording import played

        choice = next((choice for choice in self.choices() if choice.kind == kind), None)
        if choice is None or (kind == "animation" and self.recording is not None):
            return
        if path.suffix.lower() != choice.suffix:
            path = path.with_name(path.name + choice.suffix)
        session, result = self.store.session, self._lab_result()
        if kind == "canvas":
            self._write(write_canvas, path, session, self._seen())
        elif kind == "legend":
            self._write(write_legend, path, session, self._seen())
        elif result is not None and kind == "animation":
            what = played(result.name, self._view(), result.shown)
            if what is not None:
                self._record(path, what)
        elif result is not None:
            draw = lab_svg if kind == "plot" else lab_picture
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            with lent_scheme(app, "light") if light else nullcontext():
                drawing = draw(self._view(), result.caption, result.formula)
            self._write(write_lab, path, session, drawing, result.caption)

    def _write(self, function: Callable, *arguments: object) -> None:
        self.background.run(function, *arguments, done=self._on_written, failed=self._fail)

    def _on_written(self, path: Path) -> None:
        self.window.statusBar().showMessage(f"Written: {path}", 6000)

    def _seen(self) -> Seen:
        from segviewer.app.figures.canvas_figure import Pinned, Seen

        canvas, shown, session = self._canvas, self.results.shown, self.store.session
        assert shown.seen is not None and shown.labelled is not None  # or it is no choice
        assert shown.labels is not None
        pinned, compared = None, shown.compared
        first = compared.first if compared is not None else None
        if first is not None and first.labelled is not None and first.network is not None:
            pinned = Pinned(first.labelled, first.network, first.overlay_layer)
        picture = shown.seen.levels[0]
        left, right = (canvas.position_of(x, 0).x() for x in (0, picture.shape[1]))
        divider = (canvas.divider() * canvas.width() - left) / ((right - left) or 1)
        return Seen(
            session.overlay,
            picture,
            shown.labelled,
            shown.labels,
            shown.raster(session.overlay),
            shown.marks,
            pinned,
            divider,
            shown.beside_target(session.overlay),
        )

    def _lab_result(self) -> LabResult | None:
        """What the open lab shows, None where it is not open or shows nothing."""
        session = self.store.session
        if self.labs.drawer.isHidden() or session.lab.name not in LABS:
            return None
        result = self.results.current("lab")
        return result if result is not None and result.shown is not None else None

    def _view(self):
        return self.labs.drawer.views.currentWidget()

    # Recording

    def _record(self, path: Path, what: Played) -> None:
        from segviewer.app.figures.recording import Recording

        take = self._take_raster if what.on_picture else self._take_drawing
        self.recording = Recording(self.store, self.runner, self.results, what, take, self)
        self.recording.finished.connect(partial(self._on_recorded, path, self.store.session))
        self.recording.stopped.connect(self._on_stopped)
        self._save.setEnabled(False)
        self.window.statusBar().showMessage(f"Recording {what.count} steps · Esc stops")
        self.recording.start()

    def _take_raster(self) -> tuple[ColouredRaster | None, str]:
        shown = self.results.shown
        chip = lab_chip(shown.lab)
        raster = shown.raster(self.store.session.overlay)
        return raster, chip[0] if chip is not None else ""

    def _take_drawing(self) -> np.ndarray:
        from segviewer.app.figures.lab_figure import lab_picture

        result = self._lab_result()
        assert result is not None  # or there is nothing to record
        return lab_picture(self._view(), result.caption, result.formula, scale=1)

    def _on_recorded(self, path: Path, session, frames: list) -> None:
        from segviewer.app.figures.figure_writing import write_frames, write_played

        on_picture = self.recording is not None and self.recording.what.on_picture
        self._forget_recording()
        if on_picture:
            self._write(write_played, path, session, self._seen(), frames)
        else:
            self._write(write_frames, path, session, frames)

    def _on_stopped(self, why: str) -> None:
        self._forget_recording()
        self.window.statusBar().showMessage(f"{why} Nothing was written.", 6000)

    def _forget_recording(self) -> None:
        if self.recording is not None:
            self.recording.deleteLater()
            self.recording = None
        self._save.setEnabled(True)
        self.window.statusBar().clearMessage()

    def _on_cancel(self) -> None:
        if self.recording is not None:
            self.recording.cancel()

    # Reopening

    def notify(self, name: str, found: Reopened, plain: Callable[[], None] | None = None) -> None:
        """Say that a figure was reopened, and what is not as it was.

        Parameters
        ----------
        name : str
            Of its file.
        plain : callable, optional
            Opens the file as a picture instead.
        """
        kind = "session" if may_be_session(name) else "figure"
        what, why = f"{name} is a {kind}: all its settings are back.", ""
        tone: Tone = "info"
        if found.notes:
            what, tone = f"{name} was reopened, but not all of it is here.", "warning"
            why = " ".join(found.notes)
        next_step = "Undo brings yours back." if plain is not None else ""
        if any("not found" in note for note in found.notes):
            next_step = "Put the file beside the figure and open the figure again."
        actions = [("Open it as a picture", plain)] if plain is not None else []
        self._bar.show_message(what, why, next_step, tone=tone, actions=actions)

    def notify_when_shown(
        self, name: str, found: Reopened, plain: Callable[[], None] | None = None
    ) -> None:
        """Say it once the photograph is there, which takes down what was said before."""
        notify = partial(self.notify, name, found, plain)
        if not found.session.image or self.results.is_current("image", found.session):
            notify()
        else:
            self._notice = notify

    def _on_reopened(self, path: str, found: Reopened) -> None:
        plain = None
        if Path(path).suffix.lower() != ".svg" and not may_be_session(path):
            plain = partial(self._open_plain, path, found)
        self.notify_when_shown(Path(path).name, found, plain)

    def _open_plain(self, path: str, found: Reopened) -> None:
        # The settings that the figure brought go with it, unless they were changed since.
        if self.store.session == found.session:
            self.store.undo()
        self.openings.open_paths([path], plain=True)

    def _on_refused(self, path: str, error: FigureError) -> None:
        actions = []
        if Path(path).suffix.lower() != ".svg":
            open_it = partial(self.openings.open_paths, [path], plain=True)
            actions.append(("Open it as a picture", open_it))
        self._bar.show_error(error, actions)

    def _on_stage_finished(self, stage: str, result: object, seconds: float) -> None:
        if stage == "image" and self._notice is not None:
            notice, self._notice = self._notice, None
            # Others receive the photograph in this turn of the loop, too.
            QTimer.singleShot(0, self, notice)

    def _on_run_failed(self, stage: str, error: object) -> None:
        # What went wrong is to be read then.
        self._notice = None
