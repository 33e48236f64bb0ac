"""What is sent to the engine, in which order, and what is not worth sending."""

from __future__ import annotations

from multiprocessing import Pipe
from types import SimpleNamespace

import numpy as np
import pytest

from segviewer.app.state import runner as runner_module
from segviewer.app.state.runner import (
    COALESCE_MS,
    DRAFT_MS,
    HOLDING_SECONDS,
    OVERTAKEN,
    Runner,
    ending,
)
from segviewer.engine.results import LabelResult
from segviewer.engine.stages import stage_key
from segviewer.engine.worker.messages import Prepare, Run, RunFinished, StageFinished
from segviewer.session import LabState, Session

FIRST = Session(image="sample:palace", checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid")
NEXT = FIRST.changed(
    checkpoint="bundled:fcn_efficientnet_lite0_camvid", lab=LabState(name="receptive_field")
)
FAINTER = FIRST.changed(overlay=FIRST.overlay.changed(opacity=0.1))
REFINED = FIRST.changed(crf=FIRST.crf.changed(enabled=True))


class Recorded:
    """Stands in for the engine: notes what it is sent."""

    def __init__(self):
        self.connection, self._theirs = Pipe()
        self.sent: list[object] = []

    def send(self, message: object) -> bool:
        self.sent.append(message)
        return True

    def receive(self) -> object:
        return self.connection.recv()

    def stop(self) -> None:
        self._theirs.close()


@pytest.fixture
def engine():
    return Recorded()


@pytest.fixture
def runner(qtbot, engine):
    runner = Runner(engine)
    yield runner
    runner.close()


def test_what_is_asked_for_is_sent_before_what_is_expected(qtbot, runner, engine):
    runner.submit(FIRST)
    runner.prepare((NEXT,))
    assert engine.sent == []
    qtbot.waitUntil(lambda: len(engine.sent) == 2)
    assert isinstance(engine.sent[0], Run) and engine.sent[1] == Prepare((NEXT,))
    # Later, with nothing on its way, it is sent at once, and once.
    runner.prepare(())
    runner.submit(NEXT)
    qtbot.waitUntil(lambda: len(engine.sent) == 4)
    assert engine.sent[2] == Prepare(()) and isinstance(engine.sent[3], Run)


@pytest.mark.parametrize(
    ("change", "sends"),
    [
        (lambda runner: runner.submit(FAINTER), False),
        (lambda runner: runner.submit(FAINTER, draft=True), False),
        (lambda runner: runner.submit(REFINED), True),
        (lambda runner: runner.submit(NEXT), True),
        (lambda runner: (runner.asked.add("card"), runner.submit(FAINTER)), True),
        (lambda runner: (runner.forget("label_map"), runner.submit(FIRST)), True),
    ],
    ids=["opacity", "opacity dragged", "CRF", "network", "card wanted", "asked again"],
)
def test_a_change_that_needs_nothing_else_is_not_sent(qtbot, runner, engine, change, sends):
    runner.submit(FIRST)
    qtbot.waitUntil(lambda: len(engine.sent) == 1)
    change(runner)
    qtbot.waitUntil(lambda: not runner._timer.isActive())
    assert (len(engine.sent) == 2) == sends


def test_letting_go_asks_for_the_whole_of_what_is_drafted(qtbot, runner, engine):
    runner.submit(REFINED, draft=True)
    qtbot.waitUntil(lambda: len(engine.sent) == 1)
    runner.submit(REFINED)
    qtbot.waitUntil(lambda: len(engine.sent) == 2)
    assert engine.sent[0].draft and not engine.sent[1].draft


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "is gone"),
        (0, "ended with code 0"),
        (3, "ended with code 3"),
        (-9, "was ended by SIGKILL"),
        (-9999, "ended with code -9999"),
    ],
)
def test_how_the_engine_ended_is_said(code, said):
    assert ending(code) == said


def test_what_is_looked_at_goes_with_the_request(qtbot, runner, engine):
    runner.submit(FIRST)
    qtbot.waitUntil(lambda: len(engine.sent) == 1)
    runner.in_view = lambda: (0.0, 0.5, 0.25, 0.75)
    runner.submit(REFINED)
    qtbot.waitUntil(lambda: len(engine.sent) == 2)
    assert [one.view for one in engine.sent] == [None, (0.0, 0.5, 0.25, 0.75)]


def test_what_a_drag_left_waiting_goes_as_soon_as_the_engine_is_free(qtbot, runner, engine):
    runner.submit(FIRST, draft=True)
    qtbot.waitUntil(lambda: len(engine.sent) == 1)
    runner.submit(REFINED, draft=True)
    # Too soon after the last: it waits for the pace of drafts.
    qtbot.waitUntil(lambda: runner._timer.isActive() and runner._timer.interval() > COALESCE_MS)
    assert runner._timer.interval() <= DRAFT_MS
    runner._on_received(engine, RunFinished(runner.generation, {}, 1.0))
    assert runner._timer.interval() == 0
    qtbot.waitUntil(lambda: len(engine.sent) == 2)
    # And where nothing waits, nothing is begun.
    runner._on_received(engine, RunFinished(runner.generation, {}, 1.0))
    assert not runner._timer.isActive()


def with_width(pixels):
    return REFINED.changed(crf=REFINED.crf.changed(appearance_xy_std=float(pixels)))


@pytest.fixture
def clock(monkeypatch):
    """Time as the test sets it."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(runner_module.time, "monotonic", lambda: now.seconds)
    return now


def letting_go_of_a_slider(runner, clock, times, every=0.3, first=20):
    for number in range(times):
        runner.submit(with_width(first + number))
        runner._send()
        clock.seconds += every


def test_a_slider_that_is_let_go_again_and_again_gets_an_answer_in_between(runner, engine, clock):
    letting_go_of_a_slider(runner, clock, 20)
    sent = [message.session for message in engine.sent]
    # For two seconds each replaces the one before; then the last of them is answered.
    assert sent == [with_width(20 + number) for number in range(7)]
    shown = []
    runner.show(with_width(39))
    runner.stage_finished.connect(lambda stage, result, seconds: shown.append((stage, result)))
    labels = LabelResult(np.zeros((2, 2), np.uint8), np.ones(2), True, (), ("p", "q"))
    key = stage_key(sent[-1], "label_map")
    runner._on_received(engine, StageFinished("label_map", key, labels, 0.1))
    ((stage, result),) = shown
    assert stage == "label_map" and not result.complete and result.chips == (OVERTAKEN,)
    assert not runner.has("label_map", with_width(39))
    runner._on_received(engine, RunFinished(runner.generation, {}, 1.0))
    runner._send()
    assert engine.sent[-1].session == with_width(39)


def test_what_runs_is_not_brought_to_its_end_for_another_photograph(runner, engine, clock):
    letting_go_of_a_slider(runner, clock, 12)
    other = with_width(50).with_image("sample:leuven_street")
    runner.submit(other)
    runner._send()
    assert engine.sent[-1].session == other


def test_what_runs_is_not_waited_for_for_ever(runner, engine, clock):
    letting_go_of_a_slider(runner, clock, 12)
    clock.seconds += HOLDING_SECONDS
    runner._send()
    assert engine.sent[-1].session == with_width(31)


def test_on_a_machine_that_answers_the_newest_is_sent_at_once(runner, engine, clock):
    for number in range(20):
        letting_go_of_a_slider(runner, clock, 1, first=20 + number)
        runner._on_received(engine, RunFinished(runner.generation, {}, 1.0))
    assert len(engine.sent) == 20
