"""A newer request takes from the engine only what it does not need itself."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import Pipe

import pytest

from segviewer.engine import stages
from segviewer.engine.worker import engine as engine_module
from segviewer.engine.worker.engine import Engine
from segviewer.engine.worker.messages import (
    Cancel,
    Progressed,
    Run,
    RunCancelled,
    RunFinished,
    StageFinished,
    Started,
    Stop,
)


class Spoken:
    """An engine in this thread, which is sent something when it says that a stage started."""

    def __init__(self):
        self.window, theirs = Pipe()
        self.engine = Engine(theirs)
        self.sent: list[object] = []
        self.engine.connection = self
        self._theirs, self._inbox, self.when = theirs, [], {}

    def send(self, message: object) -> None:
        self.sent.append(message)
        if isinstance(message, Started | Progressed) and message.stage in self.when:
            self._inbox += self.when.pop(message.stage)

    def poll(self, timeout: float = 0.0) -> bool:
        return bool(self._inbox)

    def recv(self) -> object:
        # After the last request the window goes.
        return self._inbox.pop(0) if self._inbox else Stop()

    def serve(self, request: Run, when: dict[str, list[object]]) -> list[str]:
        """What was started while `request` was answered, and what was sent meanwhile."""
        self._inbox, self.when = [request], when
        self.sent.clear()
        self.engine.serve()
        return [message.stage for message in self.sent if isinstance(message, Started)]

    def ends(self) -> list[object]:
        return [one for one in self.sent if isinstance(one, RunCancelled | RunFinished)]


@pytest.fixture
def spoken(monkeypatch):
    monkeypatch.setattr(engine_module, "_warm_up", lambda classes: None)
    return Spoken()


def opacity(session):
    return session.changed(overlay=session.overlay.changed(opacity=0.1))


def refined(session):
    return session.changed(crf=session.crf.changed(enabled=True, num_iterations=2))


def stride(session):
    return session.with_network("output_stride", 8, trained=16)


@pytest.mark.parametrize("change", [opacity, refined], ids=["opacity", "CRF"])
def test_what_the_newer_request_needs_too_is_brought_to_its_end(spoken, session, change):
    newer = Run(2, change(session), {}, draft=True)
    started = spoken.serve(Run(1, session, {}), {"features": [newer]})
    assert started.count("network") == started.count("features") == 1
    assert spoken.ends()[-1].generation == 2
    labels = [m.key for m in spoken.sent if isinstance(m, StageFinished) and m.stage == "label_map"]
    assert stages.stage_key(newer.session, "label_map") in labels or newer.session.crf.enabled


def test_a_request_that_never_rests_gets_its_first_labels(spoken, session):
    """A slider that goes on moving while a new engine runs the network for the first time."""
    moved = [
        Run(2 + step, refined(session).changed(crf=session.crf.changed(num_iterations=step)), {})
        for step in range(1, 4)
    ]
    stages_begun = ("network", "probs", "features")
    started = spoken.serve(Run(1, session, {}), dict(zip(stages_begun, zip(moved), strict=True)))
    assert [started.count(stage) for stage in stages_begun] == [1, 1, 1]


def test_what_it_does_not_need_is_given_up(spoken, session):
    started = spoken.serve(Run(1, session, {}), {"features": [Run(2, stride(session), {})]})
    assert started.count("features") == 2
    assert spoken.ends() == [RunCancelled(1), spoken.ends()[1]]


def test_labels_go_before_a_lab_that_could_go_on(spoken, session):
    with_lab = session.changed(lab=session.lab.changed(name="resnet_paths"))
    newer = Run(2, refined(with_lab), {})
    spoken.serve(Run(1, with_lab, {}), {"lab": [newer]})
    assert isinstance(spoken.ends()[0], RunCancelled)
    spoken = Spoken()
    spoken.serve(Run(1, with_lab, {}), {"lab": [Run(2, opacity(with_lab), {})]})
    assert [type(end) for end in spoken.ends()] == [RunFinished, RunFinished]


def test_esc_ends_what_a_newer_request_had_let_go_on(spoken, session):
    newer = Run(2, opacity(session), {})
    spoken.serve(Run(1, session, {}), {"features": [newer, Cancel(2)]})
    assert {end.generation for end in spoken.ends()} == {1, 2}
    assert all(isinstance(end, RunCancelled) for end in spoken.ends())


def test_progress_is_sent_to_whoever_waits_for_it(spoken, session):
    spoken.serve(Run(1, session, {}), {"probs": [Run(2, opacity(session), {})]})
    said = [one for one in spoken.sent if isinstance(one, Progressed) and one.stage == "features"]
    assert {one.generation for one in said} == {2}


CLOSES = """
import sys, threading, time
from multiprocessing import Pipe
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.engine.worker import engine
from segviewer.engine.worker.messages import Stop

def warm_up(classes):
    with ThreadTeam(3) as team:
        while True:
            team.each(lambda number: time.sleep(0.001), 8)

engine._warm_up = warm_up
ours, theirs = Pipe()
started = engine.Engine(theirs)
engine.Engine = lambda connection: started
started.executor.cache["probs"].value = type("Probs", (), {"probs": [0, 1]})()
started._start_warm_up()
time.sleep(0.2)
ours.send(Stop())
engine.engine_main(theirs)
"""


def test_an_engine_that_compiles_beside_ends_without_a_word():
    done = subprocess.run(
        [sys.executable, "-c", CLOSES], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_memory_is_given_back_once_after_work(spoken, session, monkeypatch):
    given = []
    monkeypatch.setattr(engine_module, "return_free_memory", lambda: given.append(1))
    spoken.serve(Run(1, session, {}), {})
    assert given == [1]
    spoken.engine._use_rest()
    assert given == [1]
