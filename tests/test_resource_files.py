"""Where a person's own files lie on each system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from segviewer.resource_files import own_path, state_path

HOME = Path("/home/someone")


@pytest.mark.parametrize(
    ("system", "settings", "state"),
    [
        ("linux", ".config/segviewer/a", ".local/state/segviewer/a"),
        (
            "darwin",
            "Library/Application Support/segviewer/a",
            "Library/Application Support/segviewer/state/a",
        ),
        ("win32", "AppData/Roaming/segviewer/a", "AppData/Local/segviewer/a"),
    ],
)
def test_each_system_has_its_places(monkeypatch, system, settings, state):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: HOME)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert own_path("a") == HOME / settings
    assert state_path("a") == HOME / state


def test_a_person_may_choose_them(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert state_path("a", "b") == Path("/elsewhere/segviewer/a/b")
