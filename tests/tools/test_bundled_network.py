"""Where the bundled network's figures stand, and a candidate in its place."""

from __future__ import annotations

import sys

import pytest

from segviewer.checkpoints.model_card import ModelCard, read_card, write_card
from segviewer.errors import SettingsError
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.resource_files import resource_path
from segviewer.tools import bundled_network
from segviewer.tools.bundled_network import bundle, heads_on, places

IOU = {"sky": 0.9078, "road": 0.9383}
OLD = ModelCard(
    iterations=5620, results={"test": {"miou": 0.6579, "pixel_accuracy": 0.9074, "iou": IOU}}
)
NEW = OLD.changed(
    iterations=6200,
    results={
        "test": {"miou": 0.6712, "pixel_accuracy": 0.9111, "iou": {"sky": 0.9383, "road": 0.95}}
    },
)


@pytest.fixture
def checkout(tmp_path):
    for folder in ("resources/guide", "resources/lessons", "resources/checkpoints", "segviewer"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "README.md").write_text("It has mIoU 0.658.\nAnother thing is 0.907 wide.\n")
    guide = "5,620 iterations\n| **0.658** | 0.907 | 0.908 | 0.938 |\n10.658 and 0.6581\n"
    (tmp_path / "resources/guide/benchmarks.md").write_text(guide)
    (tmp_path / "segviewer/references.py").write_text(
        f'DEFAULT_CHECKPOINT = "{DEFAULT_CHECKPOINT}"\n'
    )
    return tmp_path


def test_figures_are_found_where_they_stand_and_nowhere_else(checkout):
    found = {(str(p.file), p.line, p.what, p.old, p.new) for p in places(checkout, OLD, NEW)}
    guide = "resources/guide/benchmarks.md"
    assert found == {
        ("README.md", 1, "test mIoU", "0.658", "0.671"),
        (guide, 1, "iterations", "5,620", "6,200"),
        (guide, 2, "test mIoU", "0.658", "0.671"),
        (guide, 2, "test accuracy", "0.907", "0.911"),
        (guide, 2, "test IoU of sky", "0.908", "0.938"),
        (guide, 2, "test IoU of road", "0.938", "0.950"),
    }


def test_a_candidate_is_bundled_and_its_figures_written(checkout, tmp_path):
    candidate = tmp_path / "candidate.safetensors"
    candidate.write_bytes(b"weights")
    write_card(candidate.with_suffix(".json"), NEW)
    written = bundle(checkout, "better", candidate, places(checkout, OLD, NEW))
    assert len(written) == 5
    assert (
        (checkout / "README.md").read_text().startswith("It has mIoU 0.671.\nAnother thing is 0.9")
    )
    guide = (checkout / "resources/guide/benchmarks.md").read_text()
    assert guide == "6,200 iterations\n| **0.671** | 0.911 | 0.938 | 0.950 |\n10.658 and 0.6581\n"
    assert "bundled:better" in (checkout / "segviewer/references.py").read_text()
    assert read_card(checkout / "resources/checkpoints/better.json") == NEW
    with pytest.raises(SettingsError, match="bundled already"):
        bundle(checkout, "better", candidate, [])


@pytest.mark.slow
def test_the_checkouts_own_places_and_heads_are_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bundled_network"])
    bundled_network.main()
    said = capsys.readouterr().out
    assert "README.md:" in said and "resources/guide/benchmarks.md:" in said
    assert "segviewer lessons --check" in said
    heads = heads_on(resource_path("checkpoints"), DEFAULT_CHECKPOINT)
    assert len(heads) == 15 and all(title in said for title in heads)
