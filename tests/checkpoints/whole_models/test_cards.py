"""A card that says only some things of a closed program, and one that is kept for it."""

from __future__ import annotations

import json

import pytest

from segviewer.checkpoints.card_files import keep_sheet
from segviewer.checkpoints.model_sheet import NONE_OF_THEM, ModelSheet
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.whole_models.trust import agree_to_file
from segviewer.imaging.preprocessing import CAFFE_BGR
from tests.checkpoints.whole_models.written_programs import Small, write_script


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))


@pytest.fixture
def program(tmp_path):
    path = write_script(tmp_path / "net.pt", Small())
    agree_to_file(path)
    return path


def test_a_card_without_an_architecture_says_only_what_it_says(program):
    before = open_network(str(program)).card
    program.with_suffix(".json").write_text(json.dumps({"classes": list("abcde")}))
    card = open_network(str(program)).card
    assert card.classes == tuple("abcde")
    assert (card.title, card.architecture, card.preprocessing, card.weights) == (
        before.title,
        before.architecture,
        before.preprocessing,
        before.weights,
    )


def test_a_sheet_lies_over_it_and_is_kept(program):
    sheet = ModelSheet(classes=tuple("vwxyz"), preprocessing=CAFFE_BGR, activation="multi-label")
    card = open_network(str(program), sheet=sheet).card
    assert card.classes == (*"vwxyz", NONE_OF_THEM) and card.preprocessing == CAFFE_BGR
    assert keep_sheet(str(program), sheet) == program.with_suffix(".json")
    kept = open_network(str(program))
    assert kept.card.preprocessing == CAFFE_BGR and kept.card.classes[0] == "v"
    assert not any("assumed RGB" in note for note in kept.notes)
