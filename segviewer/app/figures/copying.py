"""The label map on screen as text on the clipboard: script, command, caption."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from segviewer.app.figures.labelled_check import labelled_or_said
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store


class Copying(QObject):
    """Answers the menu "Copy as"."""

    def __init__(self, window: MainWindow, store: Store, results: Results):
        super().__init__(window)
        self.window, self.store, self.results = window, store, results
        self._bar = window.message_bar
        for name, slot in (
            ("python", self.copy_python),
            ("command", self.copy_command),
            ("caption", self.copy_caption),
        ):
            action = window.action(f"copy_{name}")
            action.triggered.connect(lambda checked=False, slot=slot: slot())

    def copy_python(self) -> None:
        """Copy a script that makes this label map."""
        from segviewer.export.copy_session import python_script

        if labelled_or_said(self.results, self._bar):
            self._copy(python_script(self.store.session), "Python script")

    def copy_command(self) -> None:
        """Copy the command line that makes this label map."""
        from segviewer.export.copy_session import command

        if labelled_or_said(self.results, self._bar):
            self._copy(command(self.store.session), "Command")

    def copy_caption(self) -> None:
        """Copy a LaTeX caption of this label map."""
        from segviewer.export.copy_session import latex_caption

        network = self.results.current("network")
        if not labelled_or_said(self.results, self._bar) or network is None:
            return
        metrics = self.results.current("metrics")
        known = metrics is not None and np.isfinite(metrics.miou)
        miou = float(metrics.miou) if known else None
        self._copy(latex_caption(self.store.session, network, miou), "LaTeX caption")

    def _copy(self, text: str, name: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.window.statusBar().showMessage(f"{name} copied", 3000)
