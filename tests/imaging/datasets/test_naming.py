"""What names of files and folders say of pictures and masks."""

from pathlib import Path, PurePath

import pytest

from segviewer.imaging.datasets.naming import named, says_mask, stem_of


@pytest.mark.parametrize(
    ("path", "role", "key", "split"),
    [
        ("images/a.jpg", "picture", "a", ""),
        ("labels/a.png", "mask", "a", ""),
        ("train/a.png", "unsaid", "a", "train"),
        ("trainannot/a.png", "mask", "a", "train"),
        ("train_masks/a.png", "mask", "a", "train"),
        ("camvid_labels/a.png", "mask", "a", ""),
        ("taken-for-a-mask/a.png", "unsaid", "a", ""),
        ("a_mask.png", "mask", "a", ""),
        ("a-mask.png", "mask", "a", ""),
        ("0001TP_006690_L.png", "mask", "0001tp_006690", ""),
        ("sail_l.png", "unsaid", "sail_l", ""),
        ("images/size_L.jpg", "picture", "size_l", ""),
        ("leftImg8bit/val/ulm/ulm_01_leftImg8bit.png", "picture", "ulm_01", "val"),
        ("gtFine/val/ulm/ulm_01_gtFine_labelIds.png", "mask", "ulm_01", "val"),
        ("gtFine/val/ulm/ulm_01_gtFine_instanceIds.png", "neither", None, "val"),
        ("JPEGImages/2007_000033.jpg", "picture", "2007_000033", ""),
        ("SegmentationClass/2007_000033.png", "mask", "2007_000033", ""),
        ("annotations/validation/ADE_val_1.png", "mask", "ade_val_1", "validation"),
        ("img_dir/train/b.jpg", "picture", "b", "train"),
        ("ann_dir/train/b.png", "mask", "b", "train"),
        ("b.jpg.png", "unsaid", "b", ""),
        ("y_train/a.png", "mask", "a", "train"),
        ("x_train/a.png", "picture", "a", "train"),
        ("image_2/a.png", "picture", "a", ""),
        ("gt_image_2/a.png", "mask", "a", ""),
        ("training/semantic_rgb/a.png", "mask", "a", "training"),
        ("masks_png/a.png", "mask", "a", ""),
        ("sem_seg/masks/val/a_train_id.png", "mask", "a", "val"),
        ("mask_0001.png", "mask", "0001", ""),
        ("label7.png", "mask", "7", ""),
        ("IMG-0001.jpg", "unsaid", "0001", ""),
        ("images/label_0001.jpg", "picture", "0001", ""),
        ("mask_of_zorro.jpg", "unsaid", "mask_of_zorro", ""),
        ("imagery.png", "unsaid", "imagery", ""),
        ("0001/mask.png", "mask", "", ""),
        ("0001/image.png", "picture", "", ""),
    ],
)
def test_names_of_known_data_sets(path, role, key, split):
    found = named(PurePath(path))
    assert (found.role, found.split) == (role, split)
    if key is not None:
        assert found.key == key


def test_both_endings_of_a_double_extension_go():
    assert stem_of(PurePath("a/0001.jpg.png")) == "0001"
    assert stem_of(PurePath("v1.2.png")) == "v1.2"


def test_a_partner_is_a_picture_of_the_same_name():
    assert says_mask(Path("/x/street_gt.png"))
    assert not says_mask(Path("/x/street.png"))
    assert says_mask(Path("/x/street.png"), [Path("/y/street.jpg")])
    assert not says_mask(Path("/x/street.png"), [Path("/x/street.png")])
    # Two folders up is the data set; what lies higher says nothing.
    assert not says_mask(Path("/labels/of/mine/street.png"))
