"""A window's folder and log are there from its start to its end, and not for a passing run."""

from __future__ import annotations

import faulthandler
import subprocess
import sys
from pathlib import Path

import pytest

from segviewer.app.shell.own_state import own_state
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.log import log_path
from segviewer.errors import SettingsError

MAIN = Path(__file__).resolve().parents[3] / "main.py"


@pytest.fixture(autouse=True)
def state_home(monkeypatch, tmp_path):
    # pytest has its own file for faulthandler, which comes back.
    monkeypatch.setattr(faulthandler, "enable", lambda *file: None)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_passing_run_leaves_no_trace(state_home):
    with own_state(passing=True) as state:
        assert state is None and EngineProcess.faults is None
    assert not state_home.exists()


def test_a_window_has_both_and_its_engines_write_there_too():
    with own_state(passing=False) as state:
        assert state.folder.path.is_dir() and state.log.path == log_path()
        assert EngineProcess.faults.parent == state.folder.path
    assert EngineProcess.faults is None
    assert "the window of segviewer" in log_path().read_text("utf-8")
    state.folder.remove()


def test_a_window_that_could_not_open_leaves_no_folder():
    with pytest.raises(SettingsError), own_state(passing=False) as state:
        raise SettingsError("No.", "Because.", "Try again.")
    assert not state.folder.path.exists()


def test_what_ended_the_window_is_in_the_log():
    with pytest.raises(ZeroDivisionError), own_state(passing=False) as state:
        raise ZeroDivisionError("said")
    assert "ZeroDivisionError: said" in log_path().read_text("utf-8")
    assert state.folder.path.is_dir()  # the next start takes over what faulthandler wrote
    state.folder.remove()


def test_where_nothing_can_be_made_the_window_opens_all_the_same(state_home):
    state_home.write_text("a file where the folder should be")
    with own_state(passing=False) as state:
        assert state is None


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--report", "report.json"]])
def test_a_screenshot_keeps_nothing(tmp_path, state_home, more):
    command = [sys.executable, MAIN, "sample:palace", "--screenshot", "shot.png", *more]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    assert (tmp_path / "shot.png").exists() and not state_home.exists()
