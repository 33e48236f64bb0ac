"""What is sent to the engine, in which order, and what is not worth sending."""

from __future__ import annotations

from multiprocessing import Pipe

import pytest

from segviewer.app.state.runner import COALESCE_MS, DRAFT_MS, Runner, ending
from segviewer.engine.worker.messages import Prepare, Run, RunFinished
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
