"""Lessons gone through without a window; the shipped ones hold."""

import json

import pytest

from segviewer.cli import command_line
from segviewer.lessons.checking import Checker
from segviewer.lessons.reading import find_lessons, lesson_paths, read_lesson, shipped_folder

TEXT = """\
title = "A lesson"
sentence = "It teaches."
[[steps]]
title = "The ordinary case"
narration = "Rate 12."
observations = ['lab.caption contains "39.8%"', 'lab.number("shares[9][11]") between 0.39 and 0.4']
session = { image = "", checkpoint = "", lab = { name = "valid_weights" } }
[[steps]]
title = "A large rate"
narration = "Rate 64."
observations = ['lab.caption contains "39.8%"', 'previous.lab.caption contains "39.8%"']
session = { image = "", checkpoint = "", lab = { name = "valid_weights", values = { rate = 64 } } }
[[steps]]
title = "No such stride"
narration = "Stride 3."
observations = ["parameters > 0"]
session = { network = { output_stride = 3 } }
[[steps]]
title = "Not here"
narration = "Gone."
observations = ["outline > 0"]
session = { image = "gone.png" }
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, "utf-8")
    return path


def test_each_step_is_measured_and_one_that_fails_does_not_stop_the_others(file):
    emitted = []
    reports = Checker().check(read_lesson(file), emitted.append)
    assert tuple(emitted) == reports
    assert [report.passed for report in reports] == [True, False, False, False]
    assert [one.holds for one in reports[1].checked] == [False, True]
    assert "93.9%" in reports[1].caption
    (said,) = reports[2].problems
    assert said.startswith("line 17: ") and "output_stride: Input should be 8, 16 or 32" in said
    # A stand-in is no reason to measure nothing, but one to say so.
    assert "stands in" in reports[3].problems[0]
    assert reports[3].checked[0].holds


def test_the_command_says_what_was_found(file, capsys):
    assert command_line.main(["lessons", "--check", str(file)]) == 1
    said = capsys.readouterr().out
    assert "ok   1 The ordinary case" in said
    assert "FAIL 2 A large rate" in said
    assert "✗ lab.caption contains" in said
    assert "✓ previous.lab.caption" in said


def test_the_command_prints_json(file, capsys):
    assert command_line.main(["lessons", str(file), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["title"] == "A lesson"
    assert len(row["steps"]) == 4


def test_the_command_lists_the_lessons(capsys):
    assert command_line.main(["lessons"]) == 0
    said = capsys.readouterr().out
    assert "crf: Boundary recovery" in said


def test_a_lesson_that_there_is_not_is_said(capsys):
    assert command_line.main(["lessons", "juggling"]) == 1
    assert "no lesson called “juggling”" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("path", lesson_paths(shipped_folder()), ids=lambda path: path.stem)
def test_a_shipped_lesson_holds(path):
    reports = Checker().check(read_lesson(path))
    failed = [
        (report.number, report.problems, [one for one in report.checked if not one.holds])
        for report in reports
        if not report.passed
    ]
    assert failed == []


def test_the_shipped_lessons_are_in_the_deck_s_order_and_worth_their_time():
    files, _ = find_lessons((shipped_folder(),))
    for file in files:
        assert 5 <= len(file.lesson.steps) <= 8, file.name
        assert any(step.question for step in file.lesson.steps), file.name
