"""Asks once before the program in a file is run, and has the engine run it where agreed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from segviewer.app.state.background import Background
from segviewer.app.state.failures import Failures
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.checkpoints.whole_models.trust import UntrustedProgram, remember
from segviewer.errors import SegviewerError
from segviewer.files.regular_files import shown_name
from segviewer.session import Session
from segviewer.widgets.panels.message_bar import MessageBar

ABOUT = "trust"


class TrustQuestion(QObject):
    """The question in the message bar.

    What was asked for is opened only by its own buttons; nothing of the file is run before, and
    never in this process.
    """

    def __init__(
        self,
        bar: MessageBar,
        store: Store,
        runner: Runner,
        background: Background,
        failures: Failures,
        parent: QObject,
    ):
        super().__init__(parent)
        self.bar, self.store, self.runner = bar, store, runner
        self.background, self.failures = background, failures
        failures.program_refused.connect(self._on_program_refused)

    def _on_program_refused(self, error: UntrustedProgram, wanted: Session) -> None:
        self.bar.show_message(
            error.what,
            error.why,
            "Open it only if you know where it comes from.",
            tone="warning",
            actions=[
                ("Open this once", partial(self._open, error, wanted)),
                ("Always this file", partial(self._open_always, error, wanted)),
                ("Cancel", self.bar.clear),
            ],
            details=error.details,
            about=ABOUT,
        )

    def _open(self, error: UntrustedProgram, wanted: Session) -> None:
        self.runner.trust(error.sha256)
        self.store.update(
            self.store.session.changed(
                checkpoint=wanted.checkpoint,
                architecture=wanted.architecture,
                part=wanted.part,
                network=wanted.network,
                reference=wanted.reference,
            )
        )

    def _open_always(self, error: UntrustedProgram, wanted: Session) -> None:
        self.background.run(
            remember, error.sha256, shown_name(error.path), failed=self._on_not_remembered
        )
        self._open(error, wanted)

    def _on_not_remembered(self, error: Exception) -> None:
        if isinstance(error, OSError):
            error = SegviewerError(
                "It could not be noted that this file is trusted.",
                f"The system says: {error.strerror or error}.",
                "It is open now; the next start asks again.",
            )
        self.failures.show_failure(error)
