"""Paths that are none and things that are no files, wherever a file can be named."""

import json
import os
import time

import pytest

from segviewer.checkpoints.model_card import MOST_BYTES, parse_card, read_card
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.checkpoints.resident import ResidentNetworks
from segviewer.errors import CheckpointError, SegviewerError

REAL = "drn_a_18_narrow_camvid"
CARD = json.loads(resolve_reference(f"bundled:{REAL}").with_suffix(".json").read_text())


@pytest.fixture
def beside(tmp_path):
    """Function that lays a card beside the weights of a network that ships."""
    path = tmp_path / "w.safetensors"
    path.write_bytes(resolve_reference(f"bundled:{REAL}").read_bytes())

    def beside(**fields):
        path.with_suffix(".json").write_text(json.dumps({**CARD, **fields}))
        return str(path)

    return beside


def refusal(reference, opened=open_network):
    began = time.monotonic()
    with pytest.raises(CheckpointError) as caught:
        opened(reference)
    assert time.monotonic() - began < 5
    error = caught.value
    for part in (error.what, error.why, error.next_step, error.details):
        part.encode()  # can be shown and printed
    assert error.what and error.why and error.next_step
    assert len(error.what) < 300
    return error


@pytest.mark.parametrize(
    "path",
    [
        "~nosuch/x",
        "a\0b",
        "\ud800",
        "x" * 5000,
        "d/" * 3000 + "x",
        "/dev/zero",
        "/dev/stdin",
        "",
        ".",
    ],
    ids=lambda path: ascii(path)[:20],
)
@pytest.mark.parametrize("where", ["reference", "untrained", "base"])
def test_paths_that_are_none(beside, path, where):
    if where == "base" and path in ("", "\ud800"):
        pytest.skip("a card without a base, and no JSON")
    reference = beside(base=path) if where == "base" else path
    if where == "untrained":
        reference = f"untrained:{path}"
    refusal(reference)
    if where != "base":
        refusal(reference, ResidentNetworks().get)


@pytest.mark.parametrize("where", ["reference", "base", "link"])
def test_a_pipe_is_not_waited_for(tmp_path, beside, where):
    pipe = tmp_path / "pipe.pth"
    os.mkfifo(pipe)
    reference = str(pipe)
    if where == "base":
        reference = beside(base=reference)
    elif where == "link":
        (tmp_path / "link.pth").symlink_to(pipe)
        reference = str(tmp_path / "link.pth")
    assert "pipe" in refusal(reference).why


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop"])
def test_a_card_that_is_no_file_is_none(beside, kind):
    reference = beside()
    card = os.path.splitext(reference)[0] + ".json"
    os.unlink(card)
    {"pipe": os.mkfifo, "folder": os.mkdir, "loop": lambda path: os.symlink(path, path)}[kind](card)
    assert open_network(reference).card.title == CARD["title"]  # of the file's own header


def test_untrained_however_often():
    card = open_network("untrained:" * 5000 + f"bundled:{REAL}").card
    assert card.weights == "random"


@pytest.mark.parametrize("name", ["random:" + "x" * 5000, "random:\ud800", "bundled:" + "x" * 5000])
def test_names_that_are_none(name):
    refusal(name)


# Cards


@pytest.mark.parametrize(
    "fields",
    [
        {"results": {"test": 5}},
        {"results": {"test": {"miou": "0.5"}}},
        {"results": {"test": {"miou": True}}},
        {"results": {"test": {"iou": [0.5]}}},
        {"results": {"test": {"iou": {"road": "much"}}}},
        {"results": {"test": {"miou": 1e308}}},
        {"title": "x" * 1000},
        {"iterations": 10**30},
        {"seed": 2**80},
        {"inference_long_side": 10**9},
        {"data_notice": "x" * 50_000},
        {"classes": ["x" * 1000] * 11},
        {"config": {**CARD["config"], "num_classes": 10**18}},
        {"config": {**CARD["config"], "width": 10**9}},
        {"base": "~nosuch/x"},
    ],
    ids=lambda fields: str(fields)[:50],
)
def test_cards_out_of_all_bounds(beside, fields):
    refusal(beside(**fields))


def test_a_card_of_ten_thousand_digits(beside):
    reference = beside()
    path = os.path.splitext(reference)[0] + ".json"
    text = json.dumps(CARD)[:-1] + ', "seed": ' + "9" * 10_000 + "}"
    with open(path, "w") as file:
        file.write(text)
    refusal(reference)


def test_a_card_that_is_far_too_long(tmp_path):
    path = tmp_path / "w.json"
    path.write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(SegviewerError, match=f"{MOST_BYTES:,}"):
        read_card(path)
    with pytest.raises(SegviewerError, match=f"{MOST_BYTES:,}"):
        parse_card(" " * (MOST_BYTES + 1), "x")


def test_a_network_far_larger_than_its_weights(beside, monkeypatch):
    """One shape may not ask for a network that the file could never fill."""
    from segviewer.checkpoints.reading import refusals

    reference = beside(config={**CARD["config"], "num_classes": 250}, classes=[], label_set="")
    assert open_network(reference).card.weights == "partly random"
    monkeypatch.setattr(refusals, "FREE_ROOM", 0)
    assert open_network(reference).card.weights == "partly random"  # less than eightfold
    monkeypatch.setattr(refusals, "MOST_TIMES", 1)
    assert "claims more than it holds" in refusal(reference).what
