"""The engine is never waited for, and ends with the window whatever happens to either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from segviewer.engine.worker.child_process import STOP_SECONDS
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.messages import Cancel, Prepare, Run, Stop
from segviewer.session import Session

LARGE = Session(checkpoint="x" * 100_000)  # some of these fill any pipe


@pytest.fixture
def engine():
    engine = EngineProcess()
    yield engine
    engine.stop().join(STOP_SECONDS + 5)


def stopped(engine):
    os.kill(engine.process.pid, signal.SIGSTOP)


@pytest.mark.slow
def test_sending_to_an_engine_that_does_not_read_never_blocks(engine):
    stopped(engine)
    began = time.monotonic()
    for generation in range(2000):
        engine.send(Run(generation, LARGE, {}))
    assert time.monotonic() - began < 2.0
    assert [message.generation for message in engine._waiting] == [1999]


@pytest.mark.slow
def test_the_newest_request_and_the_newest_expectation_are_kept(engine):
    stopped(engine)
    for generation in range(50):  # the first ones fill the pipe
        engine.send(Run(generation, LARGE, {}))
    engine.send(Prepare((LARGE,)))
    engine.send(Prepare(()))
    engine.send(Run(51, LARGE, {}))
    engine.send(Cancel(51))
    assert engine._waiting == [Prepare(()), Cancel(51)]


@pytest.mark.slow
def test_ending_an_engine_that_does_not_read_takes_no_time_here_and_a_bounded_time_there(engine):
    stopped(engine)
    for generation in range(50):
        engine.send(Run(generation, LARGE, {}))
    pid, began = engine.process.pid, time.monotonic()
    ended = engine.stop()
    assert time.monotonic() - began < 0.5
    ended.join(STOP_SECONDS + 5)
    assert not ended.is_alive() and not is_alive(pid)


def test_an_engine_that_reads_ends_by_message(engine):
    engine.send(Run(1, Session(), {}))
    while type(engine.receive()).__name__ != "RunFinished":
        pass
    began = time.monotonic()
    engine.stop().join(STOP_SECONDS + 5)
    assert time.monotonic() - began < STOP_SECONDS
    engine.send(Stop())  # and after its end nothing is sent


PARENT = """
import multiprocessing, sys, time
from segviewer.engine.worker.child_process import live_with_parent

def busy():
    live_with_parent()
    print(multiprocessing.current_process().pid, flush=True)
    while True:  # never looks at a connection
        pass

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=busy, daemon=True).start()
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_busy_child_is_gone_soon_after_its_parent(tmp_path, number):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    )
    with parent:
        child = int(parent.stdout.readline())
        parent.send_signal(number)
        parent.wait(5)
        end = time.monotonic() + 2.0
        while is_alive(child) and time.monotonic() < end:
            os.sched_yield()
        assert not is_alive(child)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
