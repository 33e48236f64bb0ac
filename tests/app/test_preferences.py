"""Settings that are kept, and runs that may read them and never write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from segviewer.app.preferences import Preferences
from segviewer.imaging.samples import sample_path
from segviewer.session import Session

MAIN = Path(__file__).resolve().parents[2] / "main.py"


@pytest.fixture
def conf(tmp_path):
    """Settings somebody has, on the disk."""
    path = tmp_path / "segviewer.conf"
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    kept = Preferences(settings)
    kept.add_recent("pictures", "/pictures/old.png")
    kept.save_layout("window", QByteArray(b"layout"))
    settings.sync()
    return path


def _open(path, **kind):
    return Preferences(QSettings(str(path), QSettings.Format.IniFormat), **kind)


def test_read_only_settings_are_read_and_never_written(conf):
    before = conf.read_bytes()
    kept = _open(conf, read_only=True)
    assert kept.recent("pictures") == ["/pictures/old.png"]
    kept.add_recent("pictures", "/pictures/new.png")
    kept.forget_recent("checkpoints", "/weights.pth")
    kept.save_layout("regions", QByteArray(b"other"))
    kept.save_presenting("text_percent", "200")
    kept.note_tour()
    kept.remember(Session())
    # For as long as it runs it does remember.
    assert kept.recent("pictures") == ["/pictures/new.png", "/pictures/old.png"]
    assert kept.presenting("text_percent") == "200"
    assert kept.tour_seen()
    assert kept.layout("regions") == QByteArray(b"other")
    kept.forget_layout()
    assert kept.layout("window") is None and kept.layout("regions") is None
    kept.settings.sync()
    del kept
    assert conf.read_bytes() == before
    assert sorted(path.name for path in conf.parent.iterdir()) == [conf.name]


def test_settings_are_written_otherwise(conf):
    kept = _open(conf)
    kept.add_recent("pictures", "/pictures/new.png")
    kept.settings.sync()
    assert _open(conf).recent("pictures")[0] == "/pictures/new.png"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "to", "code"),
    [("sample", "window.png", 0), ("missing.png", "window.png", 1), ("sample", "no/dir/w.png", 1)],
)
def test_a_screenshot_leaves_the_settings_alone(conf, tmp_path, picture, to, code):
    home = tmp_path / "config" / "segviewer"
    home.mkdir(parents=True)
    mine = home / "segviewer.conf"
    mine.write_bytes(conf.read_bytes())
    before = mine.stat().st_mtime_ns, mine.read_bytes()
    picture = str(sample_path("palace")) if picture == "sample" else str(tmp_path / picture)
    done = subprocess.run(
        [sys.executable, str(MAIN), picture, "--screenshot", str(tmp_path / to),
         "--report", str(tmp_path / "report.json")],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert (mine.stat().st_mtime_ns, mine.read_bytes()) == before
    assert [path.name for path in home.iterdir()] == ["segviewer.conf"]
