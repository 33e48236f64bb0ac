"""The menus of samples and of files that were opened of late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.background import Background
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.app.state.thumbnails import load_thumbnail
from segviewer.imaging.reading.samples import SAMPLES
from segviewer.references import Reference
from segviewer.widgets.text.plain_text import plain_entry, plain_tip


class Recents(QObject):
    """Fills the menus, and remembers what opened."""

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        openings: Openings,
        results: Results,
        preferences: Preferences,
        background: Background,
    ):
        super().__init__(window)
        self.store, self.preferences = store, preferences
        self._menus = (
            (window.toolbar.recent_menu, "pictures", openings.open_again),
            (window.toolbar.recent_checkpoints_menu, "checkpoints", openings.open_checkpoint),
        )
        results.arrived.connect(self._on_arrived)
        for sample in SAMPLES:
            action = window.toolbar.samples_menu.addAction(sample.title)
            action.triggered.connect(
                lambda checked=False, name=sample.name: openings.open_sample(name)
            )
        for number in range(1, 6):
            window.action(f"recent_{number}").triggered.connect(
                lambda checked=False, n=number: openings.open_recent(n)
            )
        background.run(
            _sample_thumbnails, done=window.canvas.set_samples, failed=lambda error: None
        )
        self.fill()

    def fill(self) -> None:
        """List what was opened of late."""
        for menu, kind, opened in self._menus:
            menu.clear()
            for path in self.preferences.recent(kind):
                action = menu.addAction(plain_entry(Path(path).name))
                action.setToolTip(plain_tip(path))
                action.triggered.connect(
                    lambda checked=False, path=path, opened=opened: opened(path)
                )
            menu.setEnabled(bool(menu.actions()))

    def forget(self, picture: str) -> None:
        """Take a photograph that cannot be opened out of the list."""
        self.preferences.forget_recent("pictures", picture)
        self.fill()

    def _on_arrived(self, stage: str, result: object) -> None:
        session = self.store.session
        if stage == "image" and Reference.picture(session.image).is_file:
            self.preferences.add_recent("pictures", session.image)
        elif stage == "network" and _is_own_file(Reference.checkpoint(session.checkpoint)):
            self.preferences.add_recent("checkpoints", session.checkpoint)
        else:
            return
        self.fill()


def _is_own_file(checkpoint: Reference) -> bool:
    return checkpoint.is_file and not checkpoint.untrained


def _sample_thumbnails() -> list[tuple[str, str, np.ndarray]]:
    return [(s.name, s.title, load_thumbnail(s.reference)) for s in SAMPLES]
