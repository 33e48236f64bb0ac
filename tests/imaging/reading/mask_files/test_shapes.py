"""Masks as shapes: labelme's and COCO's JSON."""

import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.mask_files import json_files
from segviewer.imaging.reading.mask_files.kinds import mask_kind
from segviewer.imaging.reading.mask_files.shapes import read_coco, read_labelme
from segviewer.imaging.reading.targets import VOID, read_values

SQUARE = [[2, 1], [6, 1], [6, 5], [2, 5]]


def labelme(path, *shapes, **values):
    content = {"version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": "a.jpg"}
    content |= {"imageHeight": 8, "imageWidth": 12} | values
    path.write_text(json.dumps(content))
    return path


def shape(label, points, kind="polygon"):
    return {"label": label, "points": points, "shape_type": kind, "flags": {}}


def coco(path, *annotations, **values):
    content = {
        "info": {},
        "images": [
            {"id": 1, "file_name": "train/A.jpg", "height": 8, "width": 12},
            {"id": 2, "file_name": "b.jpg", "height": 8, "width": 12},
        ],
        "categories": [{"id": 7, "name": "car"}, {"id": 9, "name": "road"}],
        "annotations": [{"id": n, "image_id": 1, **one} for n, one in enumerate(annotations)],
    }
    path.write_text(json.dumps(content | values))
    return path


def test_labelme_later_shapes_lie_over_earlier_ones(tmp_path):
    path = labelme(
        tmp_path / "a.json",
        shape("road", [[0, 4], [12, 8]], "rectangle"),
        shape("car", SQUARE),
        shape("rider", [[1, 1], [2, 2]], "line"),
    )
    assert mask_kind(path) == "labelme"
    read = read_values(path)
    expected = np.full((8, 12), VOID, np.uint8)
    expected[4:] = 0
    expected[1:5, 2:6] = 1
    np.testing.assert_array_equal(read.values, expected)
    assert read.names == ("road", "car")
    assert any("1 of its shapes were passed over: line" in note for note in read.notes)


def test_a_circle_is_one(tmp_path):
    path = labelme(
        tmp_path / "a.json",
        shape("ball", [[50, 40], [70, 40]], "circle"),
        imageHeight=80,
        imageWidth=100,
    )
    inside = read_labelme(path).values == 0
    y, x = np.mgrid[:80, :100] + 0.5
    far = np.hypot(x - 50, y - 40)
    assert inside[far < 19.9].all() and not inside[far > 20.1].any()


def test_the_size_is_the_pictures_where_the_file_gives_none(tmp_path):
    Image.new("RGB", (12, 8)).save(tmp_path / "a.png")
    path = labelme(tmp_path / "a.json", shape("car", SQUARE), imageHeight=None, imageWidth=None)
    assert read_values(path, picture=tmp_path / "a.png").values.shape == (8, 12)
    with pytest.raises(PictureError, match="gives no size"):
        read_values(path)


def test_coco_smaller_areas_lie_over_larger_ones(tmp_path):
    runs = np.zeros((8, 12), bool)
    runs[:, 3:9] = True
    path = coco(
        tmp_path / "set.json",
        {"category_id": 7, "segmentation": [[2, 1, 6, 1, 6, 5, 2, 5]]},
        {"category_id": 9, "segmentation": {"size": [8, 12], "counts": [24, 48, 24]}},
    )
    assert mask_kind(path) == "coco"
    read = read_values(path, picture=tmp_path / "elsewhere" / "a.JPG")
    expected = np.where(runs, 1, VOID)
    expected[1:5, 2:6] = 0
    np.testing.assert_array_equal(read.values, expected)
    assert read.names == ("car", "road")
    # One without annotations is all unnamed; one that is not listed is said.
    assert (read_values(path, picture=tmp_path / "b.jpg").values == VOID).all()
    with pytest.raises(PictureError, match="c.jpg is not one"):
        read_coco(path, tmp_path / "c.jpg")
    with pytest.raises(PictureError, match="which is meant"):
        read_coco(path)


def test_coco_is_read_once_and_again_when_it_changed(tmp_path, monkeypatch):
    path = coco(tmp_path / "set.json", {"category_id": 7, "segmentation": [[0, 0, 9, 0, 9, 9]]})
    read_coco(path, tmp_path / "b.jpg")
    loaded = []
    monkeypatch.setattr(
        "segviewer.imaging.reading.mask_files.shapes.load_object",
        lambda path: loaded.append(path) or json_files.load_object(path),
    )
    read_coco(path, tmp_path / "a.jpg")
    assert not loaded
    coco(path)
    assert (read_coco(path, tmp_path / "a.jpg").values == VOID).all() and loaded == [path]


@pytest.mark.parametrize(
    "broken",
    [
        {"shapes": {}},
        {"shapes": [3]},
        {"shapes": [shape("", SQUARE)]},
        {"shapes": [shape(["car"], SQUARE)]},
        {"shapes": [shape("car", [[0, 0], [float("nan"), 3], [5, 5]])]},
        {"shapes": [shape("car", [[0, 0], [1e9, 3], [5, 5]])]},
        {"shapes": [shape("car", [[0, 0], [1, 1], [2, 2]], "circle")]},
        {"shapes": [shape(f"class {n}", SQUARE) for n in range(256)]},
        {"imageHeight": 10**9, "imageWidth": 10**9},
        {"imageHeight": 60_000, "imageWidth": 60_000},
        {"imageHeight": -3},
        {"imageHeight": "8"},
        {"imageHeight": True},
    ],
)
def test_a_hostile_labelme_file_is_refused_in_three_parts(tmp_path, broken):
    path = labelme(tmp_path / "a.json", **broken)
    tracemalloc.start()
    try:
        with pytest.raises(PictureError) as caught:
            read_values(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.what and caught.value.why and caught.value.next_step


@pytest.mark.parametrize(
    "broken",
    [
        {"images": {}},
        {"images": [{"id": 1}]},
        {"images": [{"id": 1, "file_name": "a.jpg", "height": 10**8, "width": 10**8}]},
        {"images": [{"id": 1, "file_name": "a.jpg", "height": 10**5, "width": 10**5}]},
        {"categories": [{"id": 7}]},
        {"annotations": [3]},
        {"annotations": [{"image_id": 1, "category_id": 8, "segmentation": [[0, 0, 1, 1, 2, 0]]}]},
        {"annotations": [{"image_id": 1, "category_id": 7, "segmentation": "x"}]},
        {
            "annotations": [
                {"image_id": 1, "category_id": 7, "segmentation": [[0, 0, 1e9, 1, 2, 0]]}
            ]
        },
        {
            "annotations": [
                {
                    "image_id": 1,
                    "category_id": 7,
                    "segmentation": {"size": [10**6, 10**6], "counts": [10**12]},
                }
            ]
        },
    ],
)
def test_a_hostile_coco_file_is_refused_in_three_parts(tmp_path, broken):
    path = coco(tmp_path / "set.json", **broken)
    with pytest.raises(PictureError) as caught:
        read_values(path, picture=tmp_path / "a.jpg")
    assert caught.value.what and caught.value.why and caught.value.next_step


def test_json_is_refused_before_it_takes_memory(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    monkeypatch.setattr(json_files, "MOST_MEMORY", 1_000_000)
    path.write_text('{"shapes": [' + "[]," * 20_000 + "[]]}")
    with pytest.raises(PictureError, match="GB of memory"):
        read_values(path)
    monkeypatch.setattr(json_files, "MOST_BYTES", 1000)
    with pytest.raises(PictureError, match="bytes"):
        read_values(path)
    for text in ('{"shapes": [' + "[" * 100_000, '{"shapes": [1' + "0" * 9000 + "]}", '{"shapes"'):
        monkeypatch.undo()
        path.write_text(text)
        with pytest.raises(PictureError):
            read_values(path)
