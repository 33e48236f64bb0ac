"""Settings that are kept, by several windows at once, and runs that may only read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from segviewer.app.state.preferences import RECENT, Preferences
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session

MAIN = Path(__file__).resolve().parents[3] / "main.py"


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
        [
            sys.executable,
            str(MAIN),
            picture,
            "--screenshot",
            str(tmp_path / to),
            "--report",
            str(tmp_path / "report.json"),
        ],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert (mine.stat().st_mtime_ns, mine.read_bytes()) == before
    assert [path.name for path in home.iterdir()] == ["segviewer.conf"]


# QSettings of one process share what they hold, so the other window is another process. It reads
# what there is, waits until the first window has written, and only then changes something itself.
OTHER = """
import sys
from PySide6.QtCore import QByteArray, QSettings
from segviewer.app.state.preferences import Preferences
from segviewer.session import Session
preferences = Preferences(QSettings(sys.argv[1], QSettings.Format.IniFormat))
session = preferences.restore(Session())
preferences.recent("pictures"), preferences.layout("window"), preferences.layout("regions")
print("read", flush=True)
sys.stdin.readline()
preferences.add_recent("pictures", "/theirs.png")
preferences.forget_recent("pictures", "/gone.png")
session = session.changed(crf=session.crf.changed(appearance_weight=8.0))
preferences.remember(session)
preferences.save_layout("regions", QByteArray(b"theirs"))
preferences.save_layout("window", QByteArray(b"window"))
preferences.settings.sync()
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "segviewer.conf")


def preferences_in(path):
    return Preferences(QSettings(path, QSettings.Format.IniFormat))


def test_neither_of_two_windows_takes_back_what_the_other_did(path):
    mine = preferences_in(path)
    for name in ("/old.png", "/gone.png"):
        mine.add_recent("pictures", name)
    mine.save_layout("window", QByteArray(b"window"))
    mine.save_layout("regions", QByteArray(b"regions"))
    mine.settings.sync()
    session = mine.restore(Session())
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=MAIN.parent,
    )
    with other:
        assert other.stdout.readline() == b"read\n"
        mine.add_recent("pictures", "/mine.png")
        mine.save_layout("window", QByteArray(b"mine"))
        mine.remember(session.changed(overlay=session.overlay.changed(opacity=0.25)))
        mine.settings.sync()
        other.communicate(b"\n", timeout=60)
        assert other.returncode == 0
    mine.settings.sync()
    assert mine.recent("pictures") == ["/theirs.png", "/mine.png", "/old.png"]
    assert mine.layout("window") == b"mine" and mine.layout("regions") == b"theirs"
    kept = mine.restore(Session())
    assert kept.overlay.opacity == 0.25 and kept.crf.appearance_weight == 8.0


def test_the_newest_stand_first_and_only_so_many(path):
    preferences = preferences_in(path)
    for number in range(RECENT + 5):
        preferences.add_recent("pictures", f"/{number}.png")
    preferences.add_recent("pictures", "/9.png")
    newest = ["/9.png", *(f"/{n}.png" for n in range(RECENT + 4, 4, -1) if n != 9)]
    assert preferences.recent("pictures") == newest[:RECENT]
    assert preferences.recent("checkpoints") == []
    preferences.settings.sync()
    assert len(preferences._recent_keys("pictures")) == RECENT


def test_a_list_of_the_first_versions_is_gone_on_with(path):
    settings = QSettings(path, QSettings.Format.IniFormat)
    settings.setValue("recent/pictures", ["/b.png", "/a.png"])
    settings.setValue("recent/checkpoints", "/lone.pth")
    preferences = Preferences(settings)
    assert preferences.recent("checkpoints") == ["/lone.pth"]
    preferences.add_recent("pictures", "/c.png")
    assert preferences.recent("pictures") == ["/c.png", "/b.png", "/a.png"]
    preferences.add_recent("pictures", "/a.png")
    preferences.forget_recent("pictures", "/b.png")
    assert preferences.recent("pictures") == ["/a.png", "/c.png"]


@pytest.mark.parametrize("value", ["x", ["x"], ["nan", "/a.png"], ["x", "/a.png"], [1, 2, 3]])
def test_what_was_written_by_hand_is_no_error(path, value):
    settings = QSettings(path, QSettings.Format.IniFormat)
    settings.setValue("recent_pictures/abc", value)
    preferences = Preferences(settings)
    assert set(preferences.recent("pictures")) <= {"/a.png"}
    preferences.add_recent("pictures", "/b.png")
    assert preferences.recent("pictures")[0] == "/b.png"


def test_a_reset_layout_is_written_again(path):
    preferences = preferences_in(path)
    preferences.save_layout("window", QByteArray(b"one"))
    assert preferences.layout("window") == b"one"
    preferences.forget_layout()
    assert preferences.layout("window") is None
    preferences.save_layout("window", QByteArray(b"one"))
    assert preferences.layout("window") == b"one"


def test_what_a_folder_s_masks_mean_is_remembered(path):
    preferences = preferences_in(path)
    assert preferences.mapping("/data/labels") == ""
    preferences.save_mapping("/data/labels", "counted from 1")
    preferences.save_mapping("/data/masks", "table:/data/own.csv")
    again = preferences_in(path)
    assert again.mapping("/data/labels") == "counted from 1"
    assert again.mapping("/data/masks") == "table:/data/own.csv"
    again.save_mapping("/data/labels", "")
    assert again.mapping("/data/labels") == "" and again.mapping("/data/masks")


def test_a_meaning_that_this_version_does_not_know_is_none(path):
    preferences = preferences_in(path)
    preferences.save_mapping("/data/labels", "by moonlight")
    assert preferences.mapping("/data/labels") == ""
