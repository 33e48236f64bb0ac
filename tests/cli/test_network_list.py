"""`segviewer networks` in its three forms."""

import json

import pytest

from segviewer.checkpoints.whole_models.kinds import KINDS
from segviewer.cli import network_list
from segviewer.cli.command_line import main
from segviewer.networks import NETWORKS

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows():
    return network_list.network_rows()


def test_every_network_and_every_form_is_listed(rows):
    rows = rows[: -len(KINDS)]
    assert {row["network"] for row in rows} == set(NETWORKS.values())
    assert len({row["reference"] for row in rows}) == len(rows)
    for row in rows:
        assert row["parameters"] > 0 and row["paper"]


def test_every_kind_of_whole_model_is_listed(rows):
    found = rows[-len(KINDS) :]
    assert [row["network"] for row in found] == [kind.title for kind in KINDS.values()]
    assert ".pt2" in found[1]["form"] and "question" in found[1]["form"]
    assert ".onnx" in found[2]["form"] and "extra" in found[2]["form"]
    assert "0 parameters" not in network_list.as_text(found)


def test_parameters_are_the_papers(rows):
    by_form = {row["form"]: row["parameters"] for row in rows}
    assert by_form["DeepLab v3 · ResNet-50"] == 42_004_074  # torchvision's, with auxiliary head


def test_text_and_markdown_hold_every_form(rows):
    text, markdown = network_list.as_text(rows), network_list.as_markdown(rows)
    assert len(markdown.splitlines()) == len(rows) + 2
    for row in rows:
        assert row["form"] in text and row["form"] in markdown
        assert not row["parameters"] or f"{row['parameters']:,}" in markdown


def test_the_command_prints_json(capsys, rows):
    assert main(["networks", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == rows
