"""Label compatibilities: kept, guessed, counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.settings.compatibility_matrix import (
    HIGHEST_COST,
    WITHIN,
    dense,
    group_of,
    measured,
    meetings,
    semantic,
    sparse,
    with_cost,
)
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError
from segviewer.imaging.labels import label_set

POTTS3 = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(0, 10_000).map(lambda value: value / 1000).filter(lambda value: value != 1),
)


def test_no_overrides_is_potts():
    np.testing.assert_array_equal(dense((), 3), POTTS3)
    assert sparse(np.array(POTTS3)) == ()


def test_an_override_counts_both_ways():
    matrix = dense([(2, 0, 0.25)], 3)
    assert matrix[0, 2] == matrix[2, 0] == 0.25
    assert matrix.sum() == 4.5 and matrix.dtype == np.float32


@given(PAIRS)
def test_sparse_is_the_inverse_of_dense(pairs):
    overrides = tuple((i, j, cost) for (i, j), cost in sorted(pairs.items()))
    assert sparse(dense(overrides, 6)) == overrides


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((0, 3, 1.0), "there are 3"),
        ((-1, 0, 1.0), "there are 3"),
        ((1, 1, 2.0), "meeting itself"),
        ((0, 1, -0.1), "0 to 10"),
        ((0, 1, 10.1), "0 to 10"),
        ((0, 1, float("nan")), "0 to 10"),
    ],
)
def test_impossible_pairs_are_refused_in_three_parts(pair, said):
    with pytest.raises(SettingsError) as caught:
        dense([pair], 3)
    assert said in caught.value.why and "Potts" in caught.value.next_step


def test_changing_one_pair():
    found = with_cost((), 4, 1, 2.5)
    assert found == ((1, 4, 2.5),)
    assert with_cost(found, 1, 4, 1) == ()
    assert with_cost(found, 0, 9, 99) == ((0, 9, HIGHEST_COST), (1, 4, 2.5))
    # The other way round is the same pair.
    assert with_cost(((4, 1, 2.5),), 1, 4, 3) == ((1, 4, 3.0),)


@pytest.mark.slow
def test_the_engine_with_potts_as_a_matrix_is_potts():
    random = np.random.default_rng(4)
    image = random.integers(0, 255, (8, 12, 3)).astype(np.uint8)
    unary = random.random((96, 3)).astype(np.float32)
    settings = CRFSettings(num_iterations=3)
    (*_, potts), (*_, matrix) = (
        refine(image, unary, settings, compatibility=given) for given in (None, dense((), 3))
    )
    np.testing.assert_allclose(matrix, potts, atol=1e-6)


def test_groups_of_names():
    for name, group in (
        ("sign/symbol", "post"),
        ("traffic light", "post"),
        ("Sidewalk", "ground"),
        ("pool table", "furniture"),
        ("swimming pool", "ground"),
        ("bicyclist", "person"),
        ("bicycle", "vehicle"),
        ("background", ""),
        ("scar", ""),
        ("", ""),
    ):
        assert group_of(name) == group, name


def test_every_street_class_is_in_a_group():
    for name in ("camvid11", "cityscapes19"):
        assert all(group_of(one) for one in label_set(name).classes)


@pytest.mark.parametrize("name", ["camvid11", "cityscapes19", "voc21", "ade20k150"])
def test_the_semantic_matrix_follows_its_rule(name):
    classes = label_set(name).classes
    matrix = semantic(classes)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 0)
    assert set(np.unique(matrix)) <= {0, WITHIN, 1, 2, 3}
    np.testing.assert_array_equal(dense(sparse(matrix), len(classes)), matrix)


def test_sky_and_what_it_may_meet():
    classes = label_set("camvid11").classes
    sky = dict(zip(classes, semantic(classes)[classes.index("sky")], strict=True))
    assert sky == {
        "sky": 0,
        "building": 1,
        "pole": 1,
        "tree": 1,
        "sign/symbol": 1,
        "fence": 1,
        "car": 2,
        "pedestrian": 2,
        "bicyclist": 2,
        "road": 3,
        "pavement": 3,
    }


def test_meetings_by_hand():
    label_map = np.array([[0, 0, 1], [0, 2, 1], [255, 2, 2]], np.uint8)
    # Rows: 00 01 | 02 21 | 22 (void left out); columns: 00, 02 22, 11 12.
    np.testing.assert_array_equal(meetings(label_map, 3), [[2, 1, 2], [1, 1, 2], [2, 2, 2]])


@given(st.integers(0, 2**32 - 1))
def test_all_neighbours_are_counted_once(seed):
    label_map = np.random.default_rng(seed).integers(0, 4, (5, 7)).astype(np.uint8)
    counts = meetings(label_map, 4)
    np.testing.assert_array_equal(counts, counts.T)
    assert np.triu(counts).sum() == 5 * 6 + 4 * 7


def test_measured_costs_in_closed_form():
    # Three stripes: 0 meets 1 and 1 meets 2, six times each; 0 and 2 never meet.
    label_map = np.repeat([[0, 1, 2]], 6, 0).astype(np.uint8)
    matrix = measured(label_map, 5)
    often, never = -np.log(7 / 15), -np.log(1 / 15)
    mean = (2 * often + never) / 3
    assert matrix[0, 1] == matrix[1, 2] == pytest.approx(often / mean, rel=1e-6)
    assert matrix[0, 2] == matrix[2, 0] == pytest.approx(never / mean, rel=1e-6)
    assert matrix[0, 2] > 1 > matrix[0, 1]
    # Classes that the map lacks stay at Potts.
    np.testing.assert_array_equal(matrix[3:, :3], 1)


@pytest.mark.parametrize("labels", [[0], [0, 1], [255]])
def test_less_than_two_kinds_of_meeting_say_nothing(labels):
    label_map = np.array([labels], np.uint8)
    np.testing.assert_array_equal(measured(label_map, 3), POTTS3)


def test_a_label_beyond_the_classes_is_not_among_those_that_meet():
    labels = np.array([[0, 1, 2], [0, 1, 255]])
    found = measured(labels, 2)
    np.testing.assert_array_equal(found, measured(labels[:, :2], 2))
    assert found.shape == (2, 2) and np.isfinite(found).all()
