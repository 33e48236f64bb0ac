"""What every test starts from, and what no test may leave behind."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import sys
import threading
from pathlib import Path

import hypothesis
import pytest

# Speed is measured beside another program, never by a clock: machines here are shared.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# Before anything imports Qt; a run under Xvfb sets its own platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# pytest-qt would otherwise take whichever Qt binding it finds first.
os.environ.setdefault("PYTEST_QT_API", "pyside6")

SEED = 20240607
JOIN_SECONDS = 5.0


@pytest.fixture(autouse=True)
def seeded():
    """Give every test the same random numbers; torch only where it is already imported."""
    random.seed(SEED)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(SEED)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(SEED)


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory):
    """Have the program keep and find what it remembers elsewhere than in the person's folders."""
    before = {name: os.environ.get(name) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    for name in before:
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))
    yield
    for name, value in before.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """Fail a test that leaves a window, a thread or a child process behind."""
    windows, threads, children = _windows(), _threads(), _children()
    yield
    left = []
    # A full collection takes seconds with torch in the process: only where nothing less helps.
    for generation in (None, 1, 2):
        if _windows() - windows:
            _finish_deletions(generation)
    if _windows() - windows:
        left += [f"window {name}" for name in _names(_windows() - windows)]
    for thread in _threads() - threads:
        thread.join(JOIN_SECONDS)
        if thread.is_alive():
            left.append(f"thread {thread.name}")
    if _children() - children:
        _join_children()
        left += [f"child process {pid}: {_command(pid)}" for pid in _children() - children]
    if left:
        pytest.fail("left behind: " + "; ".join(sorted(left)), pytrace=False)


@pytest.fixture(scope="session")
def qapp(qapp):
    """One style sheet is in use from the first test to the last.

    Without any Qt forgets to ask when a widget is deleted: see ``set_program_sheet``. Tests put
    the program's look back to none at all while there are windows; the program never does.
    """
    from PySide6.QtWidgets import QWidget

    keeper = QWidget()
    keeper.setStyleSheet("QWidget {}")
    _first_look.append(_look(qapp))
    yield qapp
    _first_look.clear()
    keeper.deleteLater()


_first_look: list[tuple] = []


def _look(app):
    return app.style().objectName(), app.styleSheet(), app.font(), app.palette()


@pytest.fixture(autouse=True)
def one_look():
    """Give every test the look with which Qt starts, whatever the one before it applied."""
    yield
    from_qt = sys.modules.get("PySide6.QtWidgets")
    app = from_qt.QApplication.instance() if from_qt is not None else None
    if not _first_look or app is None or _look(app) == _first_look[0]:
        return
    if (theme := sys.modules.get("segviewer.widgets.theme.theme")) is not None:
        for follower in app.findChildren(theme.ThemeFollower):
            follower.setParent(None)
            follower.deleteLater()
    style, sheet, font, palette = _first_look[0]
    app.styleHints().unsetColorScheme()
    app.setStyleSheet(sheet)
    app.setStyle(style)
    app.setFont(font)
    app.setPalette(palette)


@pytest.fixture
def nobody_agreed(tmp_path, monkeypatch):
    """No program was agreed to when the test begins, and what is remembered goes with it."""
    from segviewer.checkpoints.whole_models import trust

    monkeypatch.setattr(trust, "_agreed", set())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="session")
def small_photograph(tmp_path_factory):
    """A real photograph, small enough to be quick."""
    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path

    path = tmp_path_factory.mktemp("pictures") / "street.png"
    with Image.open(sample_path("leuven_street")) as picture:
        picture.convert("RGB").resize((96, 72)).save(path)
    return path


@pytest.fixture
def dataset(tmp_path):
    """Three pictures of 96×72 in images/, masks of their own in labels/."""
    import numpy as np
    from PIL import Image

    from segviewer.imaging.reading.samples import sample_path

    folder = tmp_path / "set"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number, name in enumerate(("building", "leuven_street", "palace")):
        with Image.open(sample_path(name)) as picture:
            small = picture.convert("RGB").resize((96, 72))
        small.save(folder / "images" / f"{name}.png")
        mask = np.full((72, 96), number, np.uint8)
        mask[30:], mask[60:], mask[:, :4] = 1, 3, 255
        Image.fromarray(mask).save(folder / "labels" / f"{name}.png")
    return folder


@pytest.fixture
def session(small_photograph):
    """The bundled network on it, at a size that is quick."""
    from segviewer.session import InferenceSettings, Session

    return Session(
        image=str(small_photograph),
        checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
        inference=InferenceSettings(long_side=96, device="cpu"),
    )


class StagesRun:
    """One executor of stages, and what its last run started and reported."""

    def __init__(self):
        from segviewer.engine.executor import StageExecutor
        from segviewer.engine.listener import Listener

        self.started, self.finished, self.stop_at = [], {}, None
        self.asked = frozenset()
        self._compiling, self.draft = False, False
        self.executor = StageExecutor(Listener(started=self._start, finished=self._finish))

    def _start(self, stage, expected):
        from segviewer.errors import Cancelled

        # Compiling comes once on a machine, in the middle of another stage that then goes on.
        was_compiling, self._compiling = self._compiling, stage == "compiling"
        if self._compiling or was_compiling:
            return
        self.started.append(stage)
        if stage == self.stop_at:
            raise Cancelled

    def _finish(self, stage, key, result, seconds):
        self.finished[stage] = (key, result)

    def __call__(self, session, have=None):
        self.started.clear()
        self.executor.run(session, have, self.asked, self.draft)
        return self.started

    def result(self, stage):
        return self.finished[stage][1]


@pytest.fixture
def themed(qapp):
    """Give ``apply_theme``; ``one_look`` takes the theme away again."""
    from segviewer.widgets.theme.theme import apply_theme

    return lambda scheme: apply_theme(qapp, scheme)


@pytest.fixture
def run():
    return StagesRun()


def _application():
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets.QApplication.instance() if widgets is not None else None


def _windows() -> set:
    application = _application()
    if application is None:
        return set()
    return {window for window in application.topLevelWidgets() if window.parent() is None}


def _finish_deletions(generation: int | None) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    # A widget that only a cycle of Python objects holds is not leaked.
    if generation is not None:
        gc.collect(generation)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    _application().processEvents()


def _names(windows: set) -> list[str]:
    return [f"{type(w).__name__} {w.objectName() or w.windowTitle()!r}" for w in windows]


def _threads() -> set[threading.Thread]:
    # A thread of Qt or C++ that once ran Python is a dummy and cannot be joined; tqdm's
    # monitor lives as long as the process.
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and type(thread).__name__ != "TMonitor"
    }


def _children() -> set[int]:
    if not Path("/proc/self/task").is_dir():
        return set()
    tracker = sys.modules.get("multiprocessing.resource_tracker")
    server = sys.modules.get("multiprocessing.forkserver")
    shared = {tracker._resource_tracker._pid} if tracker is not None else set()
    found = _children_of(os.getpid())
    forks = server._forkserver._forkserver_pid if server is not None else None
    if forks is not None:
        # It lives as long as the process; what it has forked for a test must not.
        shared.add(forks)
        found |= _children_of(forks)
    return {pid for pid in found - shared if _state(pid) not in ("Z", "")}


def _children_of(pid: int) -> set[int]:
    found = set()
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):  # the thread ended meanwhile
                found |= {int(child) for child in (task / "children").read_text().split()}
    except OSError:
        return set()
    return found


def _join_children() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None:
        for process in multiprocessing.active_children():
            process.join(JOIN_SECONDS)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return "ended"


@pytest.fixture(autouse=True)
def garbage_is_collected():
    """A test that leaves the collector off makes the tests after it grow by gigabytes."""
    yield
    off = not gc.isenabled()
    gc.enable()
    assert not off
