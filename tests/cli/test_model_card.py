"""``segviewer card`` and ``--card FILE``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from tests.checkpoints.whole_models.written_programs import Small, write_script
from tests.small_u_net import save_small_u_net


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))


@pytest.fixture
def checkpoint(tmp_path):
    return save_small_u_net(tmp_path / "net.pth", 3)


@pytest.fixture
def names(tmp_path):
    file = tmp_path / "names.csv"
    file.write_text("sky,1,2,3\nhouse,40,50,60\nroad,7,8,9\n")
    return file


def test_a_card_is_written_and_labels_with_it(
    checkpoint, names, tmp_path, capsys, small_photograph
):
    card = tmp_path / "card.json"
    command = ["card", str(checkpoint), "--classes", str(names), "--order", "BGR", "--scale", "255"]
    command += ["--mean", "104,117,123", "--std", "1", "--write", str(card), "--json"]
    assert main(command) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["classes"] == ["sky", "house", "road"] and said["colours"][1] == [40, 50, 60]
    written = json.loads(card.read_text())
    assert written["preprocessing"]["mean"] == [104, 117, 123]
    label = ["label", str(small_photograph), "--checkpoint", str(checkpoint), "--json"]
    assert main([*label, "--out", str(tmp_path / "plain")]) == 0
    plain = json.loads(capsys.readouterr().out)[0]
    assert main([*label, "--out", str(tmp_path / "carded"), "--card", str(card)]) == 0
    carded = json.loads(capsys.readouterr().out)[0]
    assert list(carded["shares"]) == ["sky", "house", "road"]
    assert list(carded["shares"].values()) != list(plain["shares"].values())


def test_a_temperature_is_kept_and_changes_no_label(checkpoint, capsys):
    assert main(["card", str(checkpoint), "--temperature", "1.5", "--keep"]) == 0
    assert "temperature: 1.5" in capsys.readouterr().out
    opened = open_network(str(checkpoint))
    assert opened.card.temperature == 1.5
    assert main(["card", str(checkpoint), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["temperature"] == 1.5


def test_kept_for_every_opening(checkpoint, names, capsys):
    assert main(["card", str(checkpoint), "--classes", str(names), "--keep"]) == 0
    assert str(checkpoint.with_suffix(".json")) in capsys.readouterr().err
    assert main(["card", str(checkpoint), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == ["sky", "house", "road"]


def test_a_label_set_of_another_number_is_refused(checkpoint, capsys):
    assert main(["card", str(checkpoint), "--classes", "cityscapes19"]) == 1
    assert "names 19 classes and the weights have 3" in capsys.readouterr().err


def test_a_card_says_what_the_network_is(checkpoint, tmp_path, capsys):
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"architecture": "seg_net"}))
    assert main(["card", str(checkpoint), "--card", str(card)]) == 1
    assert "SegNet" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["label", "evaluate", "tune", "card", "window"])
def test_a_file_that_is_no_card_is_refused_in_words(command, checkpoint, tmp_path, capsys):
    card = tmp_path / "card.json"
    card.write_text('{"classes": 7}')
    arguments = {
        "label": ["label", "sample:leuven_street", "--out", str(tmp_path)],
        "evaluate": ["evaluate", str(tmp_path)],
        "tune": ["tune", str(tmp_path)],
        "card": ["card", str(checkpoint)],
        "window": [],
    }[command]
    assert main([*arguments, "--card", str(card)]) == 1
    assert "The model card card.json cannot be used" in capsys.readouterr().err


def test_the_card_in_the_readme_is_obeyed(tmp_path):
    """What the README shows by hand opens as it says."""
    readme = Path(__file__).parents[2] / "README.md"
    if not readme.exists():
        pytest.skip("there is no README beside an installed package")
    text = readme.read_text("utf-8")
    said = re.search(r"may say as little as one of these:\n```json\n(.*?)```", text, re.S)
    path = save_small_u_net(tmp_path / "cells.pth", 2)
    path.with_suffix(".json").write_text(said[1])
    card = open_network(str(path)).card
    for name, value in json.loads(said[1]).items():
        assert card.model_dump(mode="json")[name] == value, name


def test_a_program_is_run_only_where_it_is_trusted(tmp_path, capsys):
    path = write_script(tmp_path / "net.pt", Small())
    assert main(["card", str(path)]) == 1
    capsys.readouterr()
    assert main(["card", str(path), "--trust", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["architecture"] == "torch_script"
