"""`segviewer benchmark all`: the table, and the comparison with an earlier one."""

import json
from pathlib import Path

import pytest

from segviewer.cli.benchmarks import program
from segviewer.cli.benchmarks.table import Measure, as_text, report_of
from segviewer.cli.command_line import main

MACHINE = {"processor": "P", "cores": 2, "load": 0.1}


@pytest.fixture
def measured(monkeypatch):
    """Every part of the program, without running it: seconds 2, and 1 in the reference."""
    for name in ("starts", "network", "evaluation", "crf", "fields", "linked_lab"):
        row = program.measure(name, None, [2.0, 4.0, 3.0], "s", ("another", 1.0))
        monkeypatch.setattr(program, name, lambda rounds, row=row: [row])
    monkeypatch.setattr(
        program, "photographs", lambda size, rounds, path: [Measure("opened", size, 2, "s", rounds)]
    )
    monkeypatch.setattr(program, "photograph", lambda size, folder: folder)
    monkeypatch.setattr(program, "previews", lambda size, rounds, path: [])
    monkeypatch.setattr(program, "window", lambda size, path: [])
    monkeypatch.setattr(program, "canvas", lambda size: [Measure("pan", size, 2, "ms", 2)])
    monkeypatch.setattr(program, "machine", lambda: MACHINE)


def test_a_row_is_the_best_round_and_its_ratio_to_the_best_of_the_reference():
    row = program.measure("n", 0.2, [2.0, 4.0, 3.0], "s", ("another", 0.5))
    assert row == Measure("n", 0.2, 2.0, "s", 3.0, "another", 4.0)
    assert program.measure("n", 0.2, [2.0], "s").ratio is None


def test_jobs_take_turns_after_one_round_of_warming_up():
    ran = []
    jobs = (lambda: ran.append("a"), lambda: ran.append("b"))
    times = program.in_turns(jobs, 2)
    assert ran == ["a", "b"] * 3 and [len(one) for one in times] == [2, 2]


def test_quick_measures_two_sizes(measured, capsys):
    assert main(["benchmark", "all", "--quick", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rounds"] == 2
    sizes = [row["megapixels"] for row in report["rows"] if row["name"] == "opened"]
    assert sizes == list(program.QUICK_SIZES)


def test_a_huge_photograph_is_measured_once_and_not_drawn_over(measured, capsys):
    assert main(["benchmark", "all", "--sizes", "12", "100", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["median"] for row in rows if row["name"] == "opened"] == [5, 1]
    assert [row["megapixels"] for row in rows if row["name"] == "pan"] == [12]


def test_a_preview_is_read_where_there_is_one(tmp_path):
    small = program.photograph(0.2, tmp_path)
    assert program.previews(0.2, 1, small) == []
    large = program.photograph(12.0, tmp_path)
    (row,) = program.previews(12.0, 1, large)
    assert row.reference == "the whole" and 0 < row.ratio < 1


@pytest.mark.parametrize("installed", [False, True])
def test_starts_are_compared_with_napari_where_it_is_installed(monkeypatch, installed):
    monkeypatch.setattr(
        program.importlib.util, "find_spec", lambda name: object() if installed else None
    )
    report = {
        "first_paint_s": 0.5,
        "first_label_map_s": 2.0,
        "longest_event_loop_gap_ms": 20,
        "peak_memory_mb": 600,
    }
    seconds = {"bare": "0.4", "napari": "4.0"}
    monkeypatch.setattr(program, "_child", lambda what, argument: seconds[what])
    monkeypatch.setattr(
        program, "_output", lambda *said: Path(said[-1]).write_text(json.dumps(report))
    )
    rows = {row.name: row for row in program.starts(2)}
    assert rows["first paint"].ratio == pytest.approx(1.25)
    assert ("napari's first paint" in rows) == installed
    if installed:
        assert rows["napari's first paint"].ratio == pytest.approx(8.0)


@pytest.mark.slow
def test_evaluate_is_compared_with_the_bare_network_and_the_linked_lab_is_timed():
    (row,) = program.evaluation(1)
    assert row.reference == "the bare network" and row.value > 0 and 0.5 < row.ratio < 20
    (row,) = program.linked_lab(1)
    assert row.unit == "s" and row.value > 0


def test_an_earlier_run_stands_beside(measured, capsys, tmp_path):
    rows = [Measure("opened", 1.0, 4.0, "s", 4.0), Measure("gone", None, 1.0, "s", 1.0)]
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(report_of(MACHINE, 1, rows)))
    command = ["benchmark", "all", "--sizes", "1", "--against", str(earlier)]
    assert main([*command, "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert (found["opened"]["earlier"], found["opened"]["by_earlier"]) == (4.0, 0.5)
    assert found["pan"]["earlier"] is None and "gone" not in found
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("opened")]
    assert line.split()[-2:] == ["4.00", "0.50"]


@pytest.mark.parametrize("text", ["{}", "[1]", "no JSON", '{"kind": "other", "rows": []}'])
def test_another_file_is_refused_before_anything_runs(capsys, tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    assert main(["benchmark", "all", "--against", str(path)]) != 0
    assert "is no earlier benchmark" in capsys.readouterr().err


def test_the_text_says_what_a_ratio_is_to():
    row = program.measure("network", 0.17, [0.1], "s", ("layer by layer", 0.2))
    text = as_text(report_of(MACHINE, 1, [row]))
    assert "0.50 × layer by layer" in text and "load 0.10" in text
