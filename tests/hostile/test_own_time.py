"""Seconds in which a process wanted to run and could not are not held against it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.hostile import own_time
from tests.hostile.own_time import OwnTime


def test_an_idle_process_has_all_the_time_there_is():
    with subprocess.Popen(["sleep", "5"]) as process:
        counted = OwnTime(lambda: [process.pid])
        assert not counted.is_over(1.0)
        time.sleep(0.5)
        assert counted.is_over(0.4)
        process.kill()


def test_waiting_for_the_machine_does_not_count(monkeypatch):
    waits = {1: {"a": 5.0, "b": 1.0}, 2: {"c": 0.0}}
    monkeypatch.setattr(own_time, "_waits_of", lambda pid: dict(waits[pid]))
    clock = [100.0]
    monkeypatch.setattr(own_time.time, "monotonic", lambda: clock[0])
    counted = OwnTime(lambda: [1, 2])
    clock[0] += 10.0
    waits[1]["b"] += 6.0  # not the 5 s of before
    waits[2]["c"] += 1.5
    assert counted.is_over(2.4) and not counted.is_over(2.6)
    clock[0] += 1000.0
    waits[1]["b"] += 1000.0
    assert counted.is_over(2.6)  # but not for ever


def test_a_process_that_is_gone_has_no_time():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not OwnTime(lambda: [process.pid]).is_over(5.0)
    assert own_time._waits_of(os.getpid())
