"""Store, runner and results without an engine: a test says what comes back."""

from __future__ import annotations

import queue

import numpy as np
import pytest

from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.engine.results import (
    LabelResult,
    MetricsResult,
    NetworkResult,
    OverlayLayerResult,
    PictureResult,
    ProbsResult,
)
from segviewer.engine.stages import stage_key
from segviewer.engine.worker.messages import (
    Bug,
    RunCancelled,
    RunFailed,
    RunFinished,
    StageFinished,
    Started,
)
from segviewer.session import Session


class SilentEngine:
    """Notes what it is sent, and ends when it is stopped."""

    def __init__(self):
        self.sent, self._ended = [], queue.SimpleQueue()

    def send(self, message):
        self.sent.append(message)

    def receive(self):
        self._ended.get()
        raise EOFError

    def stop(self):
        self._ended.put(None)


class Desk:
    """What lies between the forms and the panels."""

    session = Session(image="a", checkpoint="b")

    def __init__(self):
        self.engine = SilentEngine()
        self.store, self.runner = Store(self.session), Runner(self.engine)
        self.runner.show(self.session)
        self.store.changed.connect(lambda old, new: self.runner.show(new))
        self.results = Results(self.store, self.runner)
        self.screens = []
        self.results.changed.connect(lambda old, new: self.screens.append((old, new)))

    @property
    def shown(self):
        return self.results.shown

    def gets(self, stage, result, session=None):
        """A result comes from the engine; for the session on screen, unless another is named."""
        key = stage_key(session or self.store.session, stage)
        self.runner._on_received(self.engine, StageFinished(stage, key, result, 0.1))

    def starts(self, stage="probs"):
        self.runner.generation += 1
        self.runner.running = True
        self.runner._on_received(self.engine, Started(self.runner.generation, stage, 0.0))

    def ends(self, message, *about):
        """The run ends: finished, cancelled, failed or with a bug."""
        self.runner._on_received(self.engine, message(self.runner.generation, *about))

    def finishes(self, probs=0.2, refined=0.1):
        self.ends(RunFinished, {"probs": probs, "refined": refined}, 100.0)

    def fails(self, stage, error):
        self.ends(RunFailed, stage, error)

    def is_cancelled(self):
        self.ends(RunCancelled)

    def has_a_bug(self, stage, text):
        self.ends(Bug, stage, text)

    def gets_labels(self, classes=("p", "q"), complete=True):
        """Photograph, network, probabilities and labels come."""
        self.gets("image", picture())
        self.gets("network", network(classes))
        self.gets("refined", ProbsResult(np.zeros((len(classes), 2, 2), np.float16), classes))
        self.gets("label_map", labelled(classes, complete))


def picture():
    return PictureResult([np.zeros((2, 2, 3), np.uint8)])


def network(classes=("p", "q"), title="N"):
    return NetworkResult(title, "n", (), {}, classes, "", "trained", "", 0, 0, (), {})


def labelled(classes=("p", "q"), complete=True):
    return LabelResult(np.zeros((2, 2), np.uint8), np.ones(len(classes)), complete, (), classes)


def layer(layer="entropy", chosen=0):
    return OverlayLayerResult(np.zeros((2, 2), np.uint8), layer, chosen)


def metrics():
    return MetricsResult(0.5, 0.5, np.ones(2))


@pytest.fixture
def desk(qtbot):
    desk = Desk()
    yield desk
    desk.runner.close()
