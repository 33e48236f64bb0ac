"""A lesson's texts in another language: shown where they fit, and never in the lesson's way."""

import json
import os

import pytest

from segviewer.cli import command_line
from segviewer.errors import SettingsError
from segviewer.lessons.editing import save_copy, taken_apart
from segviewer.lessons.packed_lesson import unpack_lesson
from segviewer.lessons.packing import pack_lesson
from segviewer.lessons.reading import find_lessons, lesson_paths, read_lesson, shipped_folder
from segviewer.lessons.toml_text import MOST_BYTES
from segviewer.lessons.translation import lesson_wording, original_of, step_wording

LESSON = """\
title = "A lesson"
sentence = "It teaches."
[session]
image = "sample:palace"
[[steps]]
title = "One"
narration = "Look here."
speaker_notes = "Wait."
paper = "A paper"
observations = ["parameters > 0"]
session = { network = { output_stride = 8 } }
[steps.question]
text = "Which?"
choices = ["this", "that"]
answer = "that"
reveal = "Because."
[[steps]]
title = "Two"
narration = "And there."
observations = ["parameters > 0"]
"""

GERMAN = """\
wording = "{lesson}"
title = "Eine Lektion"
sentence = "Sie lehrt."
[[steps]]
of = "Two"
wording = "{two}"
title = "Zwei"
narration = "Und dort."
[[steps]]
of = "One"
wording = "{one}"
title = "Eins"
narration = "Hierher sehen."
speaker_notes = "Warten."
[steps.question]
text = "Welches?"
choices = ["dieses", "jenes"]
reveal = "Darum."
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "01_mine.toml"
    path.write_text(LESSON, "utf-8")
    lesson = read_lesson(path).lesson
    one, two = map(step_wording, lesson.steps)
    text = GERMAN.format(lesson=lesson_wording(lesson), one=one, two=two)
    (tmp_path / "01_mine.de.toml").write_text(text, "utf-8")
    return path


def change(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def beside(path, code="de"):
    return path.with_name(f"{path.stem}.{code}.toml")


def test_texts_are_the_translation_s_and_settings_the_lesson_s(path):
    file = read_lesson(path)
    shown, english = file.in_language("de"), file.lesson
    assert (shown.title, shown.sentence) == ("Eine Lektion", "Sie lehrt.")
    # By their titles, whatever the order in the file.
    assert [step.title for step in shown.steps] == ["Eins", "Zwei"]
    first = shown.steps[0]
    assert (first.narration, first.speaker_notes) == ("Hierher sehen.", "Warten.")
    assert first.paper == "A paper", "what is left out is the lesson's own"
    assert first.question.choices == ("dieses", "jenes")
    assert first.question.answer == "jenes", "by its place"
    assert [step.session for step in shown.steps] == [step.session for step in english.steps]
    assert [s.observations for s in shown.steps] == [s.observations for s in english.steps]
    assert file.in_language("en") == english == file.in_language("zh_CN")
    assert file.translations[0].faults(english) == ()


def test_a_step_that_says_something_else_by_now_is_shown_in_english(path):
    change(path, "Look here.", "Look there.")
    file = read_lesson(path)
    shown = file.in_language("de")
    assert shown.steps[0] == file.lesson.steps[0]
    assert shown.steps[1].title == "Zwei" and shown.title == "Eine Lektion"
    (fault,) = file.translations[0].faults(file.lesson)
    now = step_wording(file.lesson.steps[0])
    assert fault == (
        f'Step 1 was translated from another wording; once its texts fit: wording = "{now}".'
    )
    change(beside(path), 'title = "Eins"', f'title = "Eins"\nwording = "{now}"')
    assert "line" in read_lesson(path).problems[0].what, "twice in one table is no TOML"


def test_lines_that_are_only_wrapped_anew_are_the_same_wording(path):
    change(path, '"Look here."', '"""\nLook\nhere.\n"""')
    file = read_lesson(path)
    assert file.in_language("de").steps[0].title == "Eins"


def test_an_answer_that_changed_its_place_is_another_wording(path):
    change(path, 'answer = "that"', 'answer = "this"')
    file = read_lesson(path)
    assert file.in_language("de").steps[0].question.text == "Which?"


def test_steps_that_were_moved_keep_their_texts(path):
    text = path.read_text("utf-8")
    head, one, two = text.split("[[steps]]")
    path.write_text("[[steps]]".join([head, two, one]), "utf-8")
    assert [step.title for step in read_lesson(path).in_language("de").steps] == ["Zwei", "Eins"]


def test_two_steps_with_one_title_are_told_apart_by_their_wording(path):
    change(path, 'title = "Two"', 'title = "One"')
    change(beside(path), 'of = "Two"', 'of = "One"')
    file = read_lesson(path)
    change(beside(path), file.translations[0].texts.steps[0].wording, _wording(file, 1))
    assert [step.title for step in read_lesson(path).in_language("de").steps] == ["Eins", "Zwei"]


def _wording(file, number):
    return step_wording(file.lesson.steps[number])


def test_what_is_missing_is_said_and_stays_english(path):
    change(beside(path), 'speaker_notes = "Warten."\n', 'narrationn = ""\n')
    assert "narrationn" in read_lesson(path).problems[0].why
    change(beside(path), 'narrationn = ""\n', "")
    change(beside(path), 'title = "Zwei"\nnarration = "Und dort."', 'title = " "')
    change(beside(path), '"dieses", "jenes"', '"dieses"')
    change(beside(path), 'sentence = "Sie lehrt."\n', "")
    file = read_lesson(path)
    assert file.translations[0].faults(file.lesson) == (
        "The lesson lacks sentence.",
        "Step 1 lacks speaker_notes.",
        "Step 1 has 1 choices in its question, and the lesson 2.",
        "Step 2 lacks title, narration.",
    )
    shown = file.in_language("de")
    assert shown.steps[0].speaker_notes == "Wait." and shown.steps[1].title == "Two"
    assert shown.steps[0].question == file.lesson.steps[0].question
    assert shown.sentence == "It teaches."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"dieses", "jenes"', '"jenes", "jenes"', "Step 1 has a choice twice in its question"),
        ('"dieses", "jenes"', '" ", "jenes"', "Step 1 has a choice twice in its question"),
        ('text = "Welches?"', 'text = ""', "Step 1 lacks question.text."),
        ('reveal = "Darum."', "", "Step 1 lacks question.reveal."),
        ('of = "Two"', 'of = "Three"', 'Step 2 has none: of = "Two", wording = '),
        ('of = "Two"', 'of = "Three"', "“Three” is no step's title."),
    ],
)
def test_each_reason_for_english_has_its_sentence(path, before, after, said):
    change(beside(path), before, after)
    file = read_lesson(path)
    assert not file.problems
    assert any(fault.startswith(said) for fault in file.translations[0].faults(file.lesson))
    shown = file.in_language("de")
    english = {file.lesson.steps[0].question.text, file.lesson.steps[1].title}
    assert english & {shown.steps[0].question.text, shown.steps[1].title}


@pytest.mark.parametrize(
    ("content", "where", "why"),
    [
        (b"title = 3", "line 1", "title: Input should be a valid string, not 3."),
        (b'title = "a"\n[[steps]]\nof = 1', "line 3", "steps.1.of: "),
        (b'[[steps]]\ntitle = "a"', "line 1", "steps.1.of: This field is missing."),
        (b'steps = "none"', "line 1", "steps: "),
        (b'title = "a"\n[session]\nimage = "x.png"', "line 2", "session: There is no such field."),
        (b'[[steps]]\nof = "One"\nquestion = []', "line 3", "steps.1.question: "),
        (b"title = " + b"[" * 10_000, "line 1", "Tables and lists lie more than 32 deep"),
        (b"a = " + b"{a=" * 40 + b"1" + b"}" * 40, "line 1", "Tables and lists lie more than 32"),
        (b"title = 1" + b"0" * 5000, "line 1", "title: A whole number is far too large"),
        (b"title = [", "line 1", "It is no TOML"),
        (b"\xff\xfe", "", "It is no UTF-8 text"),
        (b"x" * (MOST_BYTES + 1), "", ""),
        (b"", None, None),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence_and_hides_nothing(path, content, where, why):
    beside(path).write_bytes(content)
    (file,), problems = find_lessons((path.parent,))
    assert file.in_language("de") == file.lesson
    assert problems == file.problems
    if where is None:  # nothing in it is nothing translated
        assert not problems and len(file.translations[0].faults(file.lesson)) == 3
        return
    (problem,) = problems
    assert "01_mine.de.toml" in problem.what and where in problem.what
    assert why in problem.why and len(problem.sentence) < 2000
    assert "01_mine.toml is shown in English" in problem.next_step


def test_what_is_no_file_is_refused_too(path):
    beside(path).unlink()
    os.mkfifo(beside(path))
    beside(path, "fr").mkdir()
    file = read_lesson(path)
    assert len(file.problems) == 2 and file.lesson.title == "A lesson"


def test_markup_in_a_text_stays_text(path):
    change(beside(path), "Hierher sehen.", "<b>Hierher</b> <img src='x.png'>")
    assert read_lesson(path).in_language("de").steps[0].narration.startswith("<b>Hierher")


def test_a_translation_is_no_lesson_of_its_own(path):
    assert lesson_paths(path.parent) == [path]
    with pytest.raises(SettingsError, match="the texts of 01_mine.toml in another language"):
        read_lesson(beside(path))
    path.unlink()
    assert original_of(beside(path)) is None, "nothing that it could belong to"
    alone = path.with_name("net.v2.toml")
    alone.write_text(LESSON, "utf-8")
    path.with_name("net.toml").write_text(LESSON, "utf-8")
    assert read_lesson(alone).name == "net.v2", "v2 is no language"


def test_translations_travel_with_the_lesson(path, tmp_path):
    (tmp_path / "out").mkdir()
    packed = pack_lesson(path, tmp_path / "out" / "mine")
    file = read_lesson(unpack_lesson(packed, tmp_path / "own"))
    assert file.in_language("de").title == "Eine Lektion"
    # What cannot be used is left behind, and the lesson travels all the same.
    beside(path).write_bytes(b"#" * (MOST_BYTES + 1))
    again = pack_lesson(path, tmp_path / "out" / "again")
    assert read_lesson(unpack_lesson(again, tmp_path / "own")).translations == ()


def test_a_copy_among_one_s_own_keeps_its_translations(path, tmp_path):
    copy = save_copy(taken_apart(path.read_text("utf-8")), path, tmp_path / "own")
    assert read_lesson(copy).in_language("de").steps[0].title == "Eins"


def test_the_command_says_what_is_still_in_english(path, capsys):
    change(path, "And there.", "And everywhere.")
    assert command_line.main(["lessons", "--check", "--json", str(path)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    (fault,) = row["translations"]["de"]
    assert fault.startswith("Step 2 was translated from another wording")
    beside(path).write_text("title = 3", "utf-8")
    assert command_line.main(["lessons", str(path)]) == 1
    assert "01_mine.de.toml, line 1" in capsys.readouterr().err


def test_a_handout_in_no_language_is_refused(path, capsys):
    arguments = ["lessons", "--handout", "x.pdf", "--language", "tlh", str(path)]
    assert command_line.main(arguments) == 1
    assert "There is no language “tlh”" in capsys.readouterr().err


def test_shipped_translations_are_of_what_the_lessons_say_now():
    codes = set()
    for path in lesson_paths(shipped_folder()):
        file = read_lesson(path)
        assert file.problems == ()
        for translation in file.translations:
            assert translation.faults(file.lesson) == (), (path.name, translation.code)
            codes.add((file.name, translation.code))
    assert {("atrous", "de"), ("atrous", "zh_CN")} <= codes
