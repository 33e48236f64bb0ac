"""The interface measures what the command measures."""

import json

import numpy as np
import pytest

import segviewer as sv
from segviewer.cli.command_line import main

NAME = "deeplab_v3_efficientnet_lite0_camvid"


def test_figures_are_those_of_the_command(dataset, model, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = sv.evaluate(dataset, model, preset="thin-structures")
    words = ["--long-side", "96", "--flip", "--device", "cpu", "--crf", "thin-structures"]
    assert main(["evaluate", str(dataset), "--json", *words]) == 0
    report = json.loads(capsys.readouterr().out)
    assert round(found.miou, 4) == report["miou"]
    assert found.confusion.tolist() == report["confusion"]["counts"]
    assert {n for n, v in found.iou.items() if np.isnan(v)} == set(report["absent"])
    assert len(found.pictures) == 3 and not found.failed
    assert found.pictures[0]["miou"] <= found.pictures[-1]["miou"]


def test_a_picture_that_fails_is_named(dataset, model):
    (dataset / "images" / "palace.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = sv.evaluate(dataset, model, pictures=0)
    assert [name.endswith("palace.png") for name in found.failed] == [True]
    assert len(found.pictures) == 2


def test_nothing_to_measure_is_said(tmp_path, model):
    with pytest.raises(sv.SegviewerError):
        sv.evaluate(tmp_path, model)
