"""Pictures find their masks in every usual arrangement, and what is left over is counted."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.datasets.pairing import dataset_of, pairing_of


def put(folder, *names):
    """Small files: photographs as JPEG, masks of few numbers as anything else."""
    noise = np.random.default_rng(0)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jpg" or "photo" in name:
            Image.fromarray(noise.integers(0, 256, (16, 16, 3)).astype(np.uint8)).save(path)
        else:
            Image.fromarray(noise.integers(0, 5, (16, 16)).astype(np.uint8)).save(path)
    return folder


def names(found, folder):
    return [tuple(str(path.relative_to(folder)) for path in pair) for pair in found.pairs]


@pytest.mark.parametrize(
    ("picture", "mask"),
    [
        ("images/a.jpg", "labels/a.png"),
        ("images/a.jpg", "masks/a_mask.png"),
        ("imgs/a.jpg", "masks/a_mask.gif"),
        ("a.jpg", "a.png"),
        ("a.jpg", "a_mask.png"),
        ("a.jpg", "a_gt.png"),
        ("a.jpg", "a_L.png"),
        ("a.jpg", "a.jpg.png"),
        ("0001/image.jpg", "0001/mask.png"),
        ("train/a.jpg", "trainannot/a.png"),
        ("train/images/a.jpg", "train/labels/a.png"),
        ("images/train/a.jpg", "annotations/train/a.png"),
        ("img_dir/train/a.jpg", "ann_dir/train/a.png"),
        ("JPEGImages/a.jpg", "SegmentationClass/a.png"),
        ("leftImg8bit/val/ulm/a_leftImg8bit.jpg", "gtFine/val/ulm/a_gtFine_labelIds.png"),
        ("701_StillsRaw_full/a.jpg", "LabeledApproved_full/a_L.png"),
        ("photos/a photo.png", "targets/a photo.png"),
        ("deep/er/images/A.JPG.jpg", "deep/er/masks/a.png"),
        ("images/img_0001.jpg", "labels/mask_0001.png"),
        ("image1.jpg", "label1.png"),
        ("images/target_01.jpg", "masks/target_01.png"),
        ("x_train/a.jpg", "y_train/a.png"),
        ("images/100k/val/a.jpg", "labels/sem_seg/masks/val/a_train_id.png"),
        ("training/image_2/000000_10.jpg", "training/semantic/000000_10.png"),
        ("top_2_10_RGB.jpg", "top_2_10_label.png"),
    ],
)
def test_arrangements_people_have(tmp_path, picture, mask):
    put(tmp_path, picture, mask)
    found = dataset_of(tmp_path)
    assert names(found, tmp_path) == [(picture, mask)]
    assert found.rule and found.rule in found.sentences()[0]


def test_the_same_number_in_two_splits_is_not_mixed_up(tmp_path):
    put(tmp_path, *(f"{s}/{kind}/1.{e}" for s in ("train", "val")
                    for kind, e in (("images", "jpg"), ("labels", "png"))))  # fmt: skip
    assert names(dataset_of(tmp_path), tmp_path) == [
        ("train/images/1.jpg", "train/labels/1.png"),
        ("val/images/1.jpg", "val/labels/1.png"),
    ]
    assert names(dataset_of(tmp_path, "val"), tmp_path) == [
        ("val/images/1.jpg", "val/labels/1.png")
    ]


def test_masks_beside_pictures_are_known_by_what_they_hold(tmp_path):
    put(tmp_path, *(f"frame_{i}.{suffix}" for i in range(5) for suffix in ("jpg", "png")))
    found = dataset_of(tmp_path)
    assert len(found.pairs) == 5 and all(mask.suffix == ".png" for _, mask in found.pairs)


def test_of_two_masks_the_png_is_taken_and_the_other_named(tmp_path):
    put(tmp_path, "images/a.jpg", "labels/a.png", "labels/a.tif")
    found = dataset_of(tmp_path)
    assert names(found, tmp_path) == [("images/a.jpg", "labels/a.png")]
    assert any("a.tif" in sentence for sentence in found.sentences())


def test_numbers_are_taken_before_colours(tmp_path):
    put(tmp_path, "leftImg8bit/a_leftImg8bit.jpg", "gtFine/a_gtFine_color.png")
    put(tmp_path, "gtFine/a_gtFine_labelIds.png", "gtFine/a_gtFine_instanceIds.png")
    ((_, mask),) = dataset_of(tmp_path).pairs
    assert mask.name == "a_gtFine_labelIds.png"


def test_what_has_no_partner_is_counted(tmp_path):
    put(tmp_path, "images/a.jpg", "images/b.jpg", "labels/a.png", "labels/c.png")
    found = dataset_of(tmp_path)
    said = " ".join(found.sentences())
    assert "1 of 2 pictures has no mask" in said and "b.jpg" in said
    assert "1 mask has no picture: c.png" in said
    assert [path.name for path in found.pictures] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("ImageSets/Segmentation/val.txt", "b\n"),
        ("val.txt", "images/b.jpg labels/b.png\n"),
        ("val.csv", "images/b.jpg,labels/b.png\n"),
    ],
)
def test_a_list_names_a_split(tmp_path, file, text):
    put(tmp_path, *(f"{kind}/{n}.{e}" for n in "ab" for kind, e in
                    (("images", "jpg"), ("labels", "png"))))  # fmt: skip
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    assert names(dataset_of(tmp_path, "val"), tmp_path) == [("images/b.jpg", "labels/b.png")]
    with pytest.raises(PictureError, match="no split"):
        dataset_of(tmp_path, "test")


def test_what_a_split_lacks_is_said(tmp_path):
    put(tmp_path, "val/images/a.jpg", "val/images/b.jpg", "val/labels/a.png")
    put(tmp_path, "train/images/c.jpg", "train/images/d.jpg", "train/labels/c.png")
    said = " ".join(dataset_of(tmp_path, "val").sentences())
    assert "b.jpg" in said and "d.jpg" not in said
    (tmp_path / "some.txt").write_text("a\nz\n")
    assert "1 of its names without a pair" in dataset_of(tmp_path, "some").rule


def test_a_list_of_others_is_refused(tmp_path):
    put(tmp_path, "images/a.jpg", "labels/a.png")
    (tmp_path / "val.txt").write_text("x\ny\n")
    with pytest.raises(PictureError, match="names no picture"):
        dataset_of(tmp_path, "val")


def test_folders_without_pairs_are_refused_in_words(tmp_path):
    put(tmp_path, "one.jpg", "two.jpg")
    with pytest.raises(PictureError) as caught:
        dataset_of(tmp_path)
    assert "_mask" in caught.value.next_step
    with pytest.raises(PictureError):
        dataset_of(tmp_path / "missing")


def test_photographs_of_one_name_are_not_each_others_masks(tmp_path):
    put(tmp_path, "a.jpg", "a photo.png")
    noise = np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    with pytest.raises(PictureError):
        dataset_of(tmp_path)


def test_two_folders_by_hand(tmp_path):
    put(tmp_path, "x/a.jpg", "y/a_mask.png", "y/b.png")
    found = pairing_of(tmp_path / "x", tmp_path / "y")
    assert names(found, tmp_path) == [("x/a.jpg", "y/a_mask.png")]


def test_where_pictures_are_named_so_a_loose_file_is_no_picture(tmp_path):
    put(tmp_path, "images/1.jpg", "labels/1.png", "labels/2.png", "2.jpg")
    assert names(dataset_of(tmp_path), tmp_path) == [("images/1.jpg", "labels/1.png")]


def test_numbers_in_names_and_folders_count_as_numbers(tmp_path):
    from segviewer.imaging.datasets.named_files import path_text
    from segviewer.imaging.reading.routing import natural_key

    names = [
        "a2",
        "a10",
        "a1",
        "A3",
        "b",
        "a",
        "ab",
        "a01",
        "a1b",
        "a1.5",
        "x" * 9,
        "7",
        "10",
        "07",
    ]
    paths = [Path("set", name) for name in names]
    assert sorted(paths, key=path_text) == sorted(paths, key=natural_key)
    folders = [Path("set", f"seq{n}", "1.png") for n in (10, 9, 100, 1)]
    order = [path.parts[1] for path in sorted(folders, key=path_text)]
    assert order == ["seq1", "seq9", "seq10", "seq100"]


def test_masks_in_the_folder_of_the_pictures_are_known_by_their_endings(tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("a.tif", "a_gt.tif", "b.tif", "b_gt.tif"):
        (tmp_path / "images" / name).touch()
    found = dataset_of(tmp_path)
    assert [(one.name, two.name) for one, two in found.pairs] == [
        ("a.tif", "a_gt.tif"),
        ("b.tif", "b_gt.tif"),
    ]
    assert found.rule == "NAME.tif ↔ NAME_gt"
    for name in ("a_gt.tif", "b_gt.tif"):
        (tmp_path / "images" / name).unlink()
    with pytest.raises(PictureError, match=f"{tmp_path.name} has no pictures with"):
        dataset_of(tmp_path)


def test_numbers_alone_pair_what_shares_no_name(tmp_path):
    put(tmp_path, "image_2/um_007.jpg", "image_2/um_008.jpg", "image_2/uu_008.jpg")
    put(tmp_path, "gt_image_2/um_lane_007.png", "gt_image_2/um_lane_008.png")
    found = dataset_of(tmp_path)
    assert names(found, tmp_path) == [("image_2/um_007.jpg", "gt_image_2/um_lane_007.png")]
    assert "by the numbers in their names" in found.sentences()[0]
    # Which of two pictures of a number is meant, nobody knows.
    assert [path.name for path in found.alone] == ["um_008.jpg", "uu_008.jpg"]
    assert [path.name for path in found.unused] == ["um_lane_008.png"]
    by_hand = pairing_of(tmp_path / "image_2", tmp_path / "gt_image_2")
    assert [tuple(pair) for pair in by_hand.pairs] == [tuple(pair) for pair in found.pairs]


def test_of_two_folders_without_a_word_the_one_that_holds_labels_is_of_masks(tmp_path):
    put(tmp_path, *(f"originals/photo_{n}.png" for n in range(4)))
    put(tmp_path, *(f"classes/photo_{n}.tif" for n in range(4)))
    for path in (tmp_path / "classes").iterdir():
        Image.fromarray(np.eye(16, dtype=np.uint8)).save(path)
    found = dataset_of(tmp_path)
    assert names(found, tmp_path)[0] == ("originals/photo_0.png", "classes/photo_0.tif")
    assert found.rule == "originals/ ↔ classes/"
    assert len(found.pairs) == 4


def test_masks_of_numbers_are_taken_before_a_folder_of_colours(tmp_path):
    put(tmp_path, "images/a.jpg", "semantic_rgb/a.png", "semantic/a.png")
    found = dataset_of(tmp_path)
    assert names(found, tmp_path) == [("images/a.jpg", "semantic/a.png")]
    assert [path.parent.name for path in found.passed_over] == ["semantic_rgb"]


def test_texts_of_yolo_are_named_for_what_they_are(tmp_path):
    put(tmp_path, "images/train/a.jpg")
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/a.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    with pytest.raises(PictureError) as caught:
        dataset_of(tmp_path)
    assert "YOLO" in caught.value.why and "a.txt" in caught.value.why
    (tmp_path / "labels/train/a.txt").write_text("a photograph of my street\n")
    with pytest.raises(PictureError) as caught:
        dataset_of(tmp_path)
    assert "YOLO" not in caught.value.why
