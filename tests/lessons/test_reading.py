"""Lesson files: what is wrong in one is said with its line, what is missing gets a stand-in."""

import json
import time
from pathlib import Path

import pytest

from segviewer.errors import SettingsError
from segviewer.lessons import reading
from segviewer.lessons.lesson import DEFAULT_IMAGE
from segviewer.lessons.reading import (
    find_lessons,
    lesson_name,
    own_folder,
    parse_lesson,
    read_lesson,
    session_for,
    shipped_folder,
)
from segviewer.lessons.schema import schema_path, schema_text
from segviewer.lessons.toml_text import MOST_BYTES, line_of
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.session import LabState

GOOD = '''\
title = "A lesson"
sentence = "It teaches."

[session]
image = "sample:palace"
network = { output_stride = 8 }
crf = { appearance_weight = 5.0, smoothness_weight = 2.0 }

[[steps]]
title = "One"
narration = """
title = "not a key"
[[steps]]
"""
observations = ["parameters > 0"]

[[steps]]
title = "Two"
narration = "More."
controls = ["crf", "model"]
observations = ["parameters > 0", "outline < 1"]
[steps.session]
checkpoint = "bundled:fcn_efficientnet_lite0_camvid"
crf.enabled = true
crf.appearance_weight = 7.0
lab = { name = "valid_weights", values = { rate = 18, side = 65 } }
[steps.question]
text = "Which?"
choices = ["this", "that"]
answer = "that"
'''


def write(tmp_path: Path, text: str, name: str = "01_mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_a_step_begins_with_what_the_lesson_says_for_all(tmp_path):
    file = read_lesson(write(tmp_path, GOOD))
    assert (file.name, file.own) == ("mine", True)
    one, two = (session_for(step, file.path)[0] for step in file.lesson.steps)
    assert one.image == two.image == "sample:palace"
    assert one.network == (("output_stride", 8),)
    assert two.network == ()  # another network begins as it was trained
    assert (one.crf.enabled, one.crf.appearance_weight) == (False, 5.0)
    assert (two.crf.enabled, two.crf.appearance_weight, two.crf.smoothness_weight) == (True, 7, 2)
    assert one.lab == LabState()
    # What is at its default is not a change of it.
    assert two.lab == LabState(name="valid_weights", values=(("rate", 18),))
    assert file.lesson.steps[1].controls == ("crf", "model")


@pytest.mark.parametrize(
    "old, new, line, field, why",
    [
        ('title = "Two"', 'titel = "Two"', 18, "steps.2.titel", "no such field"),
        ('title = "One"\n', "", 9, "steps.1.title", "is missing"),
        ('sentence = "It teaches."\n', "", None, "sentence", "is missing"),
        (
            "crf.appearance_weight = 7.0",
            "crf.appearance_weight = 70",
            25,
            "steps.2.session.crf.appearance_weight",
            "less than or equal to 50, not 70",
        ),
        (
            "crf.enabled = true",
            'crf.enabled = "perhaps"',
            24,
            "steps.2.session.crf.enabled",
            "valid boolean",
        ),
        ("crf = { app", "crf = { colour = 3, app", 7, "session.crf.colour", "no such field"),
        (
            'controls = ["crf", "model"]',
            'controls = ["crf", "sound"]',
            20,
            "steps.2.controls.2",
            "not 'sound'",
        ),
        ("rate = 18", "rate = 0", 26, "steps.2.session.lab.rate", "greater than or equal to 1"),
        ("rate = 18", "tempo = 18", 26, "steps.2.session.lab.tempo", "no such field"),
        ('"valid_weights"', '"valid_waits"', 26, "steps.2.session.lab", "no lab “valid_waits”"),
        ('answer = "that"', 'answer = "those"', 27, "steps.2.question", "none of the choices"),
        ('["this", "that"]', '["that"]', 29, "steps.2.question.choices", "at least 2"),
        ('"outline < 1"', '"outline"', 21, "steps.2.observations", "compares nothing"),
        ('["parameters > 0", "outline < 1"]', "[]", 21, "steps.2.observations", "at least 1"),
        ('"parameters > 0", ', '"exec(1) > 0", ', 21, "steps.2.observations", "no “exec”"),
        ("network = { output_stride = 8 }", "network = 8", 6, "session.network", "dictionary"),
        ('narration = "More."', 'narration = "More', 19, "", "no TOML"),
        (
            'image = "sample:palace"',
            'architecture = "alexnet"',
            5,
            "session.architecture",
            "no network “alexnet”",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_field(tmp_path, old, new, line, field, why):
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        read_lesson(path)
    said = caught.value
    assert "01_mine.toml" in said.what
    assert (f"line {line} " in said.what) if line else ("line" not in said.what)
    assert said.why.startswith(f"{field}:" if field else "It is")
    assert why in said.why
    assert "schema.json" in said.next_step


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (MOST_BYTES + 1), b"a = " + b"[" * 9999])
def test_a_file_that_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="bad.toml"):
        read_lesson(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        read_lesson(tmp_path / "none.toml")


def test_one_bad_file_does_not_hide_the_others(tmp_path):
    write(tmp_path, GOOD, "02_b.toml")
    write(tmp_path, "title = 3", "01_a.toml")
    write(tmp_path, GOOD, "03_c.toml")
    (tmp_path / "notes.txt").write_text("nothing")
    files, problems = find_lessons((tmp_path, tmp_path / "none"))
    assert [file.name for file in files] == ["b", "c"]
    assert len(problems) == 1
    assert "01_a.toml" in problems[0].what


HUGE = "fit into 64 bits"
DEEP = "deep in each other"


@pytest.mark.parametrize(
    ("written", "line", "field", "why"),
    [
        ("crf.num_iterations = " + "9" * 10_000, 27, "crf.num_iterations", HUGE),
        ("crf.num_iterations = 0x" + "f" * 10_000, 27, "steps.2.session.crf.num_iterations", HUGE),
        (
            "network.output_stride = 0x" + "f" * 99,
            27,
            "steps.2.session.network.output_stride",
            HUGE,
        ),
        ("x" * 300 + " = 1", 22, "steps.2.session", "longer than 200 characters"),
        ("x = " + "[" * 60 + "]" * 60, 27, "steps.2.session.x", DEEP),
        ("x = " + "[" * 3000 + "]" * 3000, 27, "", DEEP),
        (".".join("a" * 20_000) + " = 1", 27, "", "200 parts"),
        ("'a'" + " . 'a'" * 20_000 + " = 1", 27, "", "200 parts"),
        ("x = {" + ".".join("a" * 20_000) + " = 1}", 27, "", "200 parts"),
        ("[" + ".".join("a" * 20_000) + "]", 27, "", "200 parts"),
    ],
    ids=range(10),
)
def test_what_python_itself_cannot_read_or_show_is_refused_at_once(
    tmp_path, written, line, field, why
):
    path = write(tmp_path, GOOD.replace("[steps.question]", f"{written}\n[steps.question]"))
    began = time.perf_counter()
    with pytest.raises(SettingsError) as caught:
        read_lesson(path)
    # Names of 20,000 parts took 11 s and 2.4 GB.
    assert time.perf_counter() - began < 1
    assert f"line {line} " in caught.value.what
    assert caught.value.why.startswith(field) and why in caught.value.why


def test_a_value_of_any_length_does_not_fill_the_reason(tmp_path):
    path = write(
        tmp_path, GOOD.replace("network = { output_stride = 8 }", f'network = "{"x" * 9999}"')
    )
    with pytest.raises(SettingsError) as caught:
        read_lesson(path)
    assert "dictionary" in caught.value.why and len(caught.value.why) < 1100


def test_an_observation_of_forty_kilobytes_is_refused_at_once(tmp_path):
    path = write(tmp_path, GOOD.replace('"outline < 1"', '"' + "a." * 20_000 + 'a > 0"'))
    began = time.perf_counter()
    with pytest.raises(SettingsError):
        read_lesson(path)
    assert time.perf_counter() - began < 1


def test_an_error_that_nobody_expected_does_not_hide_the_other_lessons(tmp_path, monkeypatch):
    def fail_for_one(path):
        if path.name == "01_a.toml":
            raise AttributeError("a fault of the program")
        return read_lesson(path)

    write(tmp_path, GOOD, "01_a.toml")
    write(tmp_path, GOOD, "02_b.toml")
    monkeypatch.setattr(reading, "read_lesson", fail_for_one)
    files, problems = find_lessons((tmp_path,))
    assert [file.name for file in files] == ["b"]
    assert "01_a.toml" in problems[0].what and "AttributeError" in problems[0].why
    assert "fail_for_one" in problems[0].details  # the traceback, for a report


def test_untrained_said_three_thousand_times_has_a_stand_in(tmp_path):
    text = GOOD.replace("bundled:fcn_efficientnet_lite0_camvid", "untrained:" * 3000 + "x")
    file = read_lesson(write(tmp_path, text))
    session, said = session_for(file.lesson.steps[1], file.path)
    assert session.checkpoint == DEFAULT_CHECKPOINT
    assert "stand" in said[0] and len(said[0]) < 400


def test_names_lose_their_number_and_nothing_else():
    assert lesson_name(Path("03_crf.toml")) == "crf"
    assert lesson_name(Path("u_net.toml")) == "u_net"
    assert lesson_name(Path("12_.toml")) == "12_"


def test_lines_are_those_of_keys_outside_texts():
    assert line_of(GOOD, ("title",)) == 1
    assert line_of(GOOD, ("steps", 0, "title")) == 10
    assert line_of(GOOD, ("steps", 1)) == 17
    assert line_of(GOOD, ("steps", 1, "session", "crf", "enabled")) == 24
    assert line_of(GOOD, ("steps", 1, "question", "nothing")) == 27
    assert line_of(GOOD, ("nothing",)) is None


def test_pictures_and_checkpoints_may_lie_beside_the_lesson(tmp_path):
    (tmp_path / "mine.png").write_bytes(b"")
    (tmp_path / "mine.pth").write_bytes(b"")
    text = GOOD.replace("sample:palace", "mine.png").replace(
        "bundled:fcn_efficientnet_lite0_camvid", "untrained:mine.pth"
    )
    file = read_lesson(write(tmp_path, text))
    session, said = session_for(file.lesson.steps[1], file.path)
    assert session.image == str((tmp_path / "mine.png").resolve())
    assert session.checkpoint == "untrained:" + str((tmp_path / "mine.pth").resolve())
    assert said == ()


@pytest.mark.parametrize(
    "image", ["sample:nowhere", "gone.png", "sub", "\0", "~nobody-at-all/x.png"]
)
def test_a_picture_that_is_not_here_has_a_stand_in(tmp_path, image):
    (tmp_path / "sub").mkdir()
    lesson = parse_lesson(GOOD.replace('"sample:palace"', json.dumps(image)), tmp_path)
    session, said = session_for(lesson.steps[0], tmp_path / "x.toml")
    assert session.image == DEFAULT_IMAGE
    assert len(said) == 1
    assert image in said[0] and "stands in" in said[0]


@pytest.mark.parametrize(
    "checkpoint",
    ["bundled:nothing", "gone.pth", "random:alexnet", "random:", "untrained:bundled:nothing"],
)
def test_a_checkpoint_that_is_not_here_has_a_stand_in_as_it_was_trained(tmp_path, checkpoint):
    text = GOOD.replace('image = "sample:palace"', f'checkpoint = "{checkpoint}"')
    session, said = session_for(parse_lesson(text, tmp_path).steps[0], tmp_path / "x.toml")
    assert session.checkpoint == DEFAULT_CHECKPOINT
    assert session.network == ()
    assert len(said) == 1
    assert checkpoint in said[0]


def test_own_lessons_lie_beside_own_presets(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert own_folder().name == "lessons"
    assert own_folder().parent.name == "segviewer"


def test_the_shipped_lessons_can_be_read_and_need_no_stand_in():
    files, problems = find_lessons((shipped_folder(),))
    assert problems == ()
    assert files
    for file in files:
        assert not file.own
        for step in file.lesson.steps:
            assert session_for(step, file.path)[1] == (), (file.name, step.title)


def test_the_shipped_schema_is_the_one_that_the_program_makes():
    stale = "write it anew: python -m segviewer.lessons.schema"
    assert schema_path().read_text("utf-8") == schema_text(), stale


def test_the_schema_says_what_the_settings_say():
    schema = json.loads(schema_text())
    crf = schema["$defs"]["CRFSettings"]
    assert crf["additionalProperties"] is False
    assert crf["properties"]["appearance_weight"]["maximum"] == 50
    assert "description" in crf["properties"]["appearance_weight"]
    assert set(schema["required"]) == {"title", "sentence", "steps"}
    assert schema["$defs"]["Step"]["properties"]["controls"]["items"]["enum"] == [
        "model",
        "crf",
        "overlay",
        "classes",
        "pictures",
    ]
