"""A monkey at the window for a minute: nothing falls, hangs or grows."""

from __future__ import annotations

import random

import pytest

from tests.hostile import gestures

SEED = 11


@pytest.mark.slow
def test_a_minute_of_random_gestures(tmp_path):
    report = gestures.campaign(seed=SEED, seconds=60, folder=tmp_path)
    print(report)
    assert report.tried > 50 and report.failures == [], str(report)


def test_the_same_seed_makes_the_same_choices():
    class Nothing:
        window = presenter = None

    def chosen():
        monkey = gestures.Monkey(type("Acted", (), vars(Nothing))(), random.Random(SEED), [])
        return [monkey.act() for _ in range(200)]

    assert chosen() == chosen() and len(set(chosen())) > 15
