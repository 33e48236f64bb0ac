"""When the engine is asked for what the session needs: at once, or when somebody says so."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store

# To open these, or to click in them, is to ask for them.
AT_ONCE = {"lab", "activation", "card", "preprocessings"}
OPENING = {"image", "network"}


class Requests(QObject):
    """Sends the session to the engine, at each change while *Live* is on."""

    def __init__(
        self, store: Store, runner: Runner, results: Results, live: QAction, parent: QObject
    ):
        super().__init__(parent)
        self.store, self.runner, self.results, self._live = store, runner, results, live
        store.changed.connect(lambda old, new: self.submit())
        store.drag_finished.connect(self.submit)
        runner.run_cancelled.connect(lambda: results.note_waiting(True))
        live.triggered.connect(self._on_live_toggled)

    def submit(self) -> None:
        """Ask for what is missing, or note that something is."""
        self._submit(forced=False)

    def run_now(self) -> None:
        """Ask for what is missing, whatever Live says."""
        self._submit(forced=True)

    def ask_for(self, stage: str, on: bool = True) -> None:
        """Have a stage computed that is computed only for whoever looks at it, or no more."""
        if on:
            self.runner.asked.add(stage)
            self.submit()
        else:
            self.runner.asked.discard(stage)

    def _submit(self, forced: bool) -> None:
        session, missing = self.store.session, set(self.results.missing())
        if not missing:
            # Nothing to compute; whatever runs is for another session.
            self.runner.show(session)
            self.results.note_waiting(False)
        elif forced or self._live.isChecked() or missing <= AT_ONCE or missing & OPENING:
            self.runner.submit(session, draft=self.store.dragging)
            self.results.note_waiting(False)
        else:
            self.runner.show(session)
            self.results.note_waiting(True)

    def _on_live_toggled(self) -> None:
        if self._live.isChecked():
            self.submit()
