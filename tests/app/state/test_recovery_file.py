"""What is kept of a window can be read again, and anything else is put aside."""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from segviewer.app.state.recovery_file import (
    KEPT_S,
    MOST_ENDED,
    MOST_PICTURES,
    Kept,
    OpenLesson,
    UnsavedStep,
    find_kept,
    forget_all_kept,
    pictures_about,
    read_kept,
    write_kept,
)
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.worker.log import LogFile
from segviewer.errors import SettingsError
from segviewer.files.run_folder import RunFolder
from segviewer.session import LabState, OverlaySettings, PinnedNetwork, Session

SESSION = Session(
    image="/a/ö „x“.png",
    checkpoint="bundled:x",
    architecture="DeepLabV3",
    network=(("atrous_rates", (3, 6, 9)), ("output_stride", 8)),
    reference=PinnedNetwork(checkpoint="bundled:y"),
    lab=LabState(name="kernel", values=(("kernel", "both"),)),
    crf=CRFSettings(enabled=True, appearance_weight=7.0),
    overlay=OverlaySettings(hidden=(1, 2)),
)
KEPT = Kept(
    session=SESSION,
    undo=tuple(SESSION.changed(image=f"{n}.png") for n in range(100)),
    redo=(Session(),),
    pictures=("a.png", "b.png"),
    lesson=OpenLesson(path="/l.toml", step=2, before=Session(), pictures_before=("c.png",)),
    step=UnsavedStep(title="Title", narration="Two\nlines"),
)


@pytest.fixture
def log(tmp_path):
    return LogFile(tmp_path / "log")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "running"


def ended(place, kept=KEPT, age=0.0):
    """What a killed window leaves."""
    folder = RunFolder.make(place)
    write_kept(folder.recovery, kept)
    if age:
        text = kept.model_copy(update={"saved": time.time() - age}).model_dump_json()
        folder.recovery.write_text(text, "utf-8")
        os.utime(folder.recovery, (time.time() - age,) * 2)
    folder.lock.release()
    return folder


def test_it_comes_back_as_it_was(tmp_path):
    path = tmp_path / "recovery.json"
    write_kept(path, KEPT)
    found = read_kept(path)
    assert abs(found.saved - time.time()) < 60
    assert found.model_copy(update={"saved": 0.0}) == KEPT
    assert [file.name for file in tmp_path.iterdir()] == ["recovery.json"]


def _with(**values):
    table = json.loads(KEPT.model_dump_json())
    return json.dumps({**table, **values}).encode()


DAMAGED = {
    "empty": b"",
    "half": KEPT.model_dump_json().encode()[:900],
    "noise": bytes(range(256)) * 20,
    "deep": b'{"session": ' + b"[" * 100_000,
    "digits": _with(saved=0).replace(b'"saved": 0', b'"saved": 1' + b"0" * 100_000),
    "time": _with(saved=1e300),
    "another version": _with(sessions=[]),
    "no session": _with(session=None),
    "a range": _with(session={"crf": {"num_iterations": -1}}),
    "a list": b"[]",
    "step": _with(lesson={"path": "l.toml", "step": -1, "before": {}}),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_gets_a_sentence_and_is_put_aside(place, log, data, caplog):
    folder = ended(place)
    folder.recovery.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        read_kept(folder.recovery)
    assert caught.value.why and caught.value.next_step
    assert find_kept(place, log) is None
    assert list(place.iterdir()) == []
    assert (place.parent / "damaged-recovery.json").read_bytes() == data
    assert "cannot be restored" in caplog.text


def test_flipped_bytes_raise_nothing_else(tmp_path):
    path, seed = tmp_path / "recovery.json", 11
    rng = random.Random(seed)
    good = KEPT.model_copy(update={"undo": KEPT.undo[:2]}).model_dump_json().encode()
    refused = 0
    for _ in range(500):
        data = bytearray(good)
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)
        try:
            read_kept(path)
        except SettingsError:
            refused += 1
    assert 100 < refused <= 500


def test_only_a_file_of_its_own_is_read(place, log, tmp_path):
    folder = ended(place)
    folder.recovery.unlink()
    os.mkfifo(folder.recovery)
    with pytest.raises(SettingsError, match="cannot be restored"):
        read_kept(folder.recovery)
    folder.recovery.unlink()
    write_kept(tmp_path / "other.json", KEPT)
    folder.recovery.symlink_to(tmp_path / "other.json")
    assert find_kept(place, log) is None


def test_the_newest_is_offered_and_the_rest_waits(place, log):
    for age in (300, 200, 100):
        ended(place, KEPT.model_copy(update={"pictures": (f"{age}.png",)}), age)
    first, second = find_kept(place, log), find_kept(place, log)
    assert [found.kept.pictures for found in (first, second)] == [("100.png",), ("200.png",)]
    first.folder.remove()
    second.folder.lock.release()
    assert find_kept(place, log).kept.pictures == ("200.png",)
    forget_all_kept(place)
    assert len(list(place.iterdir())) == 1  # the one that is still offered


@pytest.mark.slow
def test_old_ones_and_too_many_go(place, log):
    ended(place, age=2 * KEPT_S)
    assert find_kept(place, log) is None
    for age in range(MOST_ENDED + 5):
        ended(place, age=10.0 * (age + 1))
    found = find_kept(place, log)
    assert len(list(place.iterdir())) == MOST_ENDED + 1
    found.folder.remove()


def test_one_in_which_nothing_was_open_leaves_its_crash_alone(place, log):
    folder = RunFolder.make(place)
    folder.faults("engine").write_text('Fatal Python error: Segmentation fault\n  File "/a/b/c.py"')
    folder.lock.release()
    assert find_kept(place, log) is None
    text = log.path.read_text("utf-8")
    assert "the engine crashed" in text and '"b/c.py"' in text
    assert list(place.iterdir()) == []


def test_of_a_long_filmstrip_the_part_about_the_picture_is_kept():
    many = [f"{n}.png" for n in range(10 * MOST_PICTURES)]
    assert pictures_about(many[:5], "x") == tuple(many[:5])
    for shown in ("0.png", "7777.png", many[-1], "not among them"):
        part = pictures_about(many, shown)
        assert len(part) == MOST_PICTURES
        assert shown in part or shown not in many
