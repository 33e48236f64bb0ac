"""A signal ends the window as closing it would, with the exit code a shell expects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segviewer.app.shell.ending_signals import EndingSignals

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_wakes_a_loop_that_has_nothing_to_do(qtbot, name):
    ended = []
    signals = EndingSignals(lambda: ended.append(True))
    try:
        number = getattr(signal, name)
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: bool(ended))
        assert signals.exit_code == 128 + number
    finally:
        signals.close()


def test_the_signals_are_given_back(qtbot):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    EndingSignals(lambda: None).close()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_running_window_keeps_its_settings_and_ends_its_engine(tmp_path, number, code):
    # Its own folders, and a picture of its own to remember.
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(CHECKOUT),
    }
    window = subprocess.Popen([sys.executable, "main.py"], cwd=CHECKOUT, env=environment)
    with window:
        try:
            # Torch is loaded and the window is put together: it is before or in its first run.
            _wait_for(lambda: max(map(_memory_mb, _children(window.pid)), default=0) > 250, 60)
            _wait_for(lambda: _catches(window.pid, signal.SIGTERM), 60)
            children = _children(window.pid)
            window.send_signal(number)
            assert window.wait(15) == code
        finally:
            window.kill()
    _wait_for(lambda: not [pid for pid in children if _memory_mb(pid)], 2)
    kept = (tmp_path / "config" / "segviewer" / "segviewer.conf").read_text("utf-8")
    assert "[layout]" in kept


def _wait_for(found, seconds):
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def _catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (caught,) = [line.split()[1] for line in lines if line.startswith("SigCgt")]
    return bool(int(caught, 16) >> (number - 1) & 1)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def _memory_mb(pid: int) -> float:
    """What a process holds; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    except OSError:
        return 0.0


IN_A_SLOT = """
import os, signal, time
from PySide6.QtCore import QObject, Signal
from segviewer.app.shell import window
from segviewer.cli.command_line import main

class Sender(QObject):
    sent = Signal()

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)

class Presenter(window.Presenter):
    def open_first(self, image):
        sender = Sender()
        sender.sent.connect(interrupt)
        sender.sent.emit()
        super().open_first(image)

window.Presenter = Presenter

if __name__ == "__main__":
    raise SystemExit(main(["sample:palace"]))
"""


@pytest.mark.slow
def test_ctrl_c_while_the_window_is_being_made_ends_it(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(IN_A_SLOT, "utf-8")
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "STATE", "CACHE")}
    environment = {**os.environ, **folders, "HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert (done.returncode, done.stderr) == (130, "")
