"""What is computed ahead is there when it is asked for, and whoever waits goes first."""

from __future__ import annotations

import logging

import pytest

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Listener
from segviewer.engine.worker.preparing import Ahead
from segviewer.errors import Cancelled
from segviewer.session import LabState, Session

FIRST = Session(
    image="sample:campus_walkers", checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid"
)
FIRST = FIRST.changed(inference=FIRST.inference.changed(long_side=96))
NEXT = FIRST.changed(
    checkpoint="bundled:fcn_efficientnet_lite0_camvid", lab=LabState(name="receptive_field")
)


class Recording:
    """A executor, the stages it has begun, and a check that may say that somebody waits."""

    def __init__(self):
        self.started: list[str] = []
        self.finished: list[str] = []
        self.left = None  # checks until somebody waits
        listener = Listener(
            started=lambda stage, expected: self.started.append(stage),
            finished=lambda stage, *rest: self.finished.append(stage),
        )
        self.executor = StageExecutor(listener)
        self.ahead = Ahead(self.executor, self.check)

    def check(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    def run(self, session: Session) -> list[str]:
        """Stages that had to be computed."""
        self.started.clear()
        self.executor.run(session)
        return list(self.started)


@pytest.fixture
def worker():
    worker = Recording()
    worker.run(FIRST)
    return worker


def test_what_was_computed_ahead_is_taken(worker):
    worker.finished.clear()
    worker.ahead.expect((NEXT, FIRST))
    while worker.ahead.waits:
        worker.ahead.compute_one()
    assert not worker.finished, "nobody asked yet"
    assert worker.run(NEXT) == []
    assert {"network", "refined", "label_map", "lab"} <= set(worker.finished)
    # Back is there too: it was kept while the next was on screen.
    worker.ahead.expect((NEXT, FIRST))
    assert not worker.ahead.waits
    assert worker.run(FIRST) == []


def test_somebody_who_waits_goes_first_and_it_goes_on_from_there(worker):
    worker.ahead.expect((NEXT,))
    worker.left = 6
    with pytest.raises(Cancelled):
        worker.ahead.compute_one()
    assert worker.ahead.waits
    worker.left = None
    # What was reached is used already.
    assert "network" not in worker.run(NEXT)
    worker.ahead.compute_one()
    assert not worker.ahead.waits


def test_what_is_no_longer_expected_is_let_go(worker):
    worker.ahead.expect((NEXT,))
    worker.ahead.compute_one()
    assert len(worker.executor.peers.executors) == 2
    worker.ahead.expect(())
    assert worker.executor.peers.executors == [worker.executor]
    assert "probs" in worker.run(NEXT)


def test_an_error_ahead_is_logged_and_said_when_it_is_asked_for(worker, caplog):
    missing = FIRST.changed(image="/no/such/picture.png")
    worker.ahead.expect((missing, NEXT))
    with caplog.at_level(logging.INFO, "segviewer"):
        worker.ahead.compute_one()
        worker.ahead.compute_one()
    assert "picture.png" in caplog.text and "Traceback" in caplog.text
    assert not worker.ahead.waits and worker.run(NEXT) == []
    with pytest.raises(Exception, match="picture.png"):
        worker.executor.run(missing)
