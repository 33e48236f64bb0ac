"""A real window with its engine, in a process of its own, that scripts act in and watch.

Everything that leaves the process is stubbed: file dialogs answer with files of a small collection,
nothing is downloaded, no other program is opened. What goes wrong is noted: unhandled exceptions,
what Qt calls critical, the program's own "Something went wrong", turns of the event loop that take
longer than :data:`STALL_SECONDS` of the machine's time, and what memory and widgets come to.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.report import Report

STALL_SECONDS = 5.0
HANG_SECONDS = 60.0
INNER_SECONDS = 0.2  # for which a loop inside the loop may turn
REST_SECONDS = 120.0
REPOSITORY = Path(__file__).parents[2]
BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
# Of Qt's warnings, those that show a mistake in the program and not of the platform.
GRAVE = ("QObject::", "QPainter::", "QThread", "QTimer::", "QWidget::", "QModel", "QAbstractItem")
REPORT, LOG, STACKS = "report.json", "acts.log", "stacks.txt"


def run_apart(module: str, seed: int, seconds: float, folder: Path, *more: str) -> Report:
    """Run ``python -m MODULE SEED SECONDS FOLDER`` and read its report, even if it crashes."""
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONFAULTHANDLER": "1",
        "QT_LOGGING_RULES": "qt.qpa.*=false",
    }
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        env[f"XDG_{name}_HOME"] = str(folder / name.lower())
    errors = folder / "errors.txt"
    with errors.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(seed), str(seconds), str(folder), *more],
            env=env,
            cwd=REPOSITORY,
            stdout=said,
            stderr=said,
        )
        try:
            code = process.wait(timeout=2 * seconds + 5 * REST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    report = Report(module.rpartition(".")[2], seed)
    if (folder / REPORT).exists():
        report = Report(**json.loads((folder / REPORT).read_text("utf-8")))
    if code != 0:
        last = (
            (folder / LOG).read_text("utf-8").splitlines()[-1:] if (folder / LOG).exists() else []
        )
        tail = " | ".join(errors.read_text("utf-8", "replace").splitlines()[-25:])
        report.failures.append(f"the process ended with {code} in {last}: {tail[-3000:]}")
    return report


class Watch:
    """Notes what goes wrong, under the name of what was being done."""

    def __init__(self, report: Report, folder: Path):
        self.report, self.folder = report, folder
        self.doing = "start"
        self._log = (folder / LOG).open("w", encoding="utf-8")
        self._last = time.monotonic()
        self._busy, self._looped = False, 0.0
        self._stacks = (folder / STACKS).open("w+b", buffering=0)
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(
            args.exc_type, args.exc_value, args.exc_traceback
        )
        faulthandler.enable()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def fail(self, what: str) -> None:
        """Note a failure, once where it comes again and again."""
        line = f"{self.doing}: {what}"
        self.write(f"FAILED {line}")
        if sum(what[:200] in other for other in self.report.failures) < 2:
            self.report.failures.append(line)
        self.save()

    def write(self, line: str) -> None:
        """Write a line into the log."""
        self._log.write(line + "\n")
        self._log.flush()

    def save(self) -> None:
        """Write the report as it is now."""
        (self.folder / REPORT).write_text(json.dumps(vars(self.report)), "utf-8")

    @contextmanager
    def turn(self, doing: str) -> Iterator[None]:
        """Time what is done beside the event loop, whose turns are timed one by one."""
        self.doing = doing
        self.write(doing)
        began, waited, looped = time.monotonic(), _waited(), self._looped
        self._last, self._busy = began, True
        self._expect_stall()
        try:
            yield
        except Exception:
            self._on_exception(*sys.exc_info())
        finally:
            self._busy = False
        self._judge(began, waited, self._looped - looped)

    def loop(self, function: Callable[[], None], seconds: float) -> None:
        """Call `function`, one turn of the event loop, for so long and at least once."""
        begin = time.monotonic()
        while True:
            began, waited = time.monotonic(), _waited()
            self._last = began
            self._expect_stall()
            function()
            self._judge(began, waited, 0.0)
            if time.monotonic() - begin >= seconds:
                break
            time.sleep(0.002)
        self._looped += time.monotonic() - begin
        if self._busy:  # what is done after it in the same turn
            self._expect_stall()

    def _judge(self, began: float, waited: float, other: float) -> None:
        seconds = time.monotonic() - began - other
        # On a busy machine others have had a part of it.
        own = seconds - min(seconds, _waited() - waited)
        self.report.slowest_s = max(self.report.slowest_s, own)
        faulthandler.cancel_dump_traceback_later()
        if own > STALL_SECONDS:
            stood = f"the event loop stood still for {own:.1f} s ({seconds:.1f} s by the clock)"
            self.fail(f"{stood}{self._stacks_seen()}")

    def _expect_stall(self) -> None:
        """Have all stacks written down should the turn that begins take half of a stall."""
        if self._stacks.tell():
            self._stacks.seek(0)
            self._stacks.truncate()
        faulthandler.dump_traceback_later(STALL_SECONDS / 2, file=self._stacks)

    def _stacks_seen(self) -> str:
        """Where all threads were in the middle of a stall, the one that waits for it last."""
        self._stacks.seek(0)
        return f"\n{self._stacks.read().decode()[-4000:]}"

    def inside_s(self) -> float:
        """Seconds since the event loop turned last, as this module turns it."""
        return time.monotonic() - self._last if self._busy else 0.0

    def note_alive(self) -> None:
        """Note that some loop turns."""
        self._last = time.monotonic()

    def on_qt_message(self, kind: object, context: object, text: str) -> None:
        """Take Qt's messages."""
        from PySide6.QtCore import QtMsgType

        grave = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
        if grave or text.startswith(GRAVE):
            self.fail(f"Qt says: {text}")

    def _on_exception(self, kind, error, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(130)
        self.fail("".join(traceback.format_exception(kind, error, trace)).strip()[-2500:])

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            if self._busy and time.monotonic() - self._last > HANG_SECONDS:
                faulthandler.dump_traceback()
                self.fail("hangs")
                os._exit(99)


def _waited() -> float:
    """Seconds for which this thread was ready and the machine did something else."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


class ActedWindow:
    """The program's window as it starts, with stubs where it would leave the process.

    Parameters
    ----------
    answer : callable
        Gives what a file dialog of some kind ("open", "save", "folder", "text") answers.
    """

    def __init__(self, watch: Watch, folder: Path, answer: Callable[[str], str]):
        from PySide6.QtCore import QSettings, QTimer, qInstallMessageHandler
        from PySide6.QtWidgets import QApplication

        from segviewer.app.frame.main_window import MainWindow
        from segviewer.app.shell.presenter import Presenter
        from segviewer.app.state.import_guard import install_import_guard
        from segviewer.app.state.preferences import Preferences
        from segviewer.app.state.runner import Runner
        from segviewer.app.state.store import Store
        from segviewer.session import InferenceSettings, Session
        from segviewer.widgets.theme.theme import apply_theme

        qInstallMessageHandler(watch.on_qt_message)
        install_import_guard()
        self.watch = watch
        self.app = QApplication.instance() or QApplication(["segviewer"])
        apply_theme(self.app, "dark")
        self._stub(answer)
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        inference = InferenceSettings(long_side=96, device="cpu")
        self.store = Store(Session(checkpoint=BUNDLED, inference=inference))
        self.runner = Runner()
        self.runner.bug_found.connect(lambda stage, text: watch.fail(f"bug in {stage}: {text}"))
        self.window = MainWindow()
        self.presenter = Presenter(self.window, self.store, self.runner, Preferences(settings))
        # A menu button and a dialog may turn a loop of their own until somebody closes them.
        self._ending = QTimer(interval=100)
        self._ending.timeout.connect(self._end_inner_loop)
        self._ending.start()
        self.window.show()
        self.window.activateWindow()
        self.presenter.open_first("sample:leuven_street")
        self.rest()
        self.first = self.store.session

    def _stub(self, answer: Callable[[str], str]) -> None:
        from PySide6.QtGui import QDesktopServices
        from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

        from segviewer.app.network import catalogue_dialog
        from segviewer.app.tuning import tune_dialog
        from segviewer.errors import DownloadError

        def refuse(*arguments, **options):
            raise DownloadError("Nothing is downloaded here.", "It is a test.", "Go on.")

        def one(kind: str) -> Callable:
            return lambda *arguments, **options: (answer(kind), "")

        QFileDialog.getOpenFileName, QFileDialog.getSaveFileName = one("open"), one("save")
        QFileDialog.getOpenFileNames = lambda *a, **k: ([f for f in (answer("open"),) if f], "")
        QFileDialog.getExistingDirectory = lambda *a, **k: answer("folder")
        QInputDialog.getText = lambda *a, **k: (answer("text"), bool(answer("text")))
        QDesktopServices.openUrl = lambda *a: True
        QMenu.exec = lambda menu, *a: None
        catalogue_dialog.download = refuse
        tune_dialog.TuneDialog._on_start = lambda dialog: None

    def process(self, seconds: float = 0.0) -> None:
        """Let the event loop turn for so long."""
        self.watch.loop(self._turn, seconds)

    def _turn(self) -> None:
        from PySide6.QtCore import QCoreApplication, QEvent

        self.app.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def _end_inner_loop(self) -> None:
        if self.watch.inside_s() > INNER_SECONDS:
            self.watch.note_alive()
            top = self.app.activePopupWidget() or self.app.activeModalWidget()
            if top is not None:
                top.close()

    def extra_windows(self) -> list:
        """Visible dialogs, menus and other windows beside the main one."""
        tops = self.app.topLevelWidgets()
        return [
            top
            for top in tops
            if top.isVisible()
            and top is not self.window
            and not top.inherits("QTipLabel")
            and not top.objectName().startswith("qtooltip")
        ]

    def rest(self) -> bool:
        """Close what lies over the window and wait until nothing runs; False if it never does."""
        for _ in range(4):
            for top in self.extra_windows():
                top.close()
            self.process(0.01)
        if self.presenter.presentation.on:
            self.presenter.presentation.unblank()
            self.presenter.presentation.leave()
        self.presenter.lessons.leave()
        if not self.window.action("live").isChecked():
            self.window.action("live").trigger()
        end = time.monotonic() + REST_SECONDS
        while time.monotonic() < end:
            self.process(0.05)
            waiting = self.runner._timer.isActive() or self.runner._wanted is not None
            if not (self.runner.running or waiting or self.presenter.background._callbacks):
                return True
        self.watch.fail(f"nothing comes to rest within {REST_SECONDS:.0f} s")
        return False

    def counts(self) -> dict[str, float]:
        """Widgets, objects and megabytes of both processes, now."""
        import psutil
        from PySide6.QtCore import QObject

        gc.collect()
        self.process(0.05)
        me = psutil.Process()
        engine = sum(child.memory_info().rss for child in me.children(recursive=True))
        return {
            "widgets": len(self.app.allWidgets()),
            "objects": len(self.window.findChildren(QObject)),
            "window MB": me.memory_info().rss / 1e6,
            "engine MB": engine / 1e6,
            "files": me.num_fds() if hasattr(me, "num_fds") else 0,
            "threads": me.num_threads(),
        }

    def kinds(self) -> Counter[str]:
        """How many widgets there are of each class."""
        return Counter(type(widget).__name__ for widget in self.app.allWidgets())

    def close(self) -> None:
        """End the program."""
        self.window.close()
        self.presenter.close()
        self.process(0.2)
