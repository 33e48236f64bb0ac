"""A lesson that travels: packed, unpacked elsewhere, and refused where it is not what it says."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest

from segviewer.errors import SegviewerError, SettingsError
from segviewer.lessons.packed_lesson import MOST_FILES, unpack_lesson
from segviewer.lessons.packing import pack_lesson
from segviewer.lessons.reading import (
    find_lessons,
    lesson_paths,
    read_lesson,
    session_for,
    shipped_folder,
)

LESSON = """\
title = "Mine"
sentence = "It travels."
[session]
image = "pictures of me/street.png"
[[steps]]
title = "One"
narration = "Look, “here”."
observations = ["outline > 0"]
[[steps]]
title = "Two"
narration = "And here."
observations = ["outline > 0"]
[steps.session]
image = "../other/street.png"
checkpoint = "weights.safetensors"
crf = { enabled = true, num_iterations = 3 }
[steps.question]
text = "Which?"
choices = ["a", "b"]
answer = "b"
"""


@pytest.fixture
def lesson(tmp_path) -> Path:
    folder = tmp_path / "here"
    for name, content in (
        ("pictures of me/street.png", b"first"),
        ("../other/street.png", b"second"),
        ("weights.safetensors", b"weights"),
        ("weights.json", b"{}"),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path = folder / "mine.toml"
    path.write_text(LESSON, encoding="utf-8")
    return path


def test_a_lesson_travels_with_its_pictures(lesson, tmp_path):
    packed = pack_lesson(lesson, tmp_path / "mine", weights=True)
    assert packed.name == "mine.seglesson"
    there = tmp_path / "elsewhere"
    unpacked = unpack_lesson(packed, there)
    assert unpack_lesson(packed, there) == unpacked  # once
    file = read_lesson(unpacked)
    before, after = read_lesson(lesson).lesson, file.lesson
    assert [step.narration for step in after.steps] == [step.narration for step in before.steps]
    assert after.steps[1].question == before.steps[1].question
    assert after.steps[1].session.crf == before.steps[1].session.crf
    contents = []
    for step in after.steps:
        session, said = session_for(step, file.path)
        assert not Path(step.session.image).is_absolute()
        contents.append(Path(session.image).read_bytes())
        assert not said
    assert contents == [b"first", b"second"]
    assert Path(session.checkpoint).read_bytes() == b"weights"
    assert Path(session.checkpoint).with_suffix(".json").read_bytes() == b"{}"
    found, problems = find_lessons((there,))
    assert [one.path for one in found] == [unpacked] and not problems


def test_weights_that_stay_are_found_by_their_hash(lesson, tmp_path, monkeypatch):
    packed = pack_lesson(lesson, tmp_path / "mine")
    with zipfile.ZipFile(packed) as archive:
        assert not any("safetensors" in name for name in archive.namelist())
    monkeypatch.setenv("SEGVIEWER_DATA", str(tmp_path / "data"))
    file = read_lesson(unpack_lesson(packed, tmp_path / "without"))
    assert session_for(file.lesson.steps[1], file.path)[1]  # a stand-in, and that is said
    own = tmp_path / "data" / "checkpoints" / "under another name.safetensors"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"weights")
    file = read_lesson(unpack_lesson(packed, tmp_path / "with"))
    session, said = session_for(file.lesson.steps[1], file.path)
    assert not said and Path(session.checkpoint).read_bytes() == b"weights"


def test_what_ships_is_packed_too(tmp_path):
    for path in lesson_paths(shipped_folder()):
        unpacked = unpack_lesson(pack_lesson(path, tmp_path / path.stem), tmp_path / "own")
        assert read_lesson(unpacked).lesson == read_lesson(path).lesson


def test_a_picture_that_is_missing_is_named(lesson, tmp_path):
    (lesson.parent / "pictures of me/street.png").unlink()
    with pytest.raises(SettingsError, match="street.png"):
        pack_lesson(lesson, tmp_path / "mine")
    assert not list(tmp_path.glob("*.seglesson"))


def made(path: Path, files: dict[str, bytes], listed=None, mode=0, lesson=True) -> Path:
    """A package by hand, with a list of its files that agrees with them."""
    content = {"lesson.toml": LESSON.encode()} if lesson else {}
    content |= files
    said = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in content.items()
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, data)
        archive.writestr("manifest.json", json.dumps({"files": said} if listed is None else listed))
    return path


HOSTILE_NAMES = [
    "../outside.png",
    "pictures/../../outside.png",
    "/outside.png",
    "C:/outside.png",
    "pictures\\..\\outside.png",
    "pictures/a/b.png",
    "pictures/.",
    "pictures/..",
    "pictures/con.png",
    "pictures/x. ",
    "pictures/",
    "program.py",
    "pictures/" + "x" * 300,
    "pictures/a\nb.png",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_file_leaves_its_folder(tmp_path, name):
    packed = made(tmp_path / "bad.seglesson", {name: b"x"})
    before = {p for p in tmp_path.rglob("*")}
    with pytest.raises(SettingsError):
        unpack_lesson(packed, tmp_path / "own")
    assert {p for p in tmp_path.rglob("*")} == before


def bad_files(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path
    good = pack_lesson(write(path), path / "good")
    data = bytearray(good.read_bytes())
    flipped = data.copy()
    flipped[data.index(b"first") + 1] ^= 1
    hashes = {"lesson.toml": {"size": len(LESSON.encode()), "sha256": "0" * 64}}
    found = {
        "text": b"no zip at all",
        "empty": b"",
        "cut": bytes(data[: len(data) // 2]),
        "flipped": bytes(flipped),
        "end only": b"PK\x05\x06" + b"\0" * 18,
        "many": b"PK\x05\x06" + b"\0" * 6 + b"\xff\xff" * 2 + b"\0" * 8,
    }
    paths = {}
    for name, content in found.items():
        paths[name] = path / f"{name}.seglesson"
        paths[name].write_bytes(content)
    many = {f"pictures/{i}.png": b"" for i in range(MOST_FILES + 1)}
    paths["too many"] = made(path / "too many.seglesson", many)
    paths["a link"] = made(
        path / "link.seglesson", {"pictures/a.png": b"/etc/hostname"}, mode=stat.S_IFLNK | 0o777
    )
    paths["no lesson"] = made(path / "none.seglesson", {"pictures/a.png": b""}, lesson=False)
    paths["wrong hash"] = made(path / "hash.seglesson", {}, {"files": hashes})
    paths["unlisted"] = made(
        path / "unlisted.seglesson", {"pictures/a.png": b"x"}, {"files": hashes}
    )
    paths["list is none"] = made(path / "list.seglesson", {}, [1, 2])
    paths["same names"] = made(
        path / "same.seglesson", {"pictures/A.png": b"", "pictures/a.png": b""}
    )
    paths["bad lesson"] = made(path / "lesson.seglesson", {"lesson.toml": b"title = 1"})
    paths["no text"] = made(path / "bytes.seglesson", {"lesson.toml": b"\xff\xfe"})
    return paths


def write(tmp_path: Path) -> Path:
    (tmp_path / "street.png").write_bytes(b"first")
    path = tmp_path / "own.toml"
    text = LESSON.replace("pictures of me/street.png", "street.png")
    text = text.replace("../other/street.png", "street.png")
    path.write_text(text.replace('checkpoint = "weights.safetensors"\n', ""), encoding="utf-8")
    return path


def test_bad_files_are_refused_and_leave_nothing(tmp_path):
    own = tmp_path / "own"
    for name, path in bad_files(tmp_path).items():
        with pytest.raises(SegviewerError) as refused:
            unpack_lesson(path, own)
        assert refused.value.why, name
        assert not own.exists() or not list(own.iterdir()), name


def test_the_network_pinned_as_a_and_the_target_mask_travel_too(lesson, tmp_path):
    (lesson.parent / "mask.png").write_bytes(b"mask")
    (lesson.parent / "a.safetensors").write_bytes(b"weights of A")
    compared = 'target = "mask.png"\nreference = { checkpoint = "a.safetensors" }\ncrf ='
    lesson.write_text(LESSON.replace("crf =", compared), encoding="utf-8")
    packed = pack_lesson(lesson, tmp_path / "mine", weights=True)
    unpacked = unpack_lesson(packed, tmp_path / "elsewhere")
    session, said = session_for(read_lesson(unpacked).lesson.steps[1], unpacked)
    assert not said and session.reference is not None
    assert Path(session.target).read_bytes() == b"mask"
    assert Path(session.reference.checkpoint).read_bytes() == b"weights of A"
    assert all("elsewhere" in one for one in (session.target, session.reference.checkpoint))
