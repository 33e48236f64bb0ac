"""The clicked pixel of a lab, in the photograph's own x, y."""

import numpy as np
import pytest

from segviewer.labs.lab import LabContext
from segviewer.labs.shared.crf_case import clicked_at, pixel_at, said_at


@pytest.mark.parametrize("clicked", [(0, 0), (3999, 2999), (2001, 1234)])
def test_what_is_said_lies_within_a_working_pixel_of_the_click(clicked):
    context = LabContext(image=np.zeros((360, 480, 3), np.uint8), photograph=(3000, 4000))
    x, y = clicked
    pixel = pixel_at((x + 0.5) / 4000, (y + 0.5) / 3000, (360, 480))
    words = said_at(context, pixel).replace(",", "").split()
    assert abs(int(words[1]) - x) <= 4000 / 480 / 2 and abs(int(words[3]) - y) <= 3000 / 360 / 2


def test_where_sizes_agree_it_is_the_pixel():
    image = np.zeros((40, 60, 3), np.uint8)
    assert said_at(LabContext(image=image), (5, 10)) == "x 10, y 5"
    assert said_at(LabContext(image=image, photograph=(40, 60)), (5, 10)) == "x 10, y 5"


@pytest.mark.parametrize("clicked", [(0, 0), (3999, 2999), (2001, 1234)])
def test_the_clicked_pixel_is_said_as_it_was_clicked(clicked):
    context = LabContext(image=np.zeros((360, 480, 3), np.uint8), photograph=(3000, 4000))
    x, y = clicked
    fractions = round((x + 0.5) / 4000, 6), round((y + 0.5) / 3000, 6)
    assert clicked_at(context, *fractions) == f"x {x}, y {y}"
