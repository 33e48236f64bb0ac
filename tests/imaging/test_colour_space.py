"""How colours look to colour-blind eyes, and which are taken for each other."""

import numpy as np

from segviewer.imaging.colour_space import VISIONS, alike, seen_as, simulated, srgb_from_oklab
from segviewer.imaging.labels import colour_blind_safe, label_set


def test_a_simulated_picture_is_within_one_level_of_the_exact_colours():
    image = np.random.default_rng(3).integers(0, 256, (40, 50, 3), np.uint8)
    for vision in VISIONS:
        exact = srgb_from_oklab(seen_as(image, vision)).astype(int)
        assert np.abs(exact - simulated(image, vision)).max() <= 1, vision
    assert np.array_equal(simulated(image, "usual"), image)


def test_colours_that_look_alike_are_listed_with_the_closest_first():
    colours = np.array([(128, 0, 0), (64, 64, 0), (0, 0, 255), (120, 4, 0)])
    assert alike(colours, "usual") == [(0, 3)]
    pairs = alike(colours, "deuteranopia")
    assert pairs[0] == (1, 3) and {(0, 3), (0, 1)} <= set(pairs)
    assert all(2 not in pair for pair in pairs)
    assert alike(colours[:1], "usual") == []


def test_the_safe_palettes_confuse_nobody():
    for name in ("camvid11", "cityscapes19", "voc21"):
        safe = colour_blind_safe(label_set(name))
        assert all(alike(np.array(safe.colours), vision) == [] for vision in VISIONS), name
    assert alike(np.array(label_set("camvid11").colours), "deuteranopia")
