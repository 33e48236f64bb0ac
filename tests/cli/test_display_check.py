"""Where no window can be opened, that is found out before Qt aborts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from segviewer.cli import display_check
from segviewer.cli.display_check import check_display, platforms
from segviewer.errors import EngineError

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="windows always open there"
)
MAIN = Path(__file__).resolve().parents[2] / "main.py"
PROGRAM = [str(MAIN)] if MAIN.exists() else ["-m", "segviewer"]  # beside a wheel there is none
NO_X = ":4242"  # TCP port 10242 and a socket that nobody has


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, []),
        ({"DISPLAY": ":0"}, ["xcb"]),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ["wayland", "xcb"]),
        ({"QT_QPA_PLATFORM": "wayland;xcb:x=1", "DISPLAY": ":0"}, ["wayland", "xcb"]),
        ({"QT_QPA_PLATFORM": "offscreen"}, ["offscreen"]),
    ],
)
def test_platforms_that_qt_would_try(environment, names):
    assert platforms(environment) == names


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Neither DISPLAY nor WAYLAND_DISPLAY"),
        ({"DISPLAY": NO_X}, f"No X11 screen answers at DISPLAY={NO_X}"),
        ({"DISPLAY": "nonsense"}, "No X11 screen answers"),
        ({"QT_QPA_PLATFORM": "xcb"}, "DISPLAY is not set"),
        ({"QT_QPA_PLATFORM": "nosuch"}, "no platform “nosuch”"),
        ({"WAYLAND_DISPLAY": "none", "XDG_RUNTIME_DIR": "/nonexistent"}, "No Wayland screen"),
        ({"WAYLAND_DISPLAY": "n" * 300}, "No Wayland screen"),
    ],
)
def test_no_screen_is_said_with_the_way_without_one(environment, said):
    with pytest.raises(EngineError) as caught:
        check_display(environment)
    assert said in caught.value.why
    assert "QT_QPA_PLATFORM=offscreen" in caught.value.next_step


def test_offscreen_needs_no_screen():
    check_display({"QT_QPA_PLATFORM": "offscreen"})


def test_one_that_answers_is_enough(tmp_path):
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "w"))
        compositor.listen()
        check_display({"WAYLAND_DISPLAY": str(tmp_path / "w"), "DISPLAY": NO_X})


def test_a_library_that_is_missing_is_named(monkeypatch, tmp_path):
    (tmp_path / "libqxcb.so").write_bytes(b"not a library")
    monkeypatch.setattr(display_check, "_plugin_folder", lambda: tmp_path)
    with pytest.raises(EngineError, match="libqxcb.so"):
        display_check.check_libraries({"DISPLAY": ":0"})


@pytest.mark.parametrize("display", [None, NO_X])
def test_the_program_says_it_and_does_not_abort(display):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    }
    if display:
        environment["DISPLAY"] = display
    done = subprocess.run(
        [sys.executable, *PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "QT_QPA_PLATFORM=offscreen" in done.stderr and "Traceback" not in done.stderr
