"""One window for a minute: dialogs, pictures, networks and sliders leave nothing behind."""

from __future__ import annotations

import pytest

from tests.hostile import soak

SEED = 12


@pytest.mark.slow
def test_the_same_over_and_over_breaks_nothing(tmp_path):
    report = soak.campaign(seed=SEED, seconds=50, folder=tmp_path)
    print(report)
    assert report.tried > 20 and report.failures == [], str(report)
