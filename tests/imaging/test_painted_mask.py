"""Target masks painted by hand: the brush, the file, and how it is read again."""

import os

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from segviewer.errors import ExportError
from segviewer.imaging import painted_mask
from segviewer.imaging.datasets.network_targets import TargetClasses, read_network_target
from segviewer.imaging.painted_mask import (
    forget_old_masks,
    is_of,
    latest_mask,
    mask_path,
    number_of,
    paint,
    write_painted,
)
from segviewer.imaging.reading.mask_values import VOID
from segviewer.imaging.reading.targets import read_values

NAMES = ("sky", "road", "tree")
COLOURS = ((0, 0, 255), (90, 90, 90), (0, 200, 0))


def empty(height=40, width=60):
    return np.full((height, width), VOID, np.uint8)


@pytest.mark.parametrize("end", [(45.0, 12.0), (-300.0, 200.0)])
def test_a_stroke_covers_the_pixels_whose_middle_is_near_it(end):
    labels = empty()
    assert paint(labels, (10, 20), end, 7, 1)
    way = np.array([end[0] - 10, end[1] - 20])
    for y in range(40):
        for x in range(60):
            point = np.array([x + 0.5 - 10, y + 0.5 - 20])
            along = min(1.0, max(0.0, point @ way / (way @ way)))
            near = np.hypot(*(point - along * way)) <= 3.5
            assert (labels[y, x] == 1) == near, (x, y)


@pytest.mark.parametrize("at", [(5.0, 5.0), (5.5, 5.5), (5.99, 5.01), (0.0, 0.0)])
def test_the_smallest_brush_always_paints(at):
    labels = empty(12, 12)
    assert paint(labels, at, at, 1, 0)
    assert 1 <= (labels == 0).sum() <= 4


def test_outside_the_photograph_nothing_is_painted_and_nothing_changed_is_said():
    labels = empty()
    assert not paint(labels, (-50, -50), (-20, 80), 10, 1) and (labels == VOID).all()
    assert paint(labels, (-50, 20), (200, 20), 3, 1)
    assert (labels[19:21] == 1).all()
    assert not paint(labels, (-50, 20), (200, 20), 3, 1)  # once more: the same
    assert paint(labels, (0, 20), (60, 20), 9, VOID) and (labels == VOID).all()


def test_it_is_read_as_it_was_painted(tmp_path):
    labels = empty()
    labels[:10], labels[30:, :5] = 1, 2
    path = write_painted(tmp_path / "new" / "mask.png", labels, NAMES, COLOURS)
    read = read_values(path)
    np.testing.assert_array_equal(read.values, labels)
    assert read.names == NAMES and read.partial
    with Image.open(path) as picture:
        assert picture.mode == "P" and picture.convert("RGB").getpixel((0, 0)) == COLOURS[1]


def test_numbers_of_0_and_255_are_no_black_and_white_mask(tmp_path):
    labels = empty()
    labels[:10] = 0
    path = write_painted(tmp_path / "mask.png", labels, NAMES, COLOURS)
    read = read_network_target(path, TargetClasses(3, NAMES))
    np.testing.assert_array_equal(read.target, labels)
    assert read.mapping == "names"


def test_under_another_network_classes_are_found_by_name(tmp_path):
    labels = empty()
    labels[:10], labels[10:20], labels[20:30] = 0, 1, 2
    path = write_painted(tmp_path / "mask.png", labels, NAMES, COLOURS)
    read = read_network_target(path, TargetClasses(3, ("background", "tree", "road")))
    assert {int(read.target[y, 0]) for y in (5, 35)} == {VOID}  # unpainted is not background
    assert (read.target[15, 0], read.target[25, 0]) == (2, 1)
    assert any("sky" in note for note in read.notes)


def test_two_classes_of_one_name_stay_two(tmp_path):
    labels = empty()
    labels[:10], labels[10:20] = 0, 1
    path = write_painted(tmp_path / "mask.png", labels, ("car", "car"), COLOURS)
    read = read_network_target(path, TargetClasses(2, ("car", "car")))
    np.testing.assert_array_equal(read.target, labels)


def test_of_one_class_background_and_void_are_apart(tmp_path):
    labels = empty()
    labels[:10], labels[10:20] = 0, 1
    path = write_painted(tmp_path / "mask.png", labels, ("background", "cell"), COLOURS)
    read = read_network_target(path, TargetClasses(1, ("background", "cell")))
    np.testing.assert_array_equal(read.target, labels)
    assert not read.notes


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "[1, 2, 3]", '["a"]', "[" * 5000, '["a", null, "c"]', "[]"]
)
def test_what_is_no_list_of_names_says_nothing(tmp_path, text):
    path = tmp_path / "mask.png"
    info = PngInfo()
    info.add_text(painted_mask.NAMES_KEY, text)
    Image.fromarray(np.tile(np.arange(3, dtype=np.uint8), (5, 4))).save(path, pnginfo=info)
    assert read_values(path).names == ()


def test_each_photograph_and_page_has_its_own(tmp_path):
    first = mask_path("/a/street.png", None, 3, tmp_path)
    assert first != mask_path("/b/street.png", None, 3, tmp_path)
    assert first != mask_path("/a/street.png", 2, 3, tmp_path)
    assert number_of(first) == 3 and is_of(str(first), "/a/street.png", None)
    assert not is_of(str(first), "/b/street.png", None)
    for number in (2, 10, 9):
        write_painted(mask_path("/a/street.png", None, number, tmp_path), empty(), NAMES, COLOURS)
    assert latest_mask("/a/street.png", None, tmp_path).name.endswith("_0010.png")
    assert latest_mask("/b/street.png", None, tmp_path) is None
    assert latest_mask("/a/street.png", None, tmp_path / "none") is None


def test_it_is_called_what_it_is():
    painted = mask_path("street.png", None, 7)
    assert painted_mask.mask_title(str(painted)) == "Painted by hand, stroke 7"
    assert painted_mask.mask_title("/data/street_0007.png") == "street_0007.png"
    assert painted_mask.mask_title("") == ""


def test_old_ones_are_forgotten_but_the_last_of_each_photograph(tmp_path):
    for place, photograph in enumerate(("a", "b")):
        for number in range(1, 6):
            path = mask_path(photograph, None, number, tmp_path)
            write_painted(path, empty(), NAMES, COLOURS)
            os.utime(path, (1000 * place + number,) * 2)
    (tmp_path / "mine.png").write_bytes(b"")
    forget_old_masks(tmp_path, most=3)
    kept = {path.name for path in tmp_path.iterdir()}
    expected = {mask_path("b", None, number, tmp_path).name for number in (2, 3, 4, 5)}
    assert kept == expected | {mask_path("a", None, 5, tmp_path).name, "mine.png"}


def test_where_nothing_can_be_written_it_is_said_and_nothing_is_left(tmp_path):
    path = tmp_path / "mask.png"
    path.mkdir()
    with pytest.raises(ExportError):
        write_painted(path, empty(), NAMES, COLOURS)
    assert [one.name for one in tmp_path.iterdir()] == ["mask.png"]
