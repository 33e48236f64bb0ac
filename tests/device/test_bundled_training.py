"""The script that trains candidates on a GPU machine, on the CPU with a few frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.device import bundled_training


@pytest.fixture
def source(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    for split in ("train", "val", "test"):
        for kind in ("images", "labels"):
            (tmp_path / "source" / split / kind).mkdir(parents=True)
        for number in range(3):
            picture = rng.integers(0, 256, (96, 128, 3), np.uint8)
            mask = rng.integers(0, 12, (96, 128), np.uint8)
            folder = tmp_path / "source" / split
            Image.fromarray(picture).save(folder / "images" / f"a_{number}.png")
            Image.fromarray(mask).save(folder / "labels" / f"a_{number}.png")
    return tmp_path / "source"


def test_masks_are_taken_along_as_they_are_and_test_frames_are_not(source, tmp_path):
    size = bundled_training.pack(source, tmp_path / "frames", most=2)
    files = sorted((tmp_path / "frames").rglob("*.*"))
    assert sum(file.stat().st_size for file in files) == size
    assert {file.parts[-3] for file in files} == {"train", "val"} and len(files) == 8
    for kept in (tmp_path / "frames").rglob("*.png"):
        before = source / kept.parts[-3] / "labels" / kept.name
        assert np.array_equal(np.array(Image.open(kept)), np.array(Image.open(before)))


@pytest.mark.slow
def test_a_candidate_leaves_a_checkpoint_a_card_and_a_log(source, tmp_path):
    bundled_training.pack(source, tmp_path / "frames", most=2)
    out = tmp_path / "out"
    found = bundled_training.train(tmp_path / "frames", out, 0.05, "cpu", ["lite2"])
    assert found == {"lite2": 0}
    card = json.loads((out / "lite2.json").read_text())
    assert card["config"]["backbone"] == "efficientnet_lite2"
    assert (out / "lite2.log.jsonl").exists()


def test_what_there_is_no_time_for_is_said(tmp_path, capsys):
    assert bundled_training.train(tmp_path, tmp_path, 0.0, "cpu") == {}
    said = capsys.readouterr().err
    assert all(name in said for name in bundled_training.CANDIDATES)
