"""A minute of malformed pictures."""

import pytest

from tests.hostile.pictures import campaign, mutant


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11])
def test_no_malformed_picture_is_more_than_refused(tmp_path, seed):
    report = campaign(seed, 60, tmp_path)
    print(report)
    assert not report.failures, str(report)
    assert report.tried > 100 and 0 < report.refused < report.tried


def test_a_mutant_can_be_made_again():
    assert mutant(3, 14) == mutant(3, 14) != mutant(3, 15)
