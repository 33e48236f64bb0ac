"""A lock lives as long as its process and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from segviewer.files.file_lock import FileLock

CHECKOUT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from segviewer.files.file_lock import FileLock
lock = FileLock(Path(sys.argv[1]))
assert lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_one_at_a_time(tmp_path):
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.acquire() and not other.acquire() and not one.acquire()
    one.release()
    one.release()
    assert other.acquire()
    other.release()


def test_a_killed_process_holds_nothing(tmp_path):
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(path)
        assert not lock.acquire()
        holder.kill()
        holder.wait()
        assert lock.acquire()
        lock.release()


def test_a_lock_whose_file_was_taken_away_is_none(tmp_path, monkeypatch):
    # Between opening and locking: whoever had it before removes it at its end.
    import segviewer.files.file_lock as file_lock

    path, lock_it = tmp_path / "lock", file_lock._lock

    def locked_too_late(handle):
        path.unlink()
        lock_it(handle)

    monkeypatch.setattr(file_lock, "_lock", locked_too_late)
    assert not FileLock(path).acquire()


def test_nothing_is_made_where_it_must_not_be(tmp_path):
    assert not FileLock(tmp_path / "lock").acquire(make=False)
    assert not FileLock(tmp_path / "missing" / "lock").acquire()
    assert list(tmp_path.iterdir()) == []
