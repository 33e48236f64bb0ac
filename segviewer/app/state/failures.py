"""What went wrong, in the message bar; and the session is again what is on screen."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.checkpoints.whole_models.trust import UntrustedProgram
from segviewer.engine.stages import REFERENCE, weights_of
from segviewer.errors import SegviewerError
from segviewer.imaging.reading.faults import LargePictureError
from segviewer.session import Session
from segviewer.widgets.panels.message_bar import MessageBar

# What a message may be about beside a stage: opening a file, and the engine itself.
OPENING, ENGINE = "opening", "engine"
SOLVER = "solver"
"""What is said of a solver that failed stays while another one's labels are shown in its place."""

# What else has succeeded once a stage has.
SETTLES = {
    "image": (OPENING,),
    "network": (OPENING,),
    "metrics": (OPENING,),
    "label_map": ("features", "probs", "compiling"),
}

logger = logging.getLogger(__name__)


class Failures(QObject):
    """Shows errors, and takes back what could not be opened.

    Signals
    -------
    picture_refused(str)
        A photograph cannot be opened; its reference.
    program_refused(UntrustedProgram, Session)
        A file holds a program that nobody has agreed to run; and what was to be opened.
    emptied()
        There is no photograph to go back to.
    crop_wanted()
        The exact solver, which the photograph is too large for, is wanted on a part of it.
    """

    picture_refused = Signal(str)
    program_refused = Signal(object, object)
    emptied = Signal()
    crop_wanted = Signal()

    def __init__(
        self, bar: MessageBar, store: Store, runner: Runner, results: Results, parent: QObject
    ):
        super().__init__(parent)
        self.bar, self.store, self.results = bar, store, results
        runner.run_failed.connect(self._on_run_failed)
        runner.bug_found.connect(self.show_bug)
        runner.run_finished.connect(lambda seconds: bar.settle(ENGINE))
        self._engine = "lattice"  # which the labels on screen are from
        results.arrived.connect(self._on_arrived)

    def _on_arrived(self, stage: str, result: object) -> None:
        self.bar.settle(stage, *SETTLES.get(stage, ()))
        crf = self.store.session.crf
        if stage == "label_map" and getattr(result, "complete", True) and crf.enabled:
            self._engine = crf.engine

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Take down what was said of another photograph."""
        if old is not None and old.shown.photograph != new.shown.photograph:
            self.bar.clear()

    def show_error(self, error: SegviewerError, about: str = "") -> None:
        """Show what happened, why, and what to do next.

        `about` is the stage that failed: when it succeeds another time, the message goes.
        """
        self.bar.show_message(
            error.what, error.why, error.next_step, details=error.details, about=about
        )

    def show_opening_error(self, error: SegviewerError) -> None:
        """Show why something cannot be opened; it goes when something has been."""
        self.show_error(error, about=OPENING)

    def show_failure(self, error: Exception) -> None:
        """Show whatever a small job ended with."""
        if isinstance(error, SegviewerError):
            self.show_error(error)
        else:
            text = "".join(getattr(error, "__notes__", [str(error)]))
            logger.error("unexpected in the background\n%s", text)
            self.show_bug("", text)

    def show_bug(self, stage: str, text: str) -> None:
        """Show an unexpected error, whose traceback can be copied."""
        self.bar.show_message(
            "Something went wrong inside segviewer.",
            text.strip().splitlines()[-1],
            "Copy the details into a report; the window stays usable.",
            details=text,
            about=stage or ENGINE,
        )
        self._take_back(stage)

    def _on_run_failed(self, stage: str, error: SegviewerError) -> None:
        image, wanted = self.store.session.image, self.store.session
        if isinstance(error, UntrustedProgram):
            self._take_back(stage)
            self.program_refused.emit(error, wanted)
            return
        if isinstance(error, LargePictureError):
            self.bar.show_message(
                error.what,
                error.why,
                error.next_step,
                tone="warning",
                actions=[("Open it", partial(self._open_large, image))],
                about="image",
            )
        else:
            crf = self.store.session.crf
            failed = stage == "refined" and crf.enabled and crf.engine != "lattice"
            offers = [("Exact on a crop", self.crop_wanted.emit)]
            self.bar.show_message(
                error.what,
                error.why,
                error.next_step,
                details=error.details,
                actions=offers if failed and crf.engine == "exact" else [],
                about=SOLVER if failed else stage or ENGINE,
            )
            if stage == "image":
                self.picture_refused.emit(image)
        self._take_back(stage)

    def _open_large(self, image: str) -> None:
        session = self.store.session
        if session.image != image:
            session = session.with_image(image).changed(target="")
        self.store.update(session.changed(allow_large=True))

    def _take_back(self, stage: str) -> None:
        """Go back to what is on screen, because `stage` of what was opened failed."""
        good = self._before(stage, self.store.session)
        if good != self.store.session:
            self.store.take_back(good)
        if stage == "image" and not good.image:
            self.emptied.emit()

    def _before(self, stage: str, session: Session) -> Session:
        shown = self.results.shown
        if stage == "image":
            return session.changed(
                image=shown.image,
                allow_large=shown.allow_large,
                picture=shown.read_as,
                target=shown.target,
            )
        if stage.startswith(REFERENCE):
            return session.without_reference()
        if stage in ("network", "features", "probs") and weights_of(session) != shown.weights:
            checkpoint, architecture, part = shown.weights
            return session.changed(
                checkpoint=checkpoint, architecture=architecture, part=part, network=shown.settings
            )
        if stage == "refined" and session.crf.enabled:
            # A solver that failed does not stay selected over what another one found.
            engine = self._engine if self._engine != session.crf.engine else "lattice"
            return session.changed(crf=session.crf.changed(engine=engine))
        return session.changed(target="") if stage == "metrics" else session
