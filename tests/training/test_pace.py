"""A run by the clock."""

from __future__ import annotations

import pytest

from segviewer.training.pace import FEWEST, Clock, Pace, clock, every, smaller_batch
from segviewer.training.run_options import default_crop, rare_classes


def test_iterations_fill_what_measuring_leaves():
    pace = Pace.of([9.0, 2.0, 1.0, 3.0], 0.5)
    assert pace.seconds == 2.0  # the first one warms up
    # 30 val pictures: ten times 24, and all of them in the end.
    assert pace.iterations(1800, 30) == int((1800 - 10 * 24 * 0.5 - 30 * 0.5) / 2)
    assert pace.iterations(1, 30) == FEWEST
    assert Pace.of([4.0], 0.1).seconds == 4.0


def test_a_run_by_the_clock_follows_the_machines_pace():
    watch = Clock(1000.0)
    elapsed = 0.0
    for iteration in range(1, 101):
        elapsed += 2.0
        total = watch.total(iteration, elapsed, 400)
        assert iteration < total
        assert total == 400 if iteration < 6 else total == iteration + int((1000 - elapsed) / 2)
    for iteration in range(101, 10_000):  # another program takes the machine
        elapsed += 8.0
        total = watch.total(iteration, elapsed, total)
        if total == iteration:
            break
    assert 992 <= elapsed <= 1000 and iteration == 200
    assert watch.total(iteration, 1001.0, 400) == iteration


def test_the_clock_of_a_run_that_goes_on_keeps_the_plan_until_it_knows_the_pace():
    watch = Clock(100.0)
    assert watch.total(30, 60.0, 50) == 50
    assert watch.total(31, 62.0, 31) == 32 + 18  # 38 s at 2 s each


def test_few_iterations_get_smaller_batches():
    assert smaller_batch(149, 8) == 4 and smaller_batch(150, 8) == 8
    assert smaller_batch(10, 4) == 4


@pytest.mark.parametrize(("seconds", "said"), [(45, "45 s"), (700, "12 min"), (7500, "2 h 05 min")])
def test_a_duration_for_people(seconds, said):
    assert clock(seconds) == said


def test_defaults_fit_the_pictures():
    assert every(4) == 1 and every(2000) == 200
    assert default_crop((360, 480)) == (288, 384)
    assert default_crop((48, 64)) == (64, 64) and default_crop((2000, 3000)) == (512, 512)
    import torch

    assert rare_classes(torch.tensor([0.5, 0.019, 0.0, 0.481])) == (1,)
