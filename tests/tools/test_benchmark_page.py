"""The guide's table of the whole program says what was measured, and where a goal is missed."""

from __future__ import annotations

import json

import pytest

from segviewer.cli.benchmarks import children
from segviewer.cli.benchmarks.table import Measure, report_of
from segviewer.errors import SettingsError
from segviewer.resource_files import resource_path
from segviewer.tools import benchmark_page
from segviewer.tools.benchmark_page import GOALS, HEADING, main, section, with_section

MACHINE = {"processor": "P", "cores": 2, "load": 0.3}
ROWS = [
    Measure("first paint", None, 0.6, "s", 0.65, "a bare window", 1.5),
    Measure("first labels", None, 2.4, "s", 2.6),
    Measure("memory of both processes", None, 900.0, "MB", 1200.0),
    Measure("field of a clicked unit", 0.17, 0.5, "s", 0.6),
    Measure("opened, to the first labels", 12.0, 0.4, "s", 0.41),
    Measure("opened, to the first labels", 24.0, 1.0, "s", 1.2),
    Measure("canvas, zoom at 3840×2160", 12.0, 10.0, "ms", 12.25),
]


@pytest.fixture
def text():
    return section(report_of(MACHINE, 5, ROWS))


def line(text, start):
    (found,) = [one for one in text.splitlines() if one.startswith(f"| {start}")]
    return found


def lines(text, start):
    return [one for one in text.splitlines() if one.startswith(f"| {start}")]


def test_the_machine_and_the_rounds_are_named(text):
    assert text.startswith(f"{HEADING}\n`segviewer benchmark all` on 2 cores (P, load 0.3)")
    assert "best of 5 rounds" in text


def test_a_goal_is_reached_by_the_median(text):
    assert lines(text, "first paint |")[0] == ("| first paint | 0.70 s | 0.60 (0.65) s | reached |")


def test_what_misses_its_goal_says_by_how_much_and_why(text):
    near = lines(text, "first labels |")[0]
    assert "reached at best, else 1.0 × as much: importing torch" in near
    assert (
        "| 600 MB | 900 (1,200) MB | 2.0 × as much: `import torch`"
        in lines(text, "memory of both processes |")[0]
    )


def test_goals_of_sizes_name_them_and_those_that_were_not_measured_are_left_out(text):
    assert "16.7 ms | 10.0 (12.2) ms | reached |" in line(text, "canvas, zoom at 3840×2160, 12 MP")
    assert not lines(text, "canvas, zoom at 3840×2160, 24 MP")


def test_every_row_is_in_one_of_the_tables(text):
    assert "| first paint | 0.60 (0.65) s | 1.50 × a bare window |" in text
    assert "| field of a clicked unit, 0.17 MP | 0.50 (0.60) s |  |" in text
    assert "| opened, to the first labels, s | 0.40 (0.41) | 1.00 (1.20) |" in text
    assert "| canvas, zoom at 3840×2160, ms | 10.0 (12.2) |  |" in text


def test_the_section_alone_is_replaced(text):
    page = f"# B\n\n## A\na\n\n{HEADING}\nold\n```sh\n## no heading\n```\n\n## Z\nz\n"
    written = with_section(page, text)
    assert written == f"# B\n\n## A\na\n\n{text}\n## Z\nz\n"
    assert with_section(written, text) == written
    assert with_section(f"# B\n{HEADING}\n", text) == f"# B\n{text}"


@pytest.mark.parametrize("page", ["# B\n", f"{HEADING}\n{HEADING}\n"])
def test_a_page_without_the_section_is_left_alone(text, page):
    with pytest.raises(SettingsError):
        with_section(page, text)


def test_it_writes_the_page_it_is_given(tmp_path, capsys, text):
    measured, page = tmp_path / "m.json", tmp_path / "page.md"
    measured.write_text(json.dumps(report_of(MACHINE, 5, ROWS)), "utf-8")
    page.write_text(f"# B\n\n{HEADING}\n", "utf-8")
    assert main([str(measured), "--page", str(page)]) == 0
    assert page.read_text("utf-8") == f"# B\n\n{text}"
    measured.write_text("{}", "utf-8")
    assert main([str(measured), "--page", str(page)]) == 1
    assert "no earlier benchmark" in capsys.readouterr().err
    assert page.read_text("utf-8") == f"# B\n\n{text}"


def test_the_guide_has_the_section_and_goals_are_of_what_is_measured():
    assert resource_path("guide", "benchmarks.md").read_text("utf-8").count(HEADING) == 1
    windows = {
        f"canvas, {gesture} at {name}"
        for name in children.WINDOWS
        for gesture in ("zoom", "pan", "opacity", "swipe")
    }
    named = {goal.name for goal in GOALS if goal.name.startswith("canvas")}
    assert named <= windows and benchmark_page.GOALS
