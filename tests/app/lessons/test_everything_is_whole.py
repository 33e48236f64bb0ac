"""Every lab and every step, presented on small and large screens in small and large text, is whole.

Nothing is computed but one result of each lab: the window is drawn in each of the sizes. By
itself each lab and step has one of the sizes, by its name; drawn are those of the hardest sizes
and a part of the others, always the same. SEGVIEWER_WHOLE=share draws each in its size, "hardest"
in the hardest, "all" in every size, and names of labs and lessons, with commas between them, those
in every size.
A step shows the drawing of its lab as the lab has it by itself: what is asked is its room.
"""

from __future__ import annotations

import os
import zlib
from functools import cache

import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.lessons.opened_lesson import opened_lesson
from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.imaging.reading.samples import sample_path
from segviewer.labs import LABS
from segviewer.lessons.reading import lesson_paths, shipped_folder
from segviewer.session import InferenceSettings, LabState, Session
from tests.app.lessons.drawn_text import Drawn, measure_widgets, watched

pytestmark = pytest.mark.slow

SCREENS = ((1280, 720), (1366, 768), (1600, 900), (1920, 1080), (2560, 1440), (3840, 2160))
TEXTS = (150, 200, 250)
HARDEST = (((1280, 720), 250), ((1920, 1080), 250))  # always drawn
PARTS = 8  # into which the others are cut; the first is drawn
WANTED = frozenset(filter(None, os.environ.get("SEGVIEWER_WHOLE", "").split(",")))


class Idle(Runner):
    """Asks nobody for anything."""

    def submit(self, session, draft=False):
        pass

    def prepare(self, sessions):
        pass


class Stage:
    """A window that presents, of any size, with what it shows handed to it."""

    def __init__(self, qtbot, folder):
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow()
        self.store = Store(Session())
        self.runner = Idle()
        self.presenter = Presenter(self.window, self.store, self.runner, Preferences(settings))
        qtbot.addWidget(self.window, before_close_func=lambda window: self.close())
        self.window.show()
        self.bot = qtbot
        self.window.action("present").trigger()
        self.window.showNormal()

    def close(self):
        self.window.close()
        self.presenter.close()

    def resize(self, screen, text):
        self.window.setFixedSize(*screen)
        self.presenter.presentation.set_text(text)
        self.rest()

    def rest(self):
        for _ in range(4):
            QApplication.processEvents()

    def show_lab(self, session, result):
        self.presenter.labs.apply(None, Screen(session, Shown(image=session.image, lab=result)))
        self.rest()

    def show_result(self, found):
        """What the lab of the session finds, whose settings and photograph may be others."""
        session = self.store.session
        if session.lab.name in found:
            of, result = found[session.lab.name]
            opened = session.changed(image=of.image, checkpoint=of.checkpoint)
            shown = Shown(image=of.image, lab=result)
            self.presenter.labs.apply(None, Screen(opened, shown))
            self.rest()

    def faults(self, height) -> list[tuple[str, str]]:
        self.rest()
        # On a larger screen the window takes the larger text; on a smaller one 22 px are not asked.
        drawn = Drawn(22.0 if height >= 1080 else 0.0)
        with watched(drawn):
            self.window.grab()
        measure_widgets(self.window, drawn)
        return drawn.faults


@pytest.fixture
def stage(qtbot, tmp_path, themed):
    themed("dark")  # as the window has it: its style has margins of its own
    made = Stage(qtbot, tmp_path)
    yield made
    made.close()


@cache
def results(folder, names: frozenset[str]) -> dict[str, tuple[Session, object]]:
    """One result of each of the labs, of a small photograph."""
    path = folder / "street.png"
    with Image.open(sample_path("leuven_street")) as picture:
        picture.convert("RGB").resize((160, 120)).save(path)
    session = Session(
        image=str(path),
        checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
        inference=InferenceSettings(device="cpu"),
    )
    pipeline, found = StageExecutor(), {}
    for name in sorted(names):
        collected = Collected()
        pipeline.listener = collected.listener()
        shown = session.changed(lab=LabState(name=name))
        pipeline.run(shown)
        found[name] = (shown, collected.results["lab"])
    return found


def settings():
    return [(screen, text) for screen in SCREENS for text in TEXTS]


def is_drawn(name: str, turn: int) -> bool:
    """Whether a lab or step is drawn in this one of the settings."""
    if "hardest" in WANTED:
        return settings()[turn] in HARDEST
    if WANTED and "share" not in WANTED:
        return "all" in WANTED or name.rpartition(" ")[0] in WANTED or name in WANTED
    number = zlib.crc32(name.encode())
    if number % len(settings()) != turn:
        return False
    first = number // len(settings()) % PARTS == 0
    return first or "share" in WANTED or settings()[turn] in HARDEST


def drawn_labs(names) -> frozenset[str]:
    """Those that are drawn in any of the settings."""
    turns = range(len(settings()))
    return frozenset(name for name in names if any(is_drawn(name, turn) for turn in turns))


def said(faults: dict[tuple[str, str, str], list[str]]) -> str:
    return "\n".join(f"{' · '.join(k)}: {', '.join(v)}" for k, v in sorted(faults.items()))


def test_every_lab_is_whole_on_every_screen(stage, tmp_path_factory):
    found = results(tmp_path_factory.getbasetemp(), drawn_labs(LABS))
    faults: dict[tuple[str, str, str], list[str]] = {}
    for turn, (screen, text) in enumerate(settings()):
        stage.resize(screen, text)
        for name, (session, result) in found.items():
            if is_drawn(name, turn):
                stage.show_lab(session, result)
                for fault in stage.faults(screen[1]):
                    faults.setdefault((name, *fault), []).append(f"{screen[0]}/{text}")
    assert not faults, said(faults)


def test_every_step_is_whole_on_every_screen(stage, tmp_path_factory):
    faults: dict[tuple[str, str, str], list[str]] = {}
    lessons = [opened_lesson(path) for path in lesson_paths(shipped_folder())]
    every = {
        f"{one.file.name} {step + 1}": session.lab.name
        for one in lessons
        for step, session in enumerate(one.sessions)
    }
    labs = frozenset(every[name] for name in drawn_labs(every) if every[name])
    found = results(tmp_path_factory.getbasetemp(), labs)
    view = stage.presenter.lessons
    for turn, (screen, text) in enumerate(settings()):
        stage.resize(screen, text)
        for opened in lessons:
            steps = range(len(opened.sessions))
            names = [f"{opened.file.name} {step + 1}" for step in steps]
            chosen = [step for step in steps if is_drawn(names[step], turn)]
            if chosen:
                view._begin(opened, chosen[0])
            for step in chosen:
                view.go(step)
                stage.show_result(found)
                seen = stage.faults(screen[1])
                if view.panel.question.is_open:
                    view.forward()
                    seen += stage.faults(screen[1])
                for fault in dict.fromkeys(seen):
                    faults.setdefault((names[step], *fault), []).append(f"{screen[0]}/{text}")
    assert not faults, said(faults)
