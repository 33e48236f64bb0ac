"""Polygons and arrays find their pictures by the same rules as masks that are pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from segviewer.imaging.datasets.pairing import dataset_of, pairing_of


def photograph(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    return path


def mask(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps({"version": "5", "shapes": [], "imagePath": "a.jpg"}))
    elif path.suffix == ".npz":
        np.savez(path, mask=np.zeros((16, 16), np.uint8))
    else:
        np.save(path, np.zeros((16, 16), np.uint8))
    return path


def coco(path, *names):
    images = [
        {"id": n, "file_name": name, "height": 16, "width": 16} for n, name in enumerate(names)
    ]
    annotations = [{"image_id": 0, "category_id": 1, "segmentation": [[0, 0, 5, 0, 5, 5]]}]
    categories = [{"id": 1, "name": "road"}]
    content = {"images": images, "categories": categories, "annotations": annotations}
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("picture", "target"),
    [
        ("a.jpg", "a.json"),
        ("images/a.jpg", "labels/a.json"),
        ("images/a.jpg", "masks/a_mask.npy"),
        ("a.jpg", "a.npz"),
        ("a.jpg", "a_gt.npy"),
        ("train/a.jpg", "trainannot/a.npy"),
    ],
)
def test_a_file_of_a_pictures_name_is_its_mask(tmp_path, picture, target):
    pair = photograph(tmp_path / picture), mask(tmp_path / target)
    assert dataset_of(tmp_path).pairs == (pair,)


def test_other_json_and_arrays_are_nobodys_masks(tmp_path):
    pair = photograph(tmp_path / "images/a.jpg"), mask(tmp_path / "labels/a.json")
    photograph(tmp_path / "images/b.jpg")
    (tmp_path / "labels/b.json").write_text('{"predictions": [1, 2]}')
    (tmp_path / "package.json").write_text("{}")
    mask(tmp_path / "images/b.npy")  # an array beside its picture, in a folder of pictures
    found = dataset_of(tmp_path)
    assert found.pairs == (pair,) and found.alone == (tmp_path / "images/b.jpg",)


def test_a_picture_as_mask_comes_before_shapes(tmp_path):
    picture = photograph(tmp_path / "images/a.jpg")
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(
        mask(tmp_path / "labels/a.npy").with_suffix(".png")
    )
    found = dataset_of(tmp_path)
    assert found.pairs == ((picture, tmp_path / "labels/a.png"),)
    assert found.passed_over == (tmp_path / "labels/a.npy",)


def test_a_file_of_coco_is_the_mask_of_every_picture_that_it_names(tmp_path):
    pictures = [photograph(tmp_path / "val2017" / f"{name}.jpg") for name in "abc"]
    path = coco(tmp_path / "instances_val2017.json", "a.jpg", "val2017/B.jpg")
    (tmp_path / "captions.json").write_text('{"images": [], "annotations": [')
    found = dataset_of(tmp_path)
    assert found.pairs == tuple((one, path) for one in pictures[:2])
    assert found.alone == (pictures[2],) and "instances_val2017.json" in found.rule
    assert pairing_of(tmp_path / "val2017", path).pairs == found.pairs


def test_shapes_are_measured_like_masks_of_numbers(tmp_path):
    from segviewer.batch.measuring import Measuring
    from segviewer.session import InferenceSettings, Session

    picture = photograph(tmp_path / "a.png")
    shape = {"label": "Road", "points": [[0, 0], [16, 4]], "shape_type": "rectangle"}
    size = {"imageHeight": 16, "imageWidth": 16}
    (tmp_path / "a.json").write_text(json.dumps({"shapes": [shape], **size}))
    session = Session(
        checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
        inference=InferenceSettings(long_side=32, device="cpu"),
    )
    (row,) = Measuring(session, dataset_of(tmp_path)).rows()
    assert row.reason == "" and row.picture == str(picture)
    assert row.cells[:, 2].sum() == 64 and any("labelme" in note for note in row.notes)
