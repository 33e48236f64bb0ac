"""Rare objects out of frames, and into others."""

from __future__ import annotations

import numpy as np
import torch

from segviewer.training.frames import VOID, Augmentation
from segviewer.training.pasting import Pasting, rare_objects

ROAD, POLE, SIGN = 0, 1, 2


def frame(grey=100):
    """A road with a sign on a pole, a pole cut by the side, and a speck."""
    target = torch.full((120, 160), ROAD, dtype=torch.uint8)
    target[40:90, 70:74] = POLE
    target[30:40, 66:78] = SIGN
    target[50:110, 0:4] = POLE
    target[5:7, 5:7] = POLE
    image = torch.full((3, 120, 160), grey, dtype=torch.uint8)
    image[0, target == POLE] = 200
    image[1, target == SIGN] = 200
    return image, target


def test_whole_objects_of_rare_classes_are_found_with_where_they_stood():
    image, target = frame()
    (found,) = rare_objects([(image, target)], (POLE, SIGN))
    assert tuple(found.target.shape) == (60, 12) and found.image.shape == (3, 60, 12)
    assert found.foot == 90 / 120
    assert (found.target == SIGN).sum() == 120 and (found.target == POLE).sum() == 200
    assert (found.target == VOID).sum() == 60 * 12 - 320
    assert rare_objects([(image, target)], (3,)) == ()


def test_what_is_pasted_lies_in_picture_and_labels_alike():
    objects = rare_objects([frame()], (POLE, SIGN))
    image = torch.full((3, 120, 160), 100, dtype=torch.uint8)
    target = torch.full((120, 160), ROAD, dtype=torch.uint8)
    seen = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        picture, labels = Pasting(objects, 1.0).draw(image, target, rng)
        assert image.eq(100).all() and target.eq(ROAD).all()  # the frame itself stays
        assert picture.dtype == torch.uint8 and picture.shape == image.shape
        changed = (picture != 100).any(0)
        assert not changed[labels == ROAD].any()
        there = labels != ROAD
        assert there.any() and (changed[there].float().mean() > 0.9)
        # Red poles and green signs, whatever was mirrored and resized.
        assert (picture[0] > picture[1])[labels == POLE].float().mean() > 0.8
        assert (picture[1] > picture[0])[labels == SIGN].float().mean() > 0.8
        rows = torch.nonzero((labels == POLE).any(1)).flatten()
        assert 90 - 5 <= int(rows.max()) + 1 <= 90 + 5  # it stands where it stood
        seen.add(int(torch.nonzero(there.any(0))[0]))
    assert len(seen) > 6


def test_an_object_is_as_light_as_its_new_frame():
    objects = rare_objects([frame(grey=160)], (POLE, SIGN))
    dark = torch.full((3, 120, 160), 60, dtype=torch.uint8)
    target = torch.full((120, 160), ROAD, dtype=torch.uint8)
    picture, labels = Pasting(objects, 1.0).draw(dark, target, np.random.default_rng(1))
    assert picture[0][labels == POLE].float().max() < 120


def test_chance_and_an_empty_set_leave_frames_alone():
    image, target = frame()
    rng = np.random.default_rng(0)
    assert "Nothing is pasted" in Pasting((), 1.0).said
    for pasting in (Pasting((), 1.0), Pasting(rare_objects([(image, target)], (POLE,)), 0.0)):
        picture, labels = pasting.draw(image, target, rng)
        assert picture is image and labels is target


def test_a_balanced_crop_draws_the_class_first():
    target = torch.zeros(200, 400, dtype=torch.uint8)
    target[:, :180] = 1
    target[98:102, 380:384] = 2  # few pixels, far from the many
    image = torch.zeros(3, 200, 400, dtype=torch.uint8)
    shares = []
    for balanced in (False, True):
        crops = Augmentation((48, 48), (1.0, 1.0), rare_classes=(1, 2), balanced=balanced)
        drawn = [crops.draw(image, target, np.random.default_rng(s))[1] for s in range(80)]
        shares.append(np.mean([bool((label == 2).any()) for label in drawn]))
    assert shares[0] < 0.15 and shares[1] > shares[0] + 0.1


def test_colour_widens_or_leaves_the_colours():
    image = torch.full((3, 64, 64), 90, dtype=torch.uint8)
    target = torch.zeros(64, 64, dtype=torch.uint8)

    def spread(colour):
        crops = Augmentation((32, 32), (1.0, 1.0), blur=0.0, colour=colour)
        levels = [
            float(crops.draw(image, target, np.random.default_rng(s))[0].mean()) for s in range(40)
        ]
        return float(np.std(levels))

    assert spread(0.0) < 1e-5 < spread(1.0) < spread(1.6)
