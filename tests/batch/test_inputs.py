"""What the arguments of a command line stand for, and how results are named."""

import contextlib
import json
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.batch import inputs
from segviewer.batch.inputs import pictures_of
from segviewer.cli.command_line import main
from segviewer.errors import PictureError, SettingsError
from segviewer.export.exporting import Writing


def picture(path, value=90):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((24, 32, 3), value, np.uint8)).save(path)
    return str(path)


def test_folders_data_sets_and_patterns_stand_for_their_pictures(tmp_path):
    plain = [picture(tmp_path / "plain" / name) for name in ("a2.png", "a10.png")]
    deep = picture(tmp_path / "deep/er/x.jpg")
    image = picture(tmp_path / "set/images/p.jpg")
    Image.fromarray(np.zeros((24, 32), np.uint8)).save(
        (tmp_path / "set/labels").mkdir() or tmp_path / "set/labels/p.png"
    )
    assert pictures_of([str(tmp_path / "plain")]) == plain
    assert pictures_of([str(tmp_path / "set")]) == [image]
    assert pictures_of([str(tmp_path / "**/x.jpg")]) == [deep]
    assert pictures_of(["sample:palace", plain[1], plain[1]]) == ["sample:palace", plain[1]]
    with pytest.raises(PictureError, match="Nothing fits"):
        pictures_of([str(tmp_path / "*.none")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="holds no pictures"):
        pictures_of([str(tmp_path / "empty")])
    odd = picture(tmp_path / "a[1].png")
    assert pictures_of([odd]) == [odd]


def test_names_are_made_of_known_parts_and_are_no_paths():
    writing = Writing(template="{folder}-{stem}-{number:03}")
    assert writing.stem("/x/shots/a.png", "fcn", 7) == "shots-a-007"
    assert "/" not in Writing(template="../{stem}").stem("a.png", "fcn", 1)
    for wrong in ("{nothing}", "{", "{stem.__class__.x}", "{0}"):
        with pytest.raises(SettingsError):
            Writing(template=wrong)
    with pytest.raises(SettingsError, match="cannot be saved"):
        Writing(save=("index", "everything"))


def test_probabilities_entropy_skipping_and_overwriting(tmp_path, capsys):
    a, b = picture(tmp_path / "in/a.png"), picture(tmp_path / "in/b.png", 30)
    out = tmp_path / "out"
    arguments = ["label", str(tmp_path / "in"), "--out", str(out), "--long-side", "32", "--json"]
    arguments += ["--save", "index,probabilities,entropy", "--on-existing"]
    assert main([*arguments, "skip"]) == 0
    reports = json.loads(capsys.readouterr().out)
    assert [report["image"] for report in reports] == [a, b]
    assert not list(out.glob("*overlay*"))
    with np.load(reports[0]["probabilities"]) as saved:
        probs, classes = saved["probs"], saved["classes"]
    assert probs.dtype == np.float16 and len(classes) == len(probs) == 11
    np.testing.assert_allclose(probs.sum(0, dtype=np.float32), 1, atol=0.01)
    with Image.open(reports[0]["labels"]) as labels:
        assert labels.size == (32, 24)
    with Image.open(reports[0]["entropy"]) as entropy:
        assert entropy.size == probs.shape[:0:-1]

    (out / "b.json").unlink()
    assert main([*arguments, "skip"]) == 0
    captured = capsys.readouterr()
    assert [report["image"] for report in json.loads(captured.out)] == [b]
    assert "1 of 2 pictures labelled, 1 skipped" in captured.err
    files = sorted(path.name for path in out.iterdir())
    assert main([*arguments, "overwrite"]) == 0
    assert sorted(path.name for path in out.iterdir()) == files
    capsys.readouterr()
    assert main([*arguments, "number"]) == 0
    assert len(list(out.iterdir())) == 2 * len(files)


class Entry:
    def __init__(self, name, folder=False):
        self.name, self._folder = name, folder

    def is_dir(self):
        return self._folder


@contextlib.contextmanager
def listed(names):
    yield (Entry(name) for name in names)


@pytest.mark.slow
def test_a_million_pictures_are_listed_in_500_megabytes(monkeypatch):
    count = 50_000
    folder = Path(tempfile.gettempdir())  # whose name is short: each picture has it in its own
    names = iter(("first.jpg",))
    monkeypatch.setattr(inputs.os, "scandir", lambda path: listed(names))
    pictures_of([str(folder)])  # what is imported once is no matter of how many there are
    names = (f"frame_{number}.jpg" for number in reversed(range(count)))
    tracemalloc.start()
    try:
        found = pictures_of([str(folder)])
        assert tracemalloc.get_traced_memory()[1] / count * 1_000_000 < 500e6
    finally:
        tracemalloc.stop()
    assert found == [str(folder / f"frame_{number}.jpg") for number in range(count)]


@pytest.mark.parametrize("other", ["b_mask.jpg", "b.png", "b.npy", "sub/c.jpg"])
def test_a_folder_with_anything_else_is_looked_into(tmp_path, other):
    for name in ("a10.jpg", "a9.jpg", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).touch()
    assert inputs._only_pictures(tmp_path) == [str(tmp_path / f"a{n}.jpg") for n in (9, 10)]
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).touch()
    assert inputs._only_pictures(tmp_path) is None
