"""Half a minute of malformed figures, sessions, lessons and presets."""

import pytest

from tests.hostile.records import campaign, mutant


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21])
def test_no_malformed_record_is_more_than_refused(tmp_path, seed):
    report = campaign(seed, 20, tmp_path)
    print(report)
    assert not report.failures, str(report)
    assert report.tried > 100 and 0 < report.refused < report.tried


def test_a_mutant_can_be_made_again():
    assert mutant(3, 14) == mutant(3, 14) != mutant(3, 15)
