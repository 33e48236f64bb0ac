"""The pictures of README and guide: each has its view, and a view of the real window is taken."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtGui import QColor, QImage

from segviewer.tools.screenshots import COLOURS, DRAGS, FILM_SIZE, SIZE, VIEWS, main
from segviewer.tools.unseen_window import Film, picture_of, save
from segviewer.widgets.help.guide_pages import guide_folder

SHIPPED = guide_folder() / "pictures"
STALE = 0.02  # share of the pixels; one panel folded is more


def frames(path):
    """Every frame of a picture, moving or not, float32 (N, H, W, 3)."""
    with Image.open(path) as film:
        return np.stack(
            [np.asarray(one.convert("RGB"), np.float32) for one in ImageSequence.Iterator(film)]
        )


def differs(one, other):
    """Share of the pixels that anyone would see to be others."""
    return (np.abs(one - other).max(-1) > 60).mean()


def test_every_picture_of_the_guide_can_be_taken_again():
    assert {path.stem for path in SHIPPED.glob("*.png")} == set(VIEWS)
    assert {path.stem for path in SHIPPED.glob("*.webp")} == set(DRAGS)


@pytest.mark.parametrize("name", DRAGS)
def test_a_moving_picture_moves_and_is_small(name):
    path = SHIPPED / f"{name}.webp"
    assert path.stat().st_size < 1_000_000
    shown = frames(path)
    assert len(shown) == len(DRAGS[name].values) and shown.shape[1:3] == FILM_SIZE[::-1]
    changes = [differs(one, other) for one, other in zip(shown, shown[1:], strict=False)]
    # The slider's handle alone is more than this.
    assert min(changes) > 1e-4


def test_a_moving_picture_is_written_as_it_was(tmp_path):
    film = Film([Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")], [300, 700])
    film.save(tmp_path / "two.webp")
    red, blue = frames(tmp_path / "two.webp")
    assert np.abs(red - (255, 0, 0)).max() < 8 and np.abs(blue - (0, 0, 255)).max() < 8
    with Image.open(tmp_path / "two.webp") as written:
        assert written.info["loop"] == 0


def test_a_picture_is_written_small_and_as_it_was(tmp_path):
    image = QImage(301, 40, QImage.Format.Format_RGB32)  # rows that Qt pads
    image.fill(QColor(200, 30, 30))
    save(picture_of(image), tmp_path / "red.png", COLOURS, rounds=1)
    with Image.open(tmp_path / "red.png") as written:
        assert written.size == (301, 40) and written.mode == "P"
        assert written.convert("RGB").getcolors() == [(301 * 40, (200, 30, 30))]


def test_a_name_that_there_is_none_of_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path), "nothing"])
    assert "mismatch" in capsys.readouterr().err


@pytest.mark.slow
def test_the_window_is_photographed_as_it_is_set(tmp_path):
    # A program of its own: it sets the theme of all windows.
    names = ["window", "mismatch", *DRAGS]
    command = [sys.executable, "-m", "segviewer.tools.screenshots", tmp_path, *names]
    subprocess.run(command, check=True, timeout=1200, capture_output=True)
    with (
        Image.open(tmp_path / "window.png") as plain,
        Image.open(tmp_path / "mismatch.png") as set_,
    ):
        assert plain.size == set_.size == SIZE
        # The chip: a bright strip that the plain window does not have.
        box = (310, 92, 620, 114)
        assert plain.convert("L").crop(box).getextrema()[1] < 160
        assert set_.convert("L").crop(box).getextrema()[1] > 170
    # What ships is what is taken now: fonts differ from machine to machine, and words a little.
    for name in ("window", "mismatch"):
        with (
            Image.open(tmp_path / f"{name}.png") as now,
            Image.open(SHIPPED / f"{name}.png") as then,
        ):
            pair = [np.asarray(one.convert("RGB"), np.float32) for one in (now, then)]
        assert differs(*pair) < STALE, name
    for name in DRAGS:
        now, then = frames(tmp_path / f"{name}.webp"), frames(SHIPPED / f"{name}.webp")
        assert len(now) == len(then)
        assert max(map(differs, now, then)) < STALE, name
