"""Only regular files are opened, at once, and no more of them than is allowed."""

import os
import socket
import stat
import time
import tracemalloc

import pytest

from segviewer.files.regular_files import (
    IrregularFileError,
    is_regular,
    open_regular,
    read_regular,
    reason,
    shown_name,
)


def test_a_file_is_read_whole(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"content")
    assert read_regular(path, 7) == b"content"
    assert read_regular(str(path), 100) == b"content"
    with open_regular(path) as file:
        assert (file.read(3), file.seek(0), file.read()) == (b"con", 0, b"content")
    assert is_regular(path)


def test_a_short_file_takes_no_memory_for_the_longest(tmp_path):
    (tmp_path / "f").write_bytes(b"content")
    tracemalloc.start()
    try:
        assert read_regular(tmp_path / "f", 100_000_000) == b"content"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert read_regular("/proc/self/status", 100_000).startswith(b"Name:")


def test_a_link_to_a_file_is_that_file(tmp_path):
    (tmp_path / "f").write_bytes(b"content")
    (tmp_path / "link").symlink_to("f")
    assert read_regular(tmp_path / "link", 7) == b"content"


def test_one_byte_too_many(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"content")
    with pytest.raises(IrregularFileError, match="7 bytes; at most 6"):
        read_regular(path, 6)
    with pytest.raises(IrregularFileError, match="at most 6"):
        open_regular(path, 6)


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs a file of no stated size")
def test_a_file_that_says_it_is_empty_is_bounded_too():
    with pytest.raises(IrregularFileError, match="at most 10 "):
        read_regular("/proc/self/maps", 10)


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device"])
def test_anything_else_is_refused_at_once(tmp_path, kind, linked):
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(os.path.relpath(path))
        listening.close()
    else:
        path = "/dev/zero"
        assert stat.S_ISCHR(os.stat(path).st_mode)
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    began = time.monotonic()
    with pytest.raises(IrregularFileError, match=f"It is a {kind}"):
        open_regular(path)
    assert time.monotonic() - began < 1
    assert not is_regular(path)


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path, monkeypatch):
    path, pipe = tmp_path / "f", tmp_path / "pipe"
    path.write_bytes(b"content")
    os.mkfifo(pipe)
    before = os.stat(path)
    monkeypatch.setattr("segviewer.files.regular_files.status_of", lambda path: before)
    with pytest.raises(IrregularFileError, match="It is a pipe"):
        open_regular(pipe)


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "x" * 5000, "/" + "d/" * 3000], ids=repr)
def test_paths_that_are_none_are_an_oserror(path):
    with pytest.raises(OSError) as caught:
        open_regular(path)
    assert reason(caught.value).endswith(".")
    assert not is_regular(path)
    name = shown_name(path)
    assert name.isprintable() and 0 < len(name) <= 80


def test_missing_stays_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
