"""The size at which a network sees a photograph, and when it is said."""

from __future__ import annotations

import pytest

from segviewer.imaging.working_size import WorkingSize, smallest_long_side


@pytest.mark.parametrize(
    ("asked", "trained", "picture", "seen", "tone", "said"),
    [
        (0, 480, 2000, 480, None, ""),
        (600, 480, 2000, 600, None, ""),
        (721, 480, 2000, 721, "warning", "network sees 721 px · trained for 480"),
        (300, 480, 2000, 300, "warning", "network sees 300 px · trained for 480"),
        # Never below a quarter of what it was trained for.
        (64, 480, 2000, 120, "warning", "network sees 120 px (64 asked) · trained for 480"),
        (2, 513, 2000, 129, "warning", "network sees 129 px (2 asked) · trained for 513"),
        # What cannot be done is said for what is done.
        (8192, 480, 640, 640, "info", "network sees 640 px, all the photograph has (8,192 asked)"),
        (
            8192,
            480,
            200,
            200,
            "warning",
            "network sees 200 px, all the photograph has (8,192 asked) · trained for 480",
        ),
        (
            0,
            480,
            100,
            100,
            "warning",
            "network sees 100 px, all the photograph has · trained for 480",
        ),
        # Nobody says what it was trained for: a photograph's own size is no departure.
        (0, 0, 100, 100, None, ""),
        (130, 0, 2000, 130, "warning", "network sees 130 px · 513 is usual"),
    ],
)
def test_what_is_seen_and_said(asked, trained, picture, seen, tone, said):
    size = WorkingSize(asked, trained, picture)
    assert size.long_side == seen
    assert size.chips() == ([(said, tone)] if said else [])


@pytest.mark.parametrize(
    ("asked", "trained", "picture", "seen", "said"),
    [
        (0, 672, 480, 672, "network sees 672 px, enlarged from 480"),
        (0, 672, 2000, 672, ""),
        (500, 672, 480, 500, "network sees 500 px, enlarged from 480"),
        # Not beyond what it was trained for: there is nothing more to be seen.
        (8192, 672, 480, 672, "network sees 672 px, enlarged from 480 (8,192 asked)"),
        (8192, 672, 700, 700, "network sees 700 px, all the photograph has (8,192 asked)"),
    ],
)
def test_a_network_of_enlarged_pictures_is_shown_enlarged_ones(asked, trained, picture, seen, said):
    size = WorkingSize(asked, trained, picture, enlarges=True)
    assert size.long_side == seen
    assert size.chips() == ([(said, "info")] if said else [])


def test_random_weights_have_no_training_to_depart_from():
    size = WorkingSize(16, 480, 2000, random=True)
    assert size.long_side == 16
    assert size.chips() == []


def test_the_bound_is_a_quarter():
    assert smallest_long_side(480) == 120
    assert smallest_long_side(0) == 129
