"""The folders of running windows, and how those of ended ones are recognised."""

from __future__ import annotations

import os
import time

from segviewer.files.run_folder import JUST_MADE_S, RunFolder, folders_of_ended_windows


def ended(place, recovery="{}", age=0.0):
    """A folder as a killed window leaves it."""
    folder = RunFolder.make(place)
    folder.recovery.write_text(recovery)
    then = time.time() - age
    os.utime(folder.recovery, (then, then))
    folder.lock.release()
    return folder


def test_a_running_window_s_folder_is_left_alone(tmp_path):
    folder = RunFolder.make(tmp_path)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folders_of_ended_windows(tmp_path) == []
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_ended_ones_come_newest_first_and_each_to_one_window(tmp_path):
    old, new = ended(tmp_path, age=100), ended(tmp_path, age=10)
    found = folders_of_ended_windows(tmp_path)
    assert [folder.path for folder in found] == [new.path, old.path]
    assert folders_of_ended_windows(tmp_path) == []  # a second window that starts at once
    for folder in found:
        folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_being_made_is_not_an_ended_one(tmp_path):
    (tmp_path / "1-1").mkdir()
    assert folders_of_ended_windows(tmp_path) == []
    then = time.time() - 2 * JUST_MADE_S
    os.utime(tmp_path / "1-1", (then, then))
    (found,) = folders_of_ended_windows(tmp_path)
    found.remove()


def test_where_nothing_can_be_made_there_is_none(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert RunFolder.make(tmp_path / "file") is None
    assert folders_of_ended_windows(tmp_path / "file") == []
    assert folders_of_ended_windows(tmp_path / "missing") == []

    def no_home(*parts):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("segviewer.files.run_folder.state_path", no_home)
    assert RunFolder.make() is None


def test_whatever_lies_in_a_folder_goes_with_it(tmp_path):
    folder = ended(tmp_path)
    (folder.path / "more").mkdir()
    (folder.path / "more" / "file").write_text("")
    os.symlink(tmp_path.parent, folder.path / "link")
    (found,) = folders_of_ended_windows(tmp_path)
    found.remove()
    assert list(tmp_path.iterdir()) == [] and tmp_path.parent.is_dir()
