"""Figures on pictures that a network has seen are said to be that."""

from pathlib import Path

import pytest

from segviewer.batch.training_pictures import seen_in_training


@pytest.mark.parametrize(
    ("trained_on", "picture", "seen"),
    [
        ("CamVid (train + val)", "/data/CamVid/val/images/a.png", True),
        ("CamVid (train + val)", "/data/camvid_small/a.png", True),
        ("CamVid (train + val)", "/data/CamVid/test/images/a.png", False),
        ("CamVid", "/data/CamVid/test/images/a.png", True),
        ("CamVid (train + val)", "/test/CamVid/Train/a.png", True),
        ("CamVid (train + val)", "/data/Cityscapes/train/a.png", False),
        ("CamVid (train + val)", "/data/trained/a.png", False),
        ("Pascal VOC 2012", "/data/2012/a.png", False),
        ("", "/data/a.png", False),
    ],
)
def test_the_data_sets_name_in_a_folder_gives_it_away(trained_on, picture, seen):
    assert bool(seen_in_training(trained_on, [Path(picture)])) is seen
