"""What a person opens is told apart by name and content, and what lies beside it is found."""

import pytest

from segviewer.app.frame.routing import mask_beside


@pytest.mark.parametrize(
    ("picture", "others", "found"),
    [
        ("yard.jpg", ["yard_mask.png"], "yard_mask.png"),
        ("yard.jpg", ["yard-labels.tif", "yard_gt.png", "other_mask.png"], "yard_gt.png"),
        ("yard.jpg", ["yard-labels.tif", "yard-labels.png"], "yard-labels.png"),
        ("0001TP_1.png", ["0001TP_1_L.png", "0001TP_2_L.png"], "0001TP_1_L.png"),
        (
            "aachen_1_leftImg8bit.png",
            ["aachen_1_gtFine_color.png", "aachen_1_gtFine_labelIds.png"],
            "aachen_1_gtFine_labelIds.png",
        ),
        ("Yard.JPG", ["yard_mask.png"], "yard_mask.png"),
        ("yard.jpg", ["backyard_mask.png", "yard_mask.txt", "yard2_mask.png"], ""),
        ("yard_mask.png", ["yard_mask_mask.png", "yard_mask.jpg"], ""),
        ("aachen_1_leftImg8bit.png", ["aachen_1_gtFine_instanceIds.png"], ""),
    ],
)
def test_the_mask_of_a_photograph_is_found_beside_it_by_its_name(tmp_path, picture, others, found):
    for name in (picture, *others):
        (tmp_path / name).touch()
    assert mask_beside(tmp_path / picture) == (str(tmp_path / found) if found else "")


def test_of_a_folder_that_is_gone_nothing_is_said(tmp_path):
    assert mask_beside(tmp_path / "gone" / "yard.jpg") == ""
