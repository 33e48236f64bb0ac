"""What may leave the window: results that belong to the settings on screen, and no others."""

from __future__ import annotations

from typing import Any

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.engine.listener import Collected
from segviewer.engine.stages import stage_key


class CurrentResults:
    """Gives results of the session on screen, not those of settings that were left meanwhile."""

    def __init__(self, window: MainWindow, store: Store, runner: Runner, collected: Collected):
        self.window, self.store, self.runner, self.collected = window, store, runner, collected

    def get(self, stage: str) -> Any:
        """The result of a stage, or None while there is none for these settings."""
        key = stage_key(self.store.session, stage)
        if key is None or self.runner.have.get(stage) != key:
            return None
        return self.collected.results.get(stage)

    @property
    def labelled(self) -> bool:
        """Whether the photograph has its labels."""
        return all(self.get(stage) is not None for stage in ("image", "network", "label_map"))

    def labelled_or_told(self) -> bool:
        """The same; says so in the window where it has none."""
        if not self.labelled:
            self.window.message_bar.show_message(
                "There is nothing to write or copy yet.",
                "The photograph has not been labelled with these settings.",
                "Wait for its labels, or press Run (Ctrl+Return).",
                tone="info",
            )
        return self.labelled
