"""The chain by enumeration, by hand, and by the laws of probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.factor_graph import STATES, directed, undirected
from segviewer.errors import SettingsError

positive = st.lists(st.floats(0.01, 10), min_size=8, max_size=8)
chances = st.lists(st.floats(0, 1), min_size=5, max_size=5)


def chain(values):
    return undirected(np.reshape(values[:4], (2, 2)), np.reshape(values[4:], (2, 2)))


def test_by_hand():
    found = chain([3, 1, 1, 2, 1, 4, 5, 1])
    # A B C: ψ(A,B) ψ(B,C)
    assert [found.weights[s] for s in STATES] == [3, 12, 5, 1, 1, 4, 10, 2]
    assert found.partition == 38
    assert found.map_states == ((0, 0, 1),)
    np.testing.assert_allclose(found.marginals, [17 / 38, 18 / 38, 19 / 38])


@given(positive)
def test_laws(values):
    found = chain(values)
    assert found.joint.sum() == pytest.approx(1)
    assert found.information() >= -1e-12
    assert found.information_given_middle() == pytest.approx(0, abs=1e-9)
    # Written directed, it is the same distribution.
    first, last = found.joint.sum(2), found.joint.sum(0)  # P(A, B) and P(B, C)
    shares = [pair.sum(1, keepdims=True) for pair in (first, last)]
    again = directed(first.sum(1)[1], (first / shares[0])[:, 1], (last / shares[1])[:, 1])
    np.testing.assert_allclose(again.joint, found.joint, atol=1e-12)
    # A factor times a number is the same distribution with another Z.
    scaled = chain([3 * v for v in values[:4]] + values[4:])
    np.testing.assert_allclose(scaled.joint, found.joint, atol=1e-12)
    assert scaled.partition == pytest.approx(3 * found.partition)


@given(chances)
def test_directed_needs_no_partition(values):
    found = directed(values[0], np.array(values[1:3]), np.array(values[3:]))
    assert found.partition == pytest.approx(1)
    assert found.marginals[0] == pytest.approx(values[0])
    b = values[0] * values[2] + (1 - values[0]) * values[1]
    assert found.marginals[1] == pytest.approx(b)
    assert found.marginals[2] == pytest.approx(b * values[4] + (1 - b) * values[3])


def test_a_perfect_copy_shares_one_bit():
    found = chain([1, 0, 0, 1, 1, 0, 0, 1])
    assert found.information() == pytest.approx(1)
    assert found.information_given_middle() == 0
    assert set(found.map_states) == {(0, 0, 0), (1, 1, 1)}


def test_even_factors_share_nothing_and_every_state_is_best():
    found = chain([1] * 8)
    assert found.information() == 0 and len(found.map_states) == 8


def test_the_most_probable_state_need_not_be_made_of_the_most_probable_values():
    found = chain([4, 0, 3, 3, 1, 0, 1, 1])
    (best,) = found.map_states
    assert best == (0, 0, 0) and found.marginals[0] > 0.5


def test_no_state_is_an_error_with_a_way_out():
    with pytest.raises(SettingsError) as caught:
        chain([1, 0, 1, 0, 0, 0, 1, 1])
    assert "Z is 0" in caught.value.why and caught.value.next_step
