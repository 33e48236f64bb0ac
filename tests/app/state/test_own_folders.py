"""A start sweeps what killed writers left, in the program's own folders and nowhere else."""

import os
import time

from segviewer.app.state.own_folders import own_folders, sweep_own_folders
from segviewer.files.partial_files import DAY


def test_every_own_folder_is_swept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SEGVIEWER_DATA", str(tmp_path / "data"))
    assert len(set(own_folders())) == 5
    assert all(tmp_path in folder.parents for folder in own_folders())
    sweep_own_folders()  # none of them exists yet
    left = [folder / ".card.json.ab.partial" for folder in own_folders()]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        os.utime(path, (time.time() - DAY - 60,) * 2)
    sweep_own_folders()
    assert not any(path.exists() for path in left)


def test_a_start_does_so(request, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGVIEWER_DATA", str(tmp_path))
    left = tmp_path / "checkpoints" / ".card.json.ab.partial"
    left.parent.mkdir()
    left.write_text("x")
    os.utime(left, (time.time() - DAY - 60,) * 2)
    explorer = request.getfixturevalue("explorer")
    explorer.bot.waitUntil(lambda: not left.exists(), timeout=20_000)
