"""A session becomes a record without paths, and a record a session of this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError
from segviewer.export.figure_session import (
    STAND_IN_IMAGE,
    figure_record,
    open_session_file,
    reopened,
)
from segviewer.imaging.export.figure_record import FigureError
from segviewer.imaging.export.writing import write_json, write_png
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.session import InferenceSettings, LabState, OverlaySettings, Session

HERE = Path("figure.png")
PIXELS = np.zeros((4, 5, 3), np.uint8)


@pytest.fixture
def files(tmp_path):
    """A photograph, its mask of the same name, and two checkpoints of a person's own."""
    folder = tmp_path / "mine"
    (folder / "masks").mkdir(parents=True)
    Image.new("RGB", (8, 6), (9, 8, 7)).save(folder / "a.png")
    Image.new("P", (8, 6), 1).save(folder / "masks" / "a.png")
    source = resolve_reference(DEFAULT_CHECKPOINT)
    shutil.copy(source, folder / "mine.safetensors")
    (folder / "other.pth").write_bytes(b"weights")
    return folder


@pytest.fixture
def full(files):
    """Everything that a session can hold."""
    session = Session(
        image=str(files / "a.png"),
        target=str(files / "masks" / "a.png"),
        checkpoint=str(files / "mine.safetensors"),
        network=(("atrous_rates", (3, 6, 9)), ("output_stride", 8)),
        inference=InferenceSettings(long_side=96, flip=True),
    ).pinned()
    reference = session.reference.changed(checkpoint="untrained:" + str(files / "other.pth"))
    return session.changed(
        reference=reference,
        lab=LabState(name="time_machine", values=(("iteration", 3),)),
        crf=CRFSettings(enabled=True, compatibility=((0, 3, 2.5),)),
        overlay=OverlaySettings(hidden=(2, 5), comparison="difference", opacity=0.3),
    )


def test_a_record_names_no_folder(full, files):
    record = figure_record(full, caption="all of it")
    text = record.text()
    assert str(files) not in text and str(files.parent) not in text and "/masks" not in text
    assert record.session["image"] == "file:a.png"
    assert record.session["reference"]["checkpoint"] == "untrained:file:other.pth"
    assert [mark.place for mark in record.files] == ["image", "target", "checkpoint", "reference"]
    assert {"segviewer", "torch"} <= set(record.versions)
    assert record.seed == 0  # A's weights are random
    assert record.mark("reference").sha256 == hashlib.sha256(b"weights").hexdigest()


def test_the_whole_session_comes_back(full, files, tmp_path):
    record = figure_record(full)
    candidates = [files / "masks" / "a.png", files / "other.pth"]
    found = reopened(record, files / "figure.png", candidates)
    assert found.session == full and found.notes == ()


def test_files_are_looked_for_beside_the_figure_and_known_by_their_hash(full, files, tmp_path):
    record = figure_record(full)
    away = tmp_path / "away"
    away.mkdir()
    moved = away / "renamed.png"
    shutil.copy(files / "a.png", moved)
    candidates = [moved, *files.iterdir(), files / "masks" / "a.png"]
    found = reopened(record, away / "figure.png", candidates)
    assert found.session.image == str(moved) and found.notes == ()


def test_another_picture_of_the_same_name_is_not_taken(full, files, tmp_path):
    record = figure_record(full.changed(target="", reference=None))
    Image.new("RGB", (8, 6), (1, 2, 3)).save(files / "a.png")
    found = reopened(record, files / "figure.png")
    assert found.session.image == STAND_IN_IMAGE
    assert "a.png beside the figure is another file: its hash differs." in found.notes
    assert any("a.png was not found" in note and "stands in" in note for note in found.notes)


def test_what_is_missing_has_a_stand_in_and_is_said(full, tmp_path):
    found = reopened(figure_record(full), tmp_path / "elsewhere" / "figure.png")
    session = found.session
    assert (session.image, session.target) == (STAND_IN_IMAGE, "")
    assert (session.checkpoint, session.network) == (DEFAULT_CHECKPOINT, ())
    assert session.reference is None and session.overlay.comparison == "overlay"
    assert session.lab == full.lab and session.inference == full.inference
    assert session.crf.compatibility == ()  # numbers of the other network's classes
    said = " ".join(found.notes)
    for word in ("a.png", "target mask", "mine.safetensors", "other.pth", "stands in"):
        assert word in said
    assert str(tmp_path) not in said


def test_a_file_that_was_gone_when_saving_is_missing(full, files):
    (files / "a.png").unlink()
    record = figure_record(full)
    assert record.mark("image") is None
    assert reopened(record, files / "figure.png").session.image == STAND_IN_IMAGE


def test_names_of_any_length_do_not_fill_the_notes():
    record = figure_record(Session(lab=LabState(name="a." * 20_000)))
    data = {**record.session, "image": "file:" + "b" * 20_000, "checkpoint": "c" * 20_000}
    data["checkpoint"] = "file:" + data["checkpoint"]
    found = reopened(record.model_copy(update={"session": data}), HERE)
    assert len(found.notes) == 3
    assert all(len(note) < 400 for note in found.notes)


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "a\0b"])
def test_what_is_no_file_is_not_read_for_its_hash(name, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    session = Session(image=str(tmp_path / name), target=name, checkpoint="~nosuch/x")
    assert figure_record(session).files == ()


def test_samples_bundled_and_random_networks_are_named():
    session = Session(image="sample:palace", checkpoint=DEFAULT_CHECKPOINT)
    record = figure_record(session)
    assert record.session["image"] == "sample:palace" and record.seed is None
    assert len(record.mark("checkpoint").sha256) == 64
    assert reopened(record, HERE).session == session
    random = session.changed(checkpoint="random:u_net:U-Net")
    assert figure_record(random).seed == 0
    unknown = figure_record(random.changed(checkpoint="random:no_such_network:x"))
    assert reopened(unknown, HERE).session.checkpoint == DEFAULT_CHECKPOINT


def test_a_sample_that_has_changed_is_said():
    record = figure_record(Session(image="sample:palace", checkpoint=DEFAULT_CHECKPOINT))
    marks = tuple(mark.model_copy(update={"sha256": "0" * 64}) for mark in record.files)
    found = reopened(record.model_copy(update={"files": marks}), HERE)
    assert found.session.image == "sample:palace" and len(found.notes) == 2
    assert "sample:palace has changed since the figure was saved." in found.notes


def test_the_device_is_this_machines():
    session = Session(inference=InferenceSettings(device="cuda:7"))
    found = reopened(figure_record(session), HERE, device="cpu")
    assert found.session.inference.device == "cpu"


@pytest.mark.parametrize(
    "change",
    [
        {"image": "/etc/passwd"},
        {"checkpoint": "/tmp/x.pth"},
        {"image": 7},
        {"target": "sample:palace"},
        {"crf": {"num_iterations": 900}},
        {"unheard": 1},
        {"reference": {"checkpoint": "C:\\x.pth"}},
        {"image": "file:../a.png"},
    ],
    ids=range(8),
)
def test_a_session_that_does_not_fit_is_refused(change, tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    record = figure_record(Session(image=str(tmp_path / "a.png")))
    record = record.model_copy(update={"session": {**record.session, **change}})
    with pytest.raises(FigureError) as refused:
        reopened(record, tmp_path / "figure.png")
    assert "figure.png" in refused.value.what and refused.value.why and refused.value.next_step


def test_labs_of_another_version():
    session = Session(lab=LabState(name="time_machine", values=(("iteration", 3),)))
    record = figure_record(session)
    record.session["lab"] = {"name": "time_machine", "values": [["speed", 3]]}
    found = reopened(record, HERE)
    assert found.session.lab == LabState(name="time_machine") and "reset" in found.notes[0]
    record.session["lab"] = {"name": "no_such_lab", "values": []}
    found = reopened(record, HERE)
    assert found.session.lab == LabState() and "no_such_lab" in found.notes[0]


def test_a_session_file_is_json_or_a_figure(full, files, tmp_path):
    figure = write_png(files / "figure.png", PIXELS, record=figure_record(full))
    saved = write_json(tmp_path / "session.json", full.model_dump(mode="json"))
    known = [files / "masks" / "a.png", files / "other.pth"]
    assert open_session_file(figure, known).session == full
    assert open_session_file(saved).session == full


def test_a_session_file_that_is_none_says_why(tmp_path):
    plain = write_png(tmp_path / "plain.png", PIXELS)
    with pytest.raises(SettingsError) as refused:
        open_session_file(plain)
    assert "without a record" in refused.value.why and "figure" in refused.value.next_step
    (tmp_path / "bad.json").write_text(json.dumps({"opacity": 1}))
    for name in ("bad.json", "absent.json", "absent.png"):
        with pytest.raises(SettingsError):
            open_session_file(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"crf": {"num_iterations": ' + b"9" * 10_000 + b"}}", "digits"),
        (b'{"network": [["output_stride", ' + b"9" * 1000 + b"]]}", "64 bits"),
        (b'{"image": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b'{"image": ' + b"[" * 100 + b"]" * 100 + b"}", "deep"),
        (b'{"image": "\\ud800"}', "half a character"),
        (b'{"image": 3}', "image: "),
        (b'{"image": "a"', "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "no session"),
        (b" " * 300_000, "at most 262,144"),
    ],
    ids=range(10),
)
def test_a_session_file_with_what_cannot_be_read_or_shown_says_why(tmp_path, content, why):
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        open_session_file(tmp_path / "bad.json")
    assert why in refused.value.why


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False], ids=["photograph there", "photograph gone"])
def test_the_command_line_reopens_a_figure(files, tmp_path, there):
    session = Session(image=str(files / "a.png"), checkpoint=DEFAULT_CHECKPOINT)
    figure = write_png(tmp_path / "figure.png", PIXELS, record=figure_record(session))
    if there:
        shutil.copy(files / "a.png", tmp_path / "a.png")
    report = tmp_path / "report.json"
    main = Path(__file__).resolve().parents[2] / "main.py"
    words = ["--session", figure, "--screenshot", tmp_path / "shot.png", "--report", report]
    own = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    subprocess.run([sys.executable, main, *words], check=True, timeout=120, env=own)
    wanted = str(tmp_path / "a.png") if there else STAND_IN_IMAGE
    assert json.loads(report.read_text())["picture"] == wanted
    assert (tmp_path / "shot.png").stat().st_size > 10_000
