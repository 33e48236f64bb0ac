"""A program on the command line: refused in words, and run with --trust."""

from __future__ import annotations

import json

import pytest

from segviewer.checkpoints.whole_models import trust
from segviewer.cli.command_line import main
from tests.checkpoints.whole_models.written_programs import NAMES, Small, as_json, write_script


@pytest.fixture
def path(tmp_path, nobody_agreed):
    return write_script(tmp_path / "net.pt", Small(), names=as_json(NAMES))


def test_label_without_trust_says_how(path, small_photograph, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    assert main(["label", str(small_photograph), "--checkpoint", str(path), *out]) == 1
    what, why, step = capsys.readouterr().err.splitlines()
    assert "net.pt is a TorchScript program" in what
    assert str(path.parent) in why and "--trust" in step


def test_label_with_trust_labels_and_says_what_it_assumed(path, small_photograph, tmp_path, capsys):
    arguments = [str(small_photograph), "--checkpoint", str(path), "--out", str(tmp_path / "out")]
    assert main(["label", *arguments, "--json", "--trust", "--crf", "deeplab-v2"]) == 0
    said = capsys.readouterr()
    (report,) = json.loads(said.out)
    assert set(report["shares"]) <= set(NAMES)
    assert "closed program" in said.err and "ImageNet" in said.err
    assert any("ImageNet" in note for note in report["notes"])
    assert not trust._remembered()


def test_a_remembered_file_needs_no_trust(path, dataset, capsys):
    with path.open("rb") as file:
        trust.remember(trust.sha256_of(file), path.name)
    assert main(["evaluate", str(dataset), "--checkpoint", str(path), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["iou"]) == set(NAMES)


def test_tune_takes_it_too(path, dataset, capsys):
    arguments = ["tune", str(dataset), "--checkpoint", str(path), "--json", "--trials", "2"]
    assert main(arguments) == 1
    assert "--trust" in capsys.readouterr().err
    assert main([*arguments, "--trust"]) == 0


def test_trust_of_what_is_no_program_changes_nothing(small_photograph, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    assert main(["label", str(small_photograph), "--trust", *out]) == 0
    missing = ["--checkpoint", str(tmp_path / "none.pt")]
    assert main(["label", str(small_photograph), "--trust", *missing, *out]) == 1
    assert "is not there" in capsys.readouterr().err
