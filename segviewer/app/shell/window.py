"""Starting the window, and the screenshot and report that --screenshot asks for."""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from segviewer import __version__
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import known_files
from segviewer.app.shell.ending_signals import EndingSignals
from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.import_guard import install_import_guard
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.log import LogFile
from segviewer.engine.worker.peak_memory import peak_memory_mb
from segviewer.errors import SegviewerError
from segviewer.imaging.export.writing import write_json
from segviewer.resource_files import resource_path
from segviewer.session import Session
from segviewer.widgets.language.first_language import first_code
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.theme.theme import Scheme, apply_theme

if TYPE_CHECKING:
    from segviewer.app.shell.held_interrupt import HeldInterrupt
    from segviewer.app.shell.own_state import OwnState
    from segviewer.app.shell.recovery import Recovery

TICK_MS = 5
TOUR_MS = 600
KEEPING_MS = 200  # after the last part of the window is built
SWITCH_S = 0.0005  # for which Qt's thread may wait for another one's turn at the interpreter
LAST_WRITES_S = 10.0  # for files that are being written when the window closes


def program_icon() -> QIcon:
    """The program's icon, in the sizes that a desktop draws."""
    icon = QIcon()
    for path in sorted(resource_path("icons", "program").glob("*.png")):
        icon.addFile(str(path))
    return icon


class StartClock(QObject):
    """Measures first paint, first label map, and how long the event loop stands still."""

    def __init__(self, started: float, window: MainWindow):
        super().__init__(window)
        self.started = started
        self.first_paint_s: float | None = None
        self.first_label_map_s: float | None = None
        self.longest_gap_ms = 0.0
        self._window = window
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.UpdateRequest and self.first_paint_s is None:
            # The paint itself happens in this event; the next turn of the loop is after it.
            QTimer.singleShot(0, self._on_painted)
        return False

    def note_label_map(self) -> None:
        """Called when a complete label map is on the canvas; counts once it is painted."""
        if self.first_label_map_s is None:
            QTimer.singleShot(0, self._on_labelled)

    def _on_painted(self) -> None:
        if self.first_paint_s is None:
            self.first_paint_s = time.time() - self.started
            self._elapsed.start()
            self._timer.start()

    def _on_labelled(self) -> None:
        if self.first_label_map_s is None:
            self.first_label_map_s = time.time() - self.started

    def _on_tick(self) -> None:
        gap = self._elapsed.restart() - TICK_MS
        self.longest_gap_ms = max(self.longest_gap_ms, float(gap))


class Screenshot(QObject):
    """Waits for the final picture, saves the window and the report, and quits."""

    def __init__(self, presenter: Presenter, clock: StartClock, picture: Path, report: Path | None):
        super().__init__(presenter.window)
        self.presenter, self.window, self.store = presenter, presenter.window, presenter.store
        self.runner = runner = presenter.runner
        self.clock = clock
        self.picture, self.report = picture, report
        self.exit_code = 0
        runner.run_finished.connect(self._on_finished)
        runner.run_failed.connect(self._on_failed)
        runner.bug_found.connect(self._on_bug)

    def _on_finished(self) -> None:
        # Two turns of the loop: one delivers the last result, one paints it.
        QTimer.singleShot(150, self._save)

    def _on_failed(self, stage: str, error: SegviewerError) -> None:
        print(f"segviewer: {error.sentence}", file=sys.stderr)
        self.exit_code = 1
        QTimer.singleShot(150, self._save)

    def _on_bug(self, stage: str, text: str) -> None:
        print(text, file=sys.stderr)
        self.exit_code = 1
        QTimer.singleShot(0, lambda: QApplication.exit(1))

    def _save(self) -> None:
        self.presenter.later.build()
        self.window.canvas.finish_drawing()
        grabbed = self.window.grab()
        partial = self.picture.with_name(f".{self.picture.name}.partial.png")
        if not grabbed.save(str(partial), "PNG"):
            print(f"segviewer: {self.picture} cannot be written.", file=sys.stderr)
            QApplication.exit(1)
            return
        os.replace(partial, self.picture)
        if self.report is not None:
            write_json(self.report, self._figures(), overwrite=True)
        QApplication.exit(self.exit_code)

    def _figures(self) -> dict[str, Any]:
        from importlib import metadata

        versions: dict[str, str | None]
        versions = {"segviewer": __version__, "python": platform.python_version()}
        for name in ("torch", "numpy", "PySide6-Essentials", "pydensecrf2"):
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                versions[name] = None
        clock, session = self.clock, self.store.session
        return {
            "first_paint_s": _rounded(clock.first_paint_s),
            "first_label_map_s": _rounded(clock.first_label_map_s),
            "longest_event_loop_gap_ms": round(clock.longest_gap_ms, 1),
            "peak_memory_mb": round(peak_memory_mb() + self.runner.engine_peak_memory_mb, 1),
            "window_peak_memory_mb": round(peak_memory_mb(), 1),
            "versions": versions,
            "device": session.inference.device,
            "picture": session.image,
            "checkpoint": session.checkpoint,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _keep(presenter: Presenter, state: OwnState) -> Recovery:
    """Keep what is open from now on, and offer what another window has left."""
    from segviewer.app.shell.recovery import Recovery

    recovery = Recovery(presenter, state.folder, LogFile(state.log.path))
    recovery.look_when_at_rest()
    return recovery


def _look_for_garbage() -> None:
    """Look for garbage from now on, where the start has not; never in what it has imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _end(app: QApplication, presenter: Presenter) -> None:
    presenter.close()
    app.exit()


def run_window(
    engine: EngineProcess,
    *,
    image: str,
    checkpoint: str,
    session_file: Path | None,
    screenshot: Path | None,
    report: Path | None,
    size: tuple[int, int] | None,
    theme: Scheme | None,
    started: float,
    state: OwnState | None = None,
    said: Session | None = None,
    held: HeldInterrupt | None = None,
) -> int:
    """Open the window and run until it closes; returns the exit code.

    Without a `theme` it is that of View, Theme. What `said` says of the checkpoint, its sheet and
    architecture, counts.

    What is open is kept in the folder of `state` while the window runs; without it nothing is.
    An interrupt that is `held` ends the program before there is a window.
    """
    install_import_guard()
    # With 5 ms, Python's own, imports beside a thread that is busy took 1.6 times as long.
    sys.setswitchinterval(SWITCH_S)
    app = QApplication.instance() or QApplication(["segviewer"])
    assert isinstance(app, QApplication)
    app.setApplicationName("segviewer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("segviewer")  # under Wayland the icon is that of the menu's entry
    app.setWindowIcon(program_icon())
    app.setQuitOnLastWindowClosed(True)
    # Such a run shows something to somebody; the person's own recents and sliders are not its.
    shows = any(given is not None for given in (screenshot, report, session_file))
    preferences = Preferences(read_only=shows)
    apply_theme(app, theme or (preferences.theme() if screenshot is None else "system"))
    session = preferences.restore(Session()).changed(image="").with_checkpoint(checkpoint)
    if screenshot is not None:
        session = Session(checkpoint=checkpoint)  # a picture of the program, not of this person
    if said is not None:
        session = session.changed(sheet=said.sheet, architecture=said.architecture)
    if session_file is not None:
        from segviewer.export.figure_session import open_session_file

        try:
            known = known_files(preferences, session) if screenshot is None else []
            found = open_session_file(session_file, known)
        except SegviewerError:
            engine.stop()
            raise
        session = found.session
        image = session.image
    if held is not None:
        try:
            held.release()
        except KeyboardInterrupt:
            engine.stop()
            raise
    # Before the first slot: what a signal raises in one is printed and forgotten.
    ending = EndingSignals(lambda: _end(app, presenter))
    if screenshot is None:
        interface_language(app).show(first_code(preferences.language()))
    store = Store(session)
    runner = Runner(engine)
    window = MainWindow()
    if screenshot is None:
        window.restore_layout(preferences)
    if size:
        window.resize(*size)
    clock = StartClock(started, window)
    presenter = Presenter(window, store, runner, preferences, in_slices=True)
    presenter.label_map_shown.connect(clock.note_label_map)
    presenter.later.built.connect(_look_for_garbage)
    saver = None
    if screenshot is not None:
        saver = Screenshot(presenter, clock, screenshot, report)
    elif report is None:
        # Behind the first labels, which it would hold up, and once they have been seen.
        presenter.label_map_shown.connect(
            lambda: QTimer.singleShot(TOUR_MS, window, lambda: presenter.help.offer_tour())
        )
    if session_file is not None and found.notes:
        presenter.figures.notify_when_shown(session_file.name, found)
    presenter.open_first(image)
    window.show()
    keeping: list[Recovery] = []
    if state is not None:
        # Behind the first paint and what is built after it, which it would hold up.
        presenter.later.built.connect(
            lambda: QTimer.singleShot(
                KEEPING_MS, window, lambda: keeping.append(_keep(presenter, state))
            )
        )
    code = app.exec()
    presenter.close()
    window.close()
    presenter.background.wait(LAST_WRITES_S)
    for recovery in keeping:
        # Ended from outside, for example with the machine, it is wanted again.
        recovery.close(keep=bool(ending.exit_code))
    if state is not None and not keeping:
        state.folder.remove()
    ending.close()
    code = ending.exit_code or code
    if saver is None and report is not None:
        print(json.dumps({"note": "--report is written with --screenshot"}), file=sys.stderr)
    return code
