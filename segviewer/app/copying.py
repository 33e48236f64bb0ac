"""The label map on screen as text on the clipboard: script, command, caption."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from segviewer.app.main_window import MainWindow
from segviewer.app.runner import Runner
from segviewer.app.store import Store
from segviewer.listener import Collected
from segviewer.stages import stage_key


class Copying(QObject):
    """Answers the menu "Copy as"."""

    def __init__(self, window: MainWindow, store: Store, runner: Runner, collected: Collected):
        super().__init__(window)
        self.window, self.store = window, store
        self.runner, self.collected = runner, collected
        for name, slot in (
            ("python", self.copy_python),
            ("command", self.copy_command),
            ("caption", self.copy_caption),
        ):
            action = window.action(f"copy_{name}")
            action.triggered.connect(lambda checked=False, slot=slot: slot())

    def copy_python(self) -> None:
        """Copy a script that makes this label map."""
        from segviewer.app.copy_session import python_script

        if self._ready():
            self._copy(python_script(self.store.session), "Python script")

    def copy_command(self) -> None:
        """Copy the command line that makes this label map."""
        from segviewer.app.copy_session import command

        if self._ready():
            self._copy(command(self.store.session), "Command")

    def copy_caption(self) -> None:
        """Copy a LaTeX caption of this label map."""
        from segviewer.app.copy_session import latex_caption

        network = self._current("network")
        if not self._ready() or network is None:
            return
        metrics = self._current("metrics")
        known = metrics is not None and np.isfinite(metrics.miou)
        miou = float(metrics.miou) if known else None
        self._copy(latex_caption(self.store.session, network, miou), "LaTeX caption")

    def _ready(self) -> bool:
        """Whether there is a label map; says so where there is none."""
        if self._current("label_map") is not None:
            return True
        self.window.message_bar.show_message(
            "There is nothing to copy yet.",
            "The photograph has not been labelled with these settings.",
            "Wait for its labels, or press Run (Ctrl+Return).",
            tone="info",
        )
        return False

    def _current(self, stage: str) -> Any:
        key = stage_key(self.store.session, stage)
        if key is None or self.runner.have.get(stage) != key:
            return None
        return self.collected.results.get(stage)

    def _copy(self, text: str, name: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.window.statusBar().showMessage(f"{name} copied", 3000)
