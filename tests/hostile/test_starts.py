"""A minute of starts on a busy machine: nothing crashes."""

from __future__ import annotations

import pytest

from tests.hostile import starts


@pytest.mark.slow
def test_starts_on_a_busy_machine_do_not_crash(tmp_path):
    report = starts.campaign(seed=7, seconds=30, folder=tmp_path)
    print(report)
    assert report.tried and not report.failures, str(report)
