"""What killed writers leave is swept; nothing else is."""

import os
import time

from segviewer.files.atomic_write import write_atomically
from segviewer.files.partial_files import DAY, SUFFIX, partial_prefix, sweep_partial_files


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)
    return path


def test_only_old_files_of_our_names_go(tmp_path):
    old, inside = tmp_path / ".card.json.ab12cd.partial", tmp_path / "inside"
    inside.mkdir()
    kept = [
        tmp_path / ".new.json.ab12cd.partial",
        tmp_path / "weights-cd0a2569.pth.partial",  # a download, which goes on later
        tmp_path / ".hidden.json",
        inside / ".card.json.ab12cd.partial",
        tmp_path / ".folder.partial",
        tmp_path / ".link.partial",
    ]
    kept[4].mkdir()
    (tmp_path / "target").write_text("x")
    kept[5].symlink_to("target")
    for path in (old, *kept[:4]):
        path.write_text("x")
    for path in (old, *kept[1:]):
        aged(path, DAY + 60)
    aged(kept[0], DAY - 60)
    assert sweep_partial_files([tmp_path, tmp_path / "none", tmp_path / "target"]) == [old]
    assert all(os.path.lexists(path) for path in kept)


def test_a_killed_writer_leaves_such_a_file(tmp_path, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("segviewer.files.atomic_write.os.replace", killed)
    try:
        write_atomically(tmp_path / "card.json", b"x")
    except KeyboardInterrupt:
        (left,) = tmp_path.iterdir()
    assert left.name.startswith(partial_prefix(tmp_path / "card.json"))
    assert left.name.endswith(SUFFIX)
    assert sweep_partial_files([tmp_path]) == []
    aged(left, DAY + 60)
    assert sweep_partial_files([tmp_path]) == [left]


def test_the_longest_name_there_is_can_be_written(tmp_path):
    path = tmp_path / ("ü" * 127)
    write_atomically(path, b"x")
    assert path.read_bytes() == b"x"
