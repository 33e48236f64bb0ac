"""A reader sees the old file or the new one."""

import errno
import os
import stat
import sys

import pytest

from segviewer.errors import ExportError
from segviewer.files import atomic_write
from segviewer.files.atomic_write import write_atomically


def test_new_and_overwritten(tmp_path):
    path = tmp_path / "card.json"
    for data in (b"first", b"second"):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert [p.name for p in tmp_path.iterdir()] == ["card.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_others_may_read_it(tmp_path):
    write_atomically(tmp_path / "card.json", b"x")
    assert stat.S_IMODE((tmp_path / "card.json").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("code", "why"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "may not"), (5, "says")],
)
def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch, code, why):
    path = tmp_path / "card.json"
    path.write_bytes(b"old")

    def fail(*args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic_write.os, "replace", fail)
    with pytest.raises(ExportError) as caught:
        write_atomically(path, b"new")
    assert why in caught.value.why
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["card.json"]


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError):
        write_atomically(tmp_path / "file" / "card.json", b"x")
