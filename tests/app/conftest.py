"""A running window with its engine, for tests that act as a person would."""

from __future__ import annotations

import multiprocessing
import os

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt

from segviewer.additions.installed import read_installed
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.import_guard import install_import_guard
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.engine.stages import stage_key
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session

START_METHOD = os.environ.get("SEGVIEWER_TEST_START", "forkserver")
if START_METHOD == "forkserver" and START_METHOD in multiprocessing.get_all_start_methods():
    # Torch is imported once and not for every window. A real start spawns its engine, and so do
    # these tests with SEGVIEWER_TEST_START=spawn.
    EngineProcess.start_method = START_METHOD
    multiprocessing.set_forkserver_preload(
        [
            "segviewer.engine.worker.engine",
            "segviewer.inference.running",
            "segviewer.checkpoints.opening",
        ]
    )

# As in a window that is started: an import of Qt on another thread is refused.
install_import_guard()

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
WAIT = 60_000


@pytest.fixture(scope="session", autouse=True)
def _installed_packages():
    """What packages add is read once: no window of a test ends while that still goes on."""
    read_installed()


class Explorer:
    """A running window with short words for what a person does and sees."""

    def __init__(self, qtbot, tmp_path):
        self.bot = qtbot
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        self.preferences = Preferences(settings)
        self.store = Store(Session(checkpoint=BUNDLED))
        self.runner = Runner()
        self.window = MainWindow()
        self.presenter = Presenter(self.window, self.store, self.runner, self.preferences)
        self.window.show()

    @property
    def session(self) -> Session:
        return self.store.session

    def results(self, stage):
        return self.presenter.results.get(stage)

    def labels(self) -> np.ndarray:
        return self.results("label_map").label_map

    def settled(self, *stages):
        """Wait until what is on screen, with `stages`, is what the session asks for."""

        def current():
            assert not self.runner.running
            for stage in ("image", "network", "refined", "label_map", *stages):
                assert self.runner.have.get(stage) == stage_key(self.session, stage), stage

        self.bot.waitUntil(current, timeout=WAIT)

    def trigger(self, name):
        self.window.action(name).trigger()

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier, window=None):
        """Press a key in a window, which takes keys only while it is active."""
        window = window or self.window
        window.activateWindow()
        self.bot.waitUntil(window.isActiveWindow)
        self.bot.keyClick(window, key, modifier)

    def message(self) -> str:
        return self.window.message_bar.message()

    def close(self):
        self.window.close()
        self.presenter.close()


@pytest.fixture
def street(tmp_path):
    path = tmp_path / "street.png"
    with Image.open(sample_path("leuven_street")) as picture:
        picture.convert("RGB").resize((240, 180)).save(path)
    return path


@pytest.fixture
def explorer(qtbot, tmp_path):
    explorer = Explorer(qtbot, tmp_path)
    qtbot.addWidget(explorer.window, before_close_func=lambda window: explorer.close())
    yield explorer
    explorer.close()


@pytest.fixture
def opened(explorer, street):
    explorer.presenter.open_first(str(street))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(street), timeout=WAIT)
    explorer.settled()
    return explorer
