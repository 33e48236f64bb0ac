"""The lessons on the command line: listed, or gone through and checked."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.lessons.packed_lesson import unpack_lesson
from segviewer.lessons.reading import LessonFile, find_lessons, read_lesson
from segviewer.references import LESSON_SUFFIX

FILES = (".toml", LESSON_SUFFIX)


def run(
    names: list[str], *, check: bool, as_json: bool, printed: tuple[Path | None, str] = (None, "en")
) -> int:
    """List or check lessons; returns the exit code, 1 if one cannot be used or does not hold.

    Parameters
    ----------
    names : list of str
        Names or files; empty means all.
    printed : (Path or None, str)
        Where one lesson is to be written as PDF, if at all, and in which language.

    Raises
    ------
    SettingsError
        For a name that is no lesson's, or a file named here that cannot be read; for a language
        that there is not.
    """
    files, problems = _chosen(names)
    handout, language = printed
    for problem in problems:
        print(f"segviewer: {problem.what} {problem.why}", file=sys.stderr)
    if handout is not None:
        from segviewer.cli import lesson_handout

        if len(files) != 1:
            raise SettingsError(
                "A handout is of one lesson.",
                f"There are {len(files)} here.",
                "Name the lesson behind --handout FILE.",
            )
        lesson_handout.write(files[0], handout, language)
        return 0
    if check:
        rows, passed = _checked(files, as_json)
    else:
        rows, passed = [_row(file) for file in files], True
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not check:
        _print_list(files)
    return 0 if passed and not problems else 1


def _chosen(names: list[str]) -> tuple[list[LessonFile], list[SettingsError]]:
    if names and all(name.endswith(FILES) for name in names):
        read = [_read(name) for name in names]
        return read, [problem for file in read for problem in file.problems]
    files, problems = find_lessons()
    if not names:
        return list(files), list(problems)
    chosen = []
    for name in names:
        if name.endswith(FILES):
            chosen.append(_read(name))
            continue
        found = [file for file in files if name in (file.name, file.path.stem)]
        if not found:
            raise SettingsError(
                f"There is no lesson called “{name}”.",
                f"There are {', '.join(file.name for file in files) or 'none'}.",
                "Choose one of these, or name a .toml or .seglesson file.",
            )
        chosen += found
    # A file that nobody asked for may be as it is.
    return chosen, [p for p in problems if any(name in p.details for name in names)]


def _read(name: str) -> LessonFile:
    path = Path(name)
    return read_lesson(unpack_lesson(path) if name.endswith(LESSON_SUFFIX) else path)


def _row(file: LessonFile) -> dict[str, Any]:
    lesson = file.lesson
    return {
        "name": file.name,
        "title": lesson.title,
        "sentence": lesson.sentence,
        "source": lesson.source,
        "own": file.own,
        "steps": [step.title for step in lesson.steps],
    }


def _print_list(files: list[LessonFile]) -> None:
    for file in files:
        own = " (your own)" if file.own else ""
        print(f"{file.name}{own}: {file.lesson.title} · {len(file.lesson.steps)} steps")
        print(f"  {file.lesson.sentence}")


def _checked(files: list[LessonFile], as_json: bool) -> tuple[list[dict[str, Any]], bool]:
    from segviewer.lessons.checking import Checker, StepReport

    checker, rows, passed = Checker(), [], True

    def report_step(report: StepReport) -> None:
        if as_json:
            return
        print(f"  {'ok  ' if report.passed else 'FAIL'} {report.number} {report.title}", end="")
        print(f" ({report.seconds:.1f} s)")
        for problem in report.problems:
            print(f"       {problem}")
        for one in report.checked:
            print(f"       {'✓' if one.holds else '✗'} {one.statement} → {one.found}")

    for file in files:
        if not as_json:
            print(f"{file.name}: {file.lesson.title}")
        reports = checker.check(file, report_step)
        passed = passed and all(report.passed for report in reports)
        steps = [{**asdict(report), "passed": report.passed} for report in reports]
        # What is still in English is no fault of the lesson, which holds all the same.
        texts = {one.code: list(one.faults(file.lesson)) for one in file.translations}
        rows.append({**_row(file), "steps": steps, "translations": texts})
        if not as_json:
            _print_translations(texts)
    return rows, passed


def _print_translations(texts: dict[str, list[str]]) -> None:
    for code, faults in texts.items():
        print(f"  {code}: {len(faults)} in English" if faults else f"  {code}: in full")
        for fault in faults:
            print(f"       {fault}")
