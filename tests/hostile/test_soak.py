"""One window for a minute: dialogs, pictures, networks and sliders leave nothing behind."""

from __future__ import annotations

import pytest

from tests.hostile import soak

SEED = 12


@pytest.mark.slow
def test_a_minute_of_the_same_over_and_over(tmp_path):
    report = soak.campaign(seed=SEED, seconds=75, folder=tmp_path)
    print(report)
    assert report.tried > 20 and report.failures == [], str(report)
