"""What masks hold that a network does not know, in words."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.analysis.evaluation.target_fit import share_text, target_fit


def fit(target, label_map=None, num_classes=11):
    target = np.asarray(target, np.uint8)
    confusion = Confusion(num_classes)
    confusion.add(target, np.zeros_like(target) if label_map is None else label_map)
    return target_fit(confusion)


def test_a_mask_that_fits_needs_no_words():
    found = fit([0, 1, 2, 3, 255])
    assert (found.pixels, found.compared, found.void, found.present) == (5, 4, 1, 4)
    assert found.sentences() == ()


def test_labels_outside_the_classes_are_said_with_share_and_values():
    found = fit([0] * 20 + [1] * 20 + list(range(20, 34)) * 4 + [20] * 4)
    assert found.outside_share == pytest.approx(0.6)
    assert found.outside[0] == (20, 8)
    assert found.sentences()[0].startswith(
        "60 % of the mask holds labels 20…33; the network has 11 classes"
    )
    assert "hold label 40;" in fit([0, 1, 40]).sentences("masks")[0]
    assert "labels 13, 17, 23;" in fit([0, 1, 13, 17, 23]).sentences()[0]
    assert "labels 12…30 (5 of them);" in fit([0, 1, 12, 14, 16, 18, 30]).sentences()[0]


def test_all_void_and_mostly_void_are_said():
    assert fit([255, 255]).sentences() == ("The mask is void throughout.",)
    assert fit([255, 255, 255, 0, 1]).sentences() == ("60 % of the mask is void and not compared.",)
    # The mask of 0 and 255: one class is left, and any figure is that class's alone.
    assert "Only one class is left" in fit([0] * 9 + [255]).sentences()[0]


def test_labels_counted_from_one_are_noticed():
    label_map = np.repeat(np.arange(8, dtype=np.uint8), 50)
    found = fit(label_map + 1, label_map)
    assert found.shift == 1
    assert "counted from 1" in found.sentences()[-1]
    assert fit(label_map[50:] - 1, label_map[50:]).shift == -1
    assert fit(label_map, label_map).shift == 0
    # One class taken for its neighbour is an ordinary error of a network.
    assert fit(np.full(100, 3), np.full(100, 2, np.uint8)).shift == 0


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.6, "60 %"), (0.034, "3.4 %"), (1e-5, "under 0.1 %"), (0.9999, "over 99.9 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share, said):
    assert share_text(share) == said


def test_a_share_at_the_edge_of_what_is_rounded():
    assert share_text(0.001) == "0.1 %"
    assert share_text(0.000999) == "under 0.1 %"
    assert share_text(0.999) == "100 %" and share_text(0.9991) == "over 99.9 %"
