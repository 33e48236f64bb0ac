"""Runs from several seeds: planned, made one by one, and summed up."""

from __future__ import annotations

import json

import pytest

from segviewer.training.tables import seeded_runs


def test_all_names_of_a_seed_come_before_the_next_seed(tmp_path):
    runs = seeded_runs.planned(("b", "a"), (1, 0), tmp_path / "runs")
    assert [(run.name, run.seed) for run in runs] == [("b", 1), ("a", 1), ("b", 0), ("a", 0)]
    assert (tmp_path / "runs").is_dir() and runs[0].file.name == "b.1.json"


def test_what_was_made_before_a_stop_is_kept_and_not_made_again(tmp_path, capsys):
    runs = seeded_runs.planned(("a", "b"), (0,), tmp_path)
    made = []

    def train(run):
        if run.name == "b" and not made.count("b"):
            made.append("b")
            raise KeyboardInterrupt
        made.append(run.name)
        return {"name": run.name, "miou": 0.5}

    with pytest.raises(KeyboardInterrupt):
        seeded_runs.make(seeded_runs.missing(runs), train)
    assert [run.name for run in seeded_runs.missing(runs)] == ["b"]
    seeded_runs.make(seeded_runs.missing(runs), train)
    assert made == ["a", "b", "b"] and seeded_runs.missing(runs) == []
    assert seeded_runs.found(runs) == [{"name": name, "miou": 0.5} for name in "ab"]
    assert json.loads(capsys.readouterr().out.splitlines()[0]) == {"name": "a", "miou": 0.5}


def test_the_spread_is_the_sample_standard_deviation_and_none_of_one_run():
    runs = [{"miou": 0.1}, {"miou": 0.2}, {"miou": 0.6}]
    found = seeded_runs.mean_and_spread(runs, "miou", 4)
    assert found == {"miou": 0.3, "miou_spread": round(0.07**0.5, 4)}
    assert seeded_runs.mean_and_spread(runs[:1], "miou", 2) == {"miou": 0.1, "miou_spread": ""}
