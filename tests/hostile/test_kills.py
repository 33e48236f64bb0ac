"""Windows are killed for a minute: nothing is half-written, nothing lives on, nothing is lost."""

from __future__ import annotations

import pytest

from tests.hostile import kills

SEED = 5


@pytest.mark.slow
def test_kills_leave_nothing_broken(tmp_path):
    report = kills.campaign(seed=SEED, seconds=60, folder=tmp_path)
    print(report)
    assert report.tried >= 4 and not report.failures, str(report)


def test_an_attack_can_be_made_again():
    assert [kills.kill_number(3, 17) for _ in range(2)] == [kills.kill_number(3, 17)] * 2
    attacks = [kills.kill_number(SEED, index) for index in range(64)]
    assert {one.deed for one in attacks} == set(kills.DEEDS)
    assert {one.means for one in attacks} == set(kills.MEANS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kill",
    [
        kills.Kill("slider", "window SIGKILL", 5.0),
        kills.Kill("save", "window SIGTERM", 5.0),
        kills.Kill("export", "engine SIGKILL", 1.0),
    ],
    ids=str,
)
def test_what_was_open_is_offered_by_the_next_window(tmp_path, kill):
    failures, offered = kills.attack(kill, tmp_path, has_left=False)
    assert failures == [] and not offered
    assert len(kills.left_behind(tmp_path)) == 1
    again = kills.Kill("slider", "window SIGTERM", 0.1)
    failures, offered = kills.attack(again, tmp_path, has_left=True)
    assert failures == [] and offered
