"""DRN's forms as classifiers of crops: what is equal, what is measured, what is kept."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.training.frames import VOID
from segviewer.training.tables import gridding_pair
from segviewer.training.tables.gridding_pair import FORMS, classifier, grids, main, shares, table


def _found(form: str, seed: int, times: float) -> dict:
    return {"name": form, "seed": seed, "iterations": 9, "loss": 1.0, "minutes": 0.1,
            "times_2": times, "times_4": times / 2}  # fmt: skip


def _frames(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    drawn = torch.Generator().manual_seed(0)
    return [
        (torch.randint(0, 256, (3, 128, 160), dtype=torch.uint8, generator=drawn),
         torch.randint(0, 11, (128, 160), dtype=torch.uint8, generator=drawn))
        for _ in range(count)
    ]  # fmt: skip


def test_what_is_void_has_no_share():
    target = torch.tensor([[0, 0, 3, VOID]])
    expected = torch.zeros(11)
    expected[0], expected[3] = 2 / 3, 1 / 3
    torch.testing.assert_close(shares(target), expected)
    assert not shares(torch.full((2, 2), VOID)).any()


def test_forms_are_those_of_the_paper_and_a_seed_draws_their_weights():
    shortcuts = {form: classifier(form, 0, 1 / 16).config for form in FORMS}
    assert shortcuts["A-18"].variant == "A-18"
    assert shortcuts["B-26"].residual and not shortcuts["C-26"].residual
    # B and C have the same weights, to the number: they differ in the shortcuts alone.
    b, c = (classifier(form, 3, 1 / 16).state_dict() for form in ("B-26", "C-26"))
    assert b.keys() == c.keys() and all(b[key].equal(c[key]) for key in b)
    other = classifier("C-26", 4, 1 / 16).state_dict()
    assert any(not c[key].equal(other[key]) for key in c)


def test_a_map_of_noise_is_no_grid_and_a_checkerboard_is():
    """The measure that the table is of, on maps whose grid is known."""
    network = classifier("A-18", 0, 1 / 16)
    noise = np.random.default_rng(0).normal(size=(4, 48, 64)).astype(np.float32)
    board = noise + 4 * (np.indices((48, 64)).sum(0) % 2).astype(np.float32)
    network.features = lambda image: {"out": torch.from_numpy(shown)[None]}
    shown = noise
    assert grids(network, _frames(1))[2] == pytest.approx(1, abs=0.1)
    shown = board
    assert grids(network, _frames(1))[2] > 10


def test_a_run_learns_is_repeated_by_its_seed_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(gridding_pair, "BATCH", 2)
    monkeypatch.setattr(gridding_pair, "WIDTH", 1 / 16)
    monkeypatch.setattr(gridding_pair, "load_frames", lambda data, splits, void: _frames(2))
    main(["--data", str(tmp_path), "--out", str(tmp_path / "runs"), "--seeds", "0", "1",
          "--forms", "A-18", "C-26", "--iterations", "2",
          "--save", str(tmp_path / "weights")])  # fmt: skip
    kept = {file.name: json.loads(file.read_text()) for file in (tmp_path / "runs").iterdir()}
    assert set(kept) == {f"{form}.{seed}.json" for form in ("A-18", "C-26") for seed in (0, 1)}
    for found in kept.values():
        assert found["loss"] > 0 and found["times_2"] > 0 and found["times_4"] > 0
    assert kept["A-18.0.json"]["loss"] != kept["A-18.1.json"]["loss"]
    opened = open_network(str(tmp_path / "weights" / "C-26.1.safetensors"))
    assert opened.card.weights == "trained" and (opened.card.seed, opened.card.iterations) == (1, 2)
    assert opened.config.task == "classification" and not opened.config.residual
    again = gridding_pair.run("A-18", 0, _frames(2), _frames(2), 2)
    assert {**again, "minutes": 0} == {**kept["A-18.0.json"], "minutes": 0}


def test_mean_and_spread_over_seeds_need_no_data(tmp_path):
    made = [_found("C-26", 0, 0.5), _found("A-18", 0, 1.0), _found("A-18", 1, 3.0)]
    lines = {line["name"]: line for line in table(made)}
    assert list(lines) == ["A-18", "C-26"]
    assert lines["A-18"]["times_2"] == 2 and lines["A-18"]["times_2_spread"] == 1.414
    assert lines["C-26"]["runs"] == 1 and lines["C-26"]["times_2_spread"] == ""
    for found in made:
        file = tmp_path / f"{found['name']}.{found['seed']}.json"
        file.write_text(json.dumps(found))
    main(["--out", str(tmp_path), "--table", str(tmp_path / "table.csv")])
    with open(tmp_path / "table.csv", encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["A-18", "C-26"]
