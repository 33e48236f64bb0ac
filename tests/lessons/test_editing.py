"""A lesson is edited as text: what nobody touched keeps every letter, what was changed says so."""

from __future__ import annotations

import tomllib

import pytest

from segviewer.errors import ExportError, SettingsError
from segviewer.lessons import editing
from segviewer.lessons.editing import (
    is_shipped,
    save_copy,
    save_lesson,
    state_of,
    taken_apart,
    text_of,
)
from segviewer.lessons.packed_lesson import unpack_lesson
from segviewer.lessons.packing import pack_lesson
from segviewer.lessons.reading import (
    find_lessons,
    lesson_paths,
    read_lesson,
    session_for,
    shipped_folder,
)
from segviewer.session import LabState, Session

LESSON = """\
# mine, do not touch
title = "Mine"   # said on the menu
sentence = "It is edited."
[session]
image = "street.png"

[[steps]]
# the first
title = "One"
narration = \"\"\"
Two lines
[[steps]] of one text.\"\"\"
observations = ["outline > 0"]  # always so

[[steps]]
title = "Two"
narration = "And here."
observations = ["outline > 0", 'share("road") > 0']
[steps.session]
crf = { enabled = true }
[steps.question]
text = "Which?"
choices = ["a", "b"]
answer = "b"

[[steps]]
title = "Three"
narration = "End."
observations = ["regions > 0"]
"""


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "street.png").write_bytes(b"a picture")
    (folder / "mine.toml").write_text(LESSON, encoding="utf-8")
    return folder / "mine.toml"


def titles(text):
    return [text.table(number)["title"] for number in range(len(text.steps))]


@pytest.mark.parametrize("path", lesson_paths(shipped_folder()), ids=lambda p: p.stem)
def test_every_shipped_lesson_comes_apart_and_together_again(path):
    text = path.read_text(encoding="utf-8")
    pieces = taken_apart(text)
    assert tomllib.loads(pieces.whole()) == tomllib.loads(text)
    assert pieces.whole().split() == text.split()  # every word of it, comments too


@pytest.mark.parametrize(
    "text",
    [
        LESSON,  # a text within a step that looks like one
        'title = "T"\nsentence = "S"\nsteps = [{title="A", narration="B", observations=["C"]}]\n',
        LESSON + "[session.crf]\nenabled = true\n",
    ],
)
def test_however_it_is_written_it_says_the_same(text):
    text = text.replace('[session]\nimage = "street.png"\n', "") if "crf]" in text else text
    pieces = taken_apart(text)
    assert tomllib.loads(pieces.whole()) == tomllib.loads(text)
    assert pieces.moved(0, 1).moved(min(1, len(pieces.steps) - 1), -1) == pieces


def test_steps_are_moved_copied_and_taken_out_with_their_comments():
    text = taken_apart(LESSON)
    moved = text.moved(0, 2)
    assert titles(moved) == ["Two", "Three", "One"]
    assert "# the first" in moved.steps[2] and "# always so" in moved.steps[2]
    assert moved.moved(2, -2).whole() == text.whole()
    assert titles(text.moved(0, -1)) == titles(text.moved(2, 5)) == titles(text)
    assert titles(text.duplicated(1)) == ["One", "Two", "Two", "Three"]
    assert titles(text.without(1)) == ["One", "Three"]
    assert tomllib.loads(text.duplicated(1).whole())["steps"][2]["question"]["answer"] == "b"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "Another “name”"),
        ("narration", "One line."),
        ("narration", 'Two\nlines, \\ and """quotes""".'),
        ("speaker_notes", "New."),
        ("observations", ["regions > 1", "outline > 0"]),
        ("controls", ["crf"]),
        ("equation", ""),
    ],
)
def test_a_changed_field_changes_its_lines_alone(name, value):
    text = taken_apart(LESSON)
    for number in range(3):
        after = text.with_field(number, name, value)
        wanted = {**text.table(number), name: value}
        assert after.table(number) == {k: v for k, v in wanted.items() if v != ""}
        others = [i for i in range(3) if i != number]
        assert all(after.steps[i] == text.steps[i] for i in others)
        assert after.head == text.head
    assert "# the first" in text.with_field(0, "title", "X").steps[0]
    assert "# always so" in text.with_field(0, "narration", "X").steps[0]


def test_a_question_is_changed_and_taken_out():
    text = taken_apart(LESSON)
    asked = {"text": "What?", "choices": ["c", "d"], "answer": "c"}
    assert text.with_field(1, "question", asked).table(1)["question"] == asked
    assert "question" not in text.with_field(1, "question", None).table(1)
    assert text.with_field(1, "question", None).table(1)["session"] == {"crf": {"enabled": True}}
    assert text.with_field(0, "question", asked).table(0)["question"] == asked


def test_the_lessons_own_words_are_changed_beside_their_comments():
    text = taken_apart(LESSON).with_word("sentence", "Other.")
    assert text.about()["sentence"] == "Other." and "# mine, do not touch" in text.head
    assert "# said on the menu" in text.head


def test_a_state_is_put_in_and_is_that_state(path):
    text = taken_apart(LESSON)
    state = Session(
        image="sample:palace",
        checkpoint="bundled:fcn_efficientnet_lite0_camvid",
        lab=LabState(name="valid_weights", values=(("rate", 18),)),
    )
    words = {"title": "New", "narration": "N.", "observations": ["outline > 0"]}
    put_in = text.with_state(1, state, words, path)
    assert titles(put_in) == ["One", "New", "Two", "Three"]
    assert state_of(put_in, 1, path) == state
    assert state_of(put_in, 2, path).image == str(path.parent / "street.png")
    replaced = text.with_session(1, state, path)
    assert state_of(replaced, 1, path) == state
    assert replaced.table(1)["question"] == text.table(1)["question"]


def test_it_is_saved_whole_or_not_at_all(path, monkeypatch):
    was = text_of(path)
    text = taken_apart(was)
    assert save_lesson(text.without(0), path, was=was) == path
    assert [step.title for step in read_lesson(path).lesson.steps] == ["Two", "Three"]

    def full(path, data):
        raise ExportError("mine.toml was not written.", "The disk is full.", "Make room.")

    monkeypatch.setattr(editing, "write_atomically", full)
    with pytest.raises(ExportError, match="was not written"):
        save_lesson(text, path)
    assert [step.title for step in read_lesson(path).lesson.steps] == ["Two", "Three"]
    assert list(path.parent.glob("*.part")) == []


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("title", "", "steps.2.title"),
        ("observations", ["outline >"], "steps.2.observations"),
        ("question", {"text": "?", "choices": ["a", "b"], "answer": "c"}, "steps.2.question"),
    ],
)
def test_what_is_no_step_is_refused_with_line_and_field(path, name, value, field):
    text = taken_apart(LESSON).with_field(1, name, value)
    with pytest.raises(SettingsError) as refused:
        save_lesson(text, path)
    assert field in refused.value.why and "line " in str(refused.value)
    assert path.read_text(encoding="utf-8") == LESSON
    with pytest.raises(SettingsError, match="steps"):
        save_lesson(taken_apart(LESSON).without(0).without(0).without(0), path)


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(path):
    was = text_of(path)
    for other in (LESSON + "# more\n", "no TOML at all ["):
        path.write_text(other, encoding="utf-8")
        with pytest.raises(SettingsError, match="is not changed"):
            save_lesson(taken_apart(was), path, was=was)
        assert path.read_text(encoding="utf-8") == other
    path.unlink()  # but one that is gone is written again
    assert save_lesson(taken_apart(was), path, was=was).is_file()


def test_a_lesson_that_ships_becomes_ones_own(tmp_path):
    path = shipped_folder() / "02_atrous.toml"
    text = taken_apart(text_of(path)).with_field(0, "title", "Mine")
    assert is_shipped(path)
    with pytest.raises(SettingsError, match="ships|is not changed"):
        save_lesson(text, path)
    copy = save_copy(text, path, tmp_path / "own")
    assert copy.parent == tmp_path / "own" and read_lesson(copy).lesson.steps[0].title == "Mine"
    assert not is_shipped(copy)


def test_a_copy_still_finds_what_lies_beside_the_first(path, tmp_path):
    text = taken_apart(text_of(path))
    copy = save_copy(text, path, tmp_path / "own")
    for number, step in enumerate(read_lesson(copy).lesson.steps):
        assert session_for(step, copy) == session_for(read_lesson(path).lesson.steps[number], path)


def test_a_package_is_written_anew_and_unpacks_to_one_folder(path, tmp_path):
    package = pack_lesson(path, tmp_path / "mine.seglesson")
    own = tmp_path / "own"
    inside = unpack_lesson(package, own)
    was = text_of(inside)
    text = taken_apart(was).with_field(0, "title", "Changed")
    saved = save_lesson(text, inside, was=was, package=package)
    assert unpack_lesson(package, own) == saved
    ((file,), problems) = find_lessons((own,))
    assert not problems and file.path == saved and file.lesson.steps[0].title == "Changed"
    assert session_for(file.lesson.steps[0], saved)[1] == ()
    other = unpack_lesson(package, tmp_path / "another machine")
    assert read_lesson(other).lesson.steps[0].title == "Changed"
    # Once more, from where it is now.
    again = save_lesson(text.without(2), saved, was=text_of(saved), package=package)
    assert unpack_lesson(package, own) == again and len(read_lesson(again).lesson.steps) == 2
