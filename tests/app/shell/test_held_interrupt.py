"""An interrupt during the start is held until it can be raised safely, and is never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from segviewer.app.shell.held_interrupt import HeldInterrupt

CHECKOUT = Path(__file__).resolve().parents[3]


def test_it_is_raised_when_it_is_released():
    before = signal.getsignal(signal.SIGINT)
    with HeldInterrupt() as held:
        os.kill(os.getpid(), signal.SIGINT)
        assert held.came
        with pytest.raises(KeyboardInterrupt):
            held.release()
        assert signal.getsignal(signal.SIGINT) == before


def test_without_one_nothing_happens_and_the_handler_is_given_back():
    before = signal.getsignal(signal.SIGINT)
    with HeldInterrupt() as held:
        assert signal.getsignal(signal.SIGINT) != before
        held.release()
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(ValueError, match="in it"), HeldInterrupt():
        raise ValueError("in it")
    assert signal.getsignal(signal.SIGINT) == before


def test_a_thread_that_may_set_no_handler_holds_nothing():
    failed = []

    def hold():
        try:
            with HeldInterrupt() as held:
                held.release()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert not failed


@pytest.mark.parametrize(("times", "said"), [(1, "imported\n"), (2, "")])
def test_qt_s_import_goes_to_its_end_unless_it_comes_twice(times, said):
    program = f"""
import os, signal
from segviewer.app.shell.held_interrupt import HeldInterrupt
try:
    with HeldInterrupt() as held:
        for _ in range({times}):
            os.kill(os.getpid(), signal.SIGINT)
        import PySide6.QtWidgets
        print("imported", flush=True)
        held.release()
        print("went on", flush=True)
except KeyboardInterrupt:
    raise SystemExit(130)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (130, said), done.stderr
