"""The pictures of README and guide: each has its view, and a view of the real window is taken."""

import subprocess
import sys

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage

from segviewer.tools.screenshots import COLOURS, SIZE, VIEWS, main
from segviewer.tools.unseen_window import picture_of, save
from segviewer.widgets.help.guide_pages import guide_folder


def test_every_picture_of_the_guide_can_be_taken_again():
    there = {path.stem for path in (guide_folder() / "pictures").glob("*.png")}
    assert there == set(VIEWS)


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
    command = [sys.executable, "-m", "segviewer.tools.screenshots", tmp_path, "window", "mismatch"]
    subprocess.run(command, check=True, timeout=500, capture_output=True)
    with (
        Image.open(tmp_path / "window.png") as plain,
        Image.open(tmp_path / "mismatch.png") as set_,
    ):
        assert plain.size == set_.size == SIZE
        # The chip: a bright strip that the plain window does not have.
        box = (310, 92, 620, 114)
        assert plain.convert("L").crop(box).getextrema()[1] < 160
        assert set_.convert("L").crop(box).getextrema()[1] > 170
