"""The HTML report: whole in one file, nothing fetched, every name escaped."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.error_picture import error_picture, small_error_map
from segviewer.batch.evaluate import Evaluation
from segviewer.batch.html_report import html_text
from segviewer.batch.picture_row import PictureRow
from segviewer.cli.command_line import main
from segviewer.engine.results import NetworkResult
from segviewer.imaging.datasets.mapping import AS_STORED
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import Session

EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def evaluation(make_row, tmp_path):
    network = NetworkResult(
        f"Net {EVIL}",
        "x",
        (),
        {},
        (f"sky {EVIL}", "road", "car"),
        "",
        "trained",
        EVIL,
        0,
        0,
        (),
        {},
    )
    picture = tmp_path / "a.png"
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(picture)
    target, labels = np.zeros((30, 40), np.uint8), np.zeros((30, 40), np.uint8)
    labels[:10] = 1
    rows = (
        make_row(str(picture), errors=small_error_map(target, labels, 3)),
        make_row(f"gone {EVIL}.png"),
        PictureRow("failed.png", "m.png", 3, reason=f"It is gone {EVIL}."),
    )
    found = Pairing(tuple((Path(row.picture), Path(row.target)) for row in rows), rule=EVIL)
    return Evaluation(Session(checkpoint=EVIL), network, found, AS_STORED, rows, 1.0)


def test_nothing_is_fetched_or_run_and_names_are_text(evaluation):
    text = html_text(evaluation)
    page = Page(text)
    assert EVIL in "".join(page.words) and EVIL not in text
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "a")
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            assert attributes.get(name, "data:").startswith("data:")
    assert "http" not in re.sub(r"http-equiv", "", text) and "url(" not in text
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_it_holds_the_figures_and_the_worst_pictures(evaluation):
    page = Page(html_text(evaluation))
    words = " ".join(page.words)
    assert f"{(0.8 + 10 / 12) / 2:.3f}" in words
    assert "2 of 3 measured" in words and "taken for road" in words
    images = [a["src"] for tag, a in page.tags if tag == "img"]
    assert len(images) == 1  # one photograph is gone
    assert [tag for tag, _ in page.tags].count("svg") == 1


def test_the_error_picture_shows_what_is_wrong(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(path)
    target, labels = np.zeros((30, 40), np.uint8), np.zeros((30, 40), np.uint8)
    labels[:10], target[20:] = 1, 255
    image = error_picture(path, small_error_map(target, labels, 3), 40)
    assert (image[10:20] == 90).all()
    red, _, blue = image[5, 5].astype(int)
    assert red > 150 and blue < 60
    np.testing.assert_array_equal(error_picture(path, b"damaged", 40), 90)


def test_the_command_writes_it(dataset, tmp_path, capsys):
    file = tmp_path / "report.html"
    assert main(["evaluate", str(dataset), "--long-side", "96", "--html", str(file)]) == 0
    text = file.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>") and text.count("<img") == 3
    assert "boundary IoU" in capsys.readouterr().out
