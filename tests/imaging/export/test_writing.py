"""Files are written whole or not at all, and never over another unasked."""

import errno
import json
import os

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import ExportError
from segviewer.imaging.export import writing as export
from segviewer.imaging.export.writing import free_name, write_json, write_png
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading.read import looks_like, read_image, read_target

LABELS = np.array([[0, 3, 20], [1, 2, 255]], np.uint8)


def test_label_map_comes_back_as_the_same_labels(tmp_path):
    path = write_png(tmp_path / "a.png", LABELS, label_set("voc21"))
    np.testing.assert_array_equal(read_target(path), LABELS)
    assert looks_like(path) == "target"
    with Image.open(path) as picture:
        assert picture.mode == "P"
        colours = np.array(picture.convert("RGB"))
    assert tuple(colours[0, 2]) == (0, 64, 128) and tuple(colours[1, 2]) == (224, 224, 192)


def test_void_keeps_its_label_when_no_class_uses_it(tmp_path):
    only_void = np.full((2, 2), 255, np.uint8)
    path = write_png(tmp_path / "a.png", only_void, [(1, 2, 3)])
    np.testing.assert_array_equal(read_target(path), only_void)


def test_overlay_comes_back_as_it_was(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(read_image(write_png(tmp_path / "a.png", image)), image)


def test_wrong_arrays_are_bugs(tmp_path):
    with pytest.raises(ValueError, match="not a picture"):
        write_png(tmp_path / "a.png", np.zeros((2, 2)))
    with pytest.raises(ValueError, match="palette"):
        write_png(tmp_path / "a.png", np.zeros((2, 2, 3), np.uint8), [(0, 0, 0)])
    assert os.listdir(tmp_path) == []


def test_json_is_plain(tmp_path):
    path = write_json(
        tmp_path / "a.json",
        {"iou": np.array([0.5, np.nan]), "n": np.int64(3), "where": tmp_path, 4: (True, None)},
    )
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "iou": [0.5, None],
        "n": 3,
        "where": str(tmp_path),
        "4": [True, None],
    }


def test_existing_files_are_kept(tmp_path):
    first = write_json(tmp_path / "a.json", 1)
    second = write_json(tmp_path / "a.json", 2)
    third = write_json(tmp_path / "a.json", 3)
    assert [p.name for p in (first, second, third)] == ["a.json", "a-2.json", "a-3.json"]
    assert write_json(tmp_path / "a.json", 4, overwrite=True) == first
    assert [json.loads(p.read_text()) for p in (first, second, third)] == [4, 2, 3]
    assert sorted(os.listdir(tmp_path)) == ["a-2.json", "a-3.json", "a.json"]


def test_free_name_counts_dangling_links_as_taken(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "nowhere")
    assert free_name(tmp_path / "a.png").name == "a-2.png"


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.EACCES, "read-only"),
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "full"),
        (errno.EIO, "system says"),
    ],
)
@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_failures_leave_nothing_behind(tmp_path, monkeypatch, number, word, step):
    (tmp_path / "a.png").write_bytes(b"old")

    def fails(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    if step == "open":
        monkeypatch.setattr(export.Path, "open", fails)
    else:
        monkeypatch.setattr(export.os, step, fails)
    with pytest.raises(ExportError) as caught:
        write_png(tmp_path / "a.png", LABELS, overwrite=True)
    monkeypatch.undo()
    assert word in caught.value.why and caught.value.next_step
    assert os.listdir(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"old"


def test_impossible_places_are_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError):
        write_png(tmp_path / "file" / "a.png", LABELS)
    with pytest.raises(ExportError, match="not there"):
        write_json(tmp_path / "gone" / "a.json", 1)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError):
        write_json(tmp_path / "folder", 1, overwrite=True)
    with pytest.raises(ExportError, match="names no file"):
        write_json("/", 1)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_written_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_text("x")
    path = write_json(tmp_path / "a.json", 1)
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode
