"""Every golden file through ``segviewer label --json``, as a person runs it, and beside the API.

The golden input is no picture of bytes: rounded to 256 levels it becomes one, and a card says
how the levels are brought back to it (``--card``). So the labels are those of the reference
network but for what rounding moves across a border, which is measured.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from segviewer.checkpoints.model_sheet import ModelSheet
from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.inference.running import run_features, run_head
from tests.checkpoints.test_published_files import (
    GOLD,
    GOLD_FILES,
    MEANT,
    SAID,
    longest,
    picture,
    shapes_of_entry,
)

pytestmark = pytest.mark.slow

RANGE = 1.3  # the golden input lies between this and its negative
LEVELS = Preprocessing(mean=(0.5,) * 3, std=(1 / (2 * RANGE),) * 3)
MOVED = 0.01  # share of the pixels that rounding the input may give another label
MANY = 255


def rounded(height, width):
    """The golden input as a picture, uint8 (H, W, 3)."""
    image = picture(height, width)[0].permute(1, 2, 0).numpy()
    return np.rint((image + RANGE) / (2 * RANGE) * 255).astype(np.uint8)


@pytest.mark.parametrize("entry", GOLD or [None], ids=lambda e: e["name"] if e else "no gold")
def test_labels_of_the_command_line(entry, filled, tmp_path, capsys):
    if entry is None:
        pytest.skip(f"{GOLD_FILES[0].parent} is not on this machine")
    path, shot, card = tmp_path / "model.pth", tmp_path / "input.png", tmp_path / "card.json"
    torch.save(filled(shapes_of_entry(entry)), path)
    height, width = entry["input"][2:]
    Image.fromarray(rounded(height, width)).save(shot)
    card.write_text(json.dumps({"preprocessing": LEVELS.model_dump()}))
    said = longest(SAID, entry["name"]) or {}
    command = ["label", str(shot), "--checkpoint", str(path), "--card", str(card), "--json"]
    command += ["--out", str(tmp_path / "out"), "--save", "index"]
    command += ["--architecture", longest(MEANT, entry["name"]) or ""]
    for name, value in said.items():
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value).lower()
        command += ["--set", f"{name}={text}"]

    assert main(command) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)[0]
    assert report["unused_tensors"] == 0
    assert report["weights"] == "trained", "everything must be filled from the file"
    assert report["size"] == [width, height]
    assert sum(report["shares"].values()) == pytest.approx(1, abs=1e-3)
    assert report["notes"] and all(note.splitlines()[0] in printed.err for note in report["notes"])
    with Image.open(report["labels"]) as file:
        labels = np.asarray(file)

    # Beside the API.
    sheet = ModelSheet(preprocessing=LEVELS)
    opened = open_network(str(path), longest(MEANT, entry["name"]) or "", sheet=sheet)
    if opened.config.num_classes > MANY:
        return  # of a thousand classes the command shows the likeliest
    opened.network.reconfigure(opened.config.changed(**said))
    passes = run_features(opened.network, rounded(height, width), LEVELS, torch.device("cpu"))
    probs = run_head(opened.network, passes, (height, width))
    assert (probs.argmax(0) == labels).mean() > 0.999

    # Beside the reference program.
    if entry["output"][2:] == [height, width]:
        counts = np.bincount(labels.ravel(), minlength=opened.config.num_classes)
        expected = np.zeros(len(counts))
        for label, count in entry["label_counts"].items():
            expected[int(label)] = count
        assert expected.sum() == labels.size
        moved = np.abs(counts - expected).sum() / 2 / labels.size
        assert moved < MOVED
