"""Overlays of a data set's errors, each with its legend."""

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.error_overlays import LEGEND_ROWS, LINE, overlay_with_legend, write_overlays
from segviewer.batch.error_picture import small_error_map
from segviewer.batch.picture_row import PictureRow
from segviewer.errors import ExportError
from segviewer.imaging.overlay import error_table

CLASSES = ("sky", "road", "car")


@pytest.fixture
def rows(make_row, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.full((400, 600, 3), 90, np.uint8)).save(path)
    target, labels = np.zeros((400, 600), np.uint8), np.zeros((400, 600), np.uint8)
    labels[:, 300:] = 1
    row = make_row(str(path), errors=small_error_map(target, labels, 3))
    return [row, make_row("gone.png"), PictureRow("failed.png", "m.png", 3, reason="It is gone.")]


def test_errors_lie_on_the_picture_and_the_legend_has_their_colour(rows):
    page = overlay_with_legend(rows[0], CLASSES)
    assert page.shape == (400 + LEGEND_ROWS * LINE + 8, 600, 3)
    assert (page[:400, :290] == 90).all() and (page[:400, 310:, 0] > 150).all()
    legend = page[400:].reshape(-1, 3)
    for colour in error_table("errors")[[1, 255], :3]:
        assert (legend == colour).all(1).sum() >= 12 * 12
    # And words: what is neither ground nor swatch.
    assert (legend.min(1) > 200).sum() > 100


def test_a_small_picture_has_a_legend_that_can_be_read(rows):
    assert overlay_with_legend(rows[0], CLASSES, 100).shape[1] == 480
    long_names = tuple(name * 100 for name in CLASSES)
    assert overlay_with_legend(rows[0], long_names).shape[1] == 600


def test_all_are_written_in_their_order_and_what_is_left_out_is_said(rows, tmp_path):
    left_out = write_overlays(tmp_path / "out", [rows[2], rows[1], rows[0]], CLASSES)
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["0003-a-errors.png"]
    assert len(left_out) == 2 and "failed.png: It is gone." in left_out[0]
    assert "gone.png" in left_out[1]
    with pytest.raises(ExportError):
        write_overlays(tmp_path / "a.png" / "x", rows, CLASSES)
