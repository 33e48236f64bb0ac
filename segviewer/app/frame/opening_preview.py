"""A large photograph that is being opened is seen at once, coarsely, until it is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.references import Reference
from segviewer.session import Session


class OpeningPreview(QObject):
    """Reads a preview beside the engine, and lays it over the canvas.

    It is of nothing but the canvas: what is shown of the photograph before stays what it is until
    the new one has come, and comes back where that cannot be opened.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        runner: Runner,
        results: Results,
        background: Background,
    ):
        super().__init__(window)
        self._canvas, self._background = window.canvas, background
        self._store, self._runner, self._results = store, runner, results
        self._wanted: tuple[str, int | None] | None = None
        store.changed.connect(self._on_session_changed)
        results.changed.connect(self._on_screen_changed)
        for ended in (
            runner.run_finished,
            runner.run_cancelled,
            runner.run_failed,
            runner.bug_found,
            runner.engine_lost,
        ):
            ended.connect(lambda *_: self._clear())

    def _on_session_changed(self, old: Session, new: Session) -> None:
        agreed = new.allow_large and not old.allow_large
        if old.photograph == new.photograph and not agreed:
            return
        self._clear()
        named = Reference.picture(new.image)
        plain = (new.picture, new.tones) == (Session().picture, Session().tones)
        here = new.photograph == self._results.shown.photograph
        if named.kind != "file" or not named.name or not plain or here:
            return
        self._wanted = wanted = new.photograph
        self._background.run(
            partial(_read, allow_large=new.allow_large),
            Path(named.name),
            done=lambda found: self._show(wanted, found),
            failed=lambda error: None,  # the engine reads it, too, and says what is wrong
        )

    def _show(self, wanted: tuple[str, int | None], found: Any) -> None:
        if found is not None and wanted == self._wanted and self._runner.running:
            self._canvas.preview(*found)

    def _on_screen_changed(self, old: Screen | None, new: Screen) -> None:
        if self._wanted is not None and new.shown.photograph == self._wanted:
            self._clear()

    def _clear(self) -> None:
        if self._wanted is not None:
            self._wanted = None
            self._canvas.preview(None)


def _read(path: Path, allow_large: bool) -> Any:
    from segviewer.imaging.reading.formats.by_pillow import preview

    return preview(path, allow_large=allow_large)
