"""What ``segviewer train`` asks at a terminal, and only there."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from segviewer.cli.command_line import main


class Terminal(io.StringIO):
    """What a person types, or reads."""

    def isatty(self):
        return True


@pytest.fixture
def like_camvid(tmp_path):
    """Two films of small frames whose masks hold 0 to 11."""
    rng = np.random.default_rng(0)
    for part in ("images", "labels"):
        (tmp_path / "data" / part).mkdir(parents=True)
    for name in ("a_0", "a_1", "a_2", "b_0", "b_1"):
        mask = np.arange(12, dtype=np.uint8).repeat(6)[None].repeat(64, 0)
        image = np.stack([mask * 20] * 3, -1) + rng.integers(0, 9, (64, 72, 3))
        Image.fromarray(mask).save(tmp_path / "data" / "labels" / f"{name}.png")
        file = tmp_path / "data" / "images" / f"{name}.png"
        Image.fromarray(image.astype(np.uint8)).save(file)
    return tmp_path


def trained(folder, *more):
    given = ["train", str(folder / "data"), "--network", "u_net", "--set", "width=4", "--crop"]
    given += ["64x64", "--iterations", "1", "--batch", "2", "--no-bfloat16", *more]
    out = folder / "out.safetensors"
    assert main([*given, "--out", str(out)]) == 0
    return json.loads(out.with_suffix(".json").read_text())


@pytest.mark.parametrize(
    ("typed", "label_set"), [("y\n", "camvid11"), ("\n", None), ("no\n", None), ("", None)]
)
def test_a_person_says_whose_masks_they_are(like_camvid, monkeypatch, typed, label_set):
    said = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", said)
    card = trained(like_camvid)
    assert "where 11 is void? [y/N]" in said.getvalue()
    if label_set:
        assert card["label_set"] == label_set
    else:
        assert len(card["classes"]) == 12


def test_nobody_is_asked_where_nobody_sits(like_camvid, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert len(trained(like_camvid)["classes"]) == 12
    err = capsys.readouterr().err
    assert "[y/N]" not in err and "say --label-set camvid11" in err
