"""The same sessions over and over: nothing is left of one that the next does not need."""

from __future__ import annotations

import pytest

from tests.hostile import memory


@pytest.mark.slow
def test_the_same_sessions_again_take_no_more_memory(tmp_path):
    report = memory.campaign(seed=4, seconds=60, folder=tmp_path)
    print(report)
    assert report.tried >= memory.WARM + 2 and report.failures == [], str(report)


def test_a_cycle_can_be_made_again():
    import random

    cycles = [memory.Sessions(random.Random(3)).cycle() for _ in range(2)]
    assert cycles[0] == cycles[1] and len({session for session, _ in cycles[0]}) > 20
