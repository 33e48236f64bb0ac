"""A process in which attacks are tried: what each does is noted, and the next one goes on."""

from __future__ import annotations

import os
import time

import pytest

from tests.hostile import trial
from tests.hostile.report import Report

PREPARED = []


def prepare() -> None:
    PREPARED.append(True)


def act(deed: str) -> bool:
    assert PREPARED
    if deed == "die":
        os._exit(3)
    if deed == "raise":
        raise KeyError("unexpected")
    if deed == "turn":
        end = time.process_time() + trial.STALL_SECONDS + 0.2
        while time.process_time() < end:
            pass
    if deed == "fill":
        bytearray(1100 << 20)
    return deed == "refuse"


@pytest.mark.slow
def test_each_kind_of_failure_is_noted_and_the_next_attack_goes_on():
    deeds = ("accept", "refuse", "die", "raise", "refuse", "turn", "fill")
    report = Report("deeds", 0)
    trial.attack(report, act, [(deed, deed) for deed in deeds], prepare=prepare)
    assert (report.tried, report.refused) == (7, 2)
    expected = {
        "die": "ended with code 3",
        "raise": "KeyError: 'unexpected'",
        "turn": "of its own",
        "fill": "MB",
    }
    assert len(report.failures) == len(expected), report.failures
    for failure, (deed, said) in zip(report.failures, expected.items(), strict=True):
        assert failure.startswith(f"{deed}: ") and said in failure


@pytest.mark.slow
def test_there_is_no_room_for_more_than_was_agreed():
    report = Report("deeds", 0)
    trial.attack(report, act, [("fill", "fill")], prepare=prepare, room=1 << 30)
    assert len(report.failures) == 1 and "MemoryError" in report.failures[0]


@pytest.mark.slow
def test_a_process_that_does_not_answer_is_replaced(monkeypatch):
    monkeypatch.setattr(trial, "HANG_SECONDS", 1.0)
    with trial.Trial(act, prepare) as tried:
        assert tried.run("turn").failure == "no answer for 1 s"
        assert tried.run("refuse").refused
