"""The lattice equals one built by the definition, whatever the threads; its filter is Gaussian."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.crf.lattice.lattice_filter import filtered, row_sums
from segviewer.crf.lattice.lattice_self import own_weights
from segviewer.crf.lattice.permutohedral import appearance_lattice, smoothness_lattice
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import TILE
from segviewer.crf.settings.kernels import smoothness_kernel


@pytest.fixture
def team():
    with ThreadTeam(2) as team:
        yield team


def filter_matrix(lattice, team):
    """What the engine's steps do to every unit vector: float64 (N, N)."""
    pixels = len(lattice.corner)
    size = -(-pixels // 8) * 8
    unit = np.eye(pixels, size, dtype=np.float32)
    values = filtered(lattice, unit, team)[:, :pixels]
    return lattice.gain * np.einsum(
        "nr,nrm->nm", lattice.barycentric.astype(np.float64), values[lattice.corner]
    )


def filter_by_definition(features):
    """The same with vertices as tuples in a dictionary, straight from Adams et al."""
    d = features.shape[1]
    lift = np.zeros((d + 1, d))
    for i in range(d):
        lift[: i + 1, i], lift[i + 1, i] = 1, -(i + 1)
        lift[:, i] *= np.sqrt(2 / 3) * (d + 1) / np.sqrt((i + 1) * (i + 2))
    rows = []
    for point in features @ lift.T:
        # Of all vertices of remainder 0 near the point, that whose differences, sorted, span
        # less than d + 1: page 6.
        base = np.rint(point / (d + 1)).astype(int) * (d + 1)
        order = np.argsort(-(point - base), kind="stable")
        excess = base.sum() // (d + 1)
        base[order[d + 1 - excess :] if excess > 0 else order[:-excess]] += (
            -(d + 1) if excess > 0 else d + 1
        )
        difference = point - base
        order = np.argsort(-difference, kind="stable")
        falling = difference[order]
        row = {}
        for r in range(d + 1):
            vertex = base + r
            vertex[order[d + 1 - r :]] -= d + 1
            weight = (falling[d - r] - falling[d + 1 - r]) if r else falling[d] - falling[0] + d + 1
            row[tuple(vertex)] = weight / (d + 1)
        rows.append(row)
    names = {v: i for i, v in enumerate(sorted(set(itertools.chain(*rows))))}
    splat = np.zeros((len(names), len(rows)))
    for n, row in enumerate(rows):
        for vertex, weight in row.items():
            splat[names[vertex], n] = weight
    blur = np.eye(len(names))
    for j in range(d + 1):
        step = np.eye(len(names))
        for vertex, i in names.items():
            for sign in (1, -1):
                other = np.array(vertex) - sign
                other[j] += sign * (d + 1)
                if tuple(other) in names:
                    step[i, names[tuple(other)]] = 0.5
        blur = step @ blur
    return splat.T @ blur @ splat / (1 + 2.0**-d)


def features_of(image, xy_std, rgb_std):
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    position = np.stack([columns.ravel(), rows.ravel()], 1) / xy_std
    return np.hstack([position, image.reshape(len(position), -1) / rgb_std])


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("widths", [(3.1, 31.0), (50.3, 5.1), (0.37, 71.0), (7.7, 200.3)])
def test_filter_equals_the_definition_in_five_dimensions(widths, team):
    image = noise(5, 7)
    lattice = appearance_lattice(image, *widths, team)
    expected = filter_by_definition(features_of(image, *widths))
    np.testing.assert_allclose(filter_matrix(lattice, team), expected, atol=3e-5)


@pytest.mark.parametrize("xy_std", [0.31, 1.1, 3.3, 47.1])
def test_filter_equals_the_definition_in_two_dimensions(xy_std, team):
    lattice = smoothness_lattice((6, 9), xy_std, team)
    expected = filter_by_definition(features_of(np.zeros((6, 9, 0)), xy_std, 1))
    np.testing.assert_allclose(filter_matrix(lattice, team), expected, atol=3e-5)


@pytest.mark.slow
def test_mass_and_width_of_the_filter(team):
    """Away from borders. A blur multiplies the mass by 2³ and a vertex stands for an area of
    √3/2 σ², so the mass is 0.88 of the Gaussian's 2πσ²: the lattice's known error. Its width,
    averaged over the places in a simplex, is the Gaussian's."""
    lattice = smoothness_lattice((41, 41), 3.0, team)
    inner = np.flatnonzero(np.pad(np.ones((11, 11), bool), 15))
    matrix = filter_matrix(lattice, team)[inner]
    np.testing.assert_allclose(matrix.sum(1), 0.8 * 8 * np.sqrt(3) / 2 * 9, rtol=3e-3)
    offset = np.arange(1681) % 41 - (inner % 41)[:, None]
    variance = (matrix * offset**2).sum(1) / matrix.sum(1)
    assert variance.mean() == pytest.approx(9, rel=0.02)
    assert np.abs(matrix - smoothness_kernel(41, 41, 3.0)[inner]).max() < 0.35


@st.composite
def pictures(draw):
    height, width = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    image = noise(height, width, draw(st.integers(0, 2**32 - 1))) // draw(st.integers(1, 60))
    return image, draw(st.floats(0.1, 1000)), draw(st.floats(0.1, 1000))


def check_bands(lattice):
    """Every pixel's contribution ends up at its own corner, and no band writes into another."""
    bands, vertices = lattice.bands, lattice.num_vertices
    home = np.arange(bands.num_rows)
    for i, v in enumerate(bands.merge_vertex):
        home[bands.merge_row[bands.merge_start[i] : bands.merge_start[i + 1]]] = v
    np.testing.assert_array_equal(home[bands.target], lattice.corner)
    assert bands.vertex[0] == 0 and bands.vertex[-1] == vertices == bands.guest[0]
    assert bands.merge_start[-1] == bands.num_rows - vertices == len(set(bands.merge_row))
    height, width = lattice.shape
    across = -(-width // TILE)
    tile = (np.arange(height) // TILE)[:, None] * across + np.arange(width) // TILE
    for b in range(bands.count):
        mine = ((tile >= bands.tile[b]) & (tile < bands.tile[b + 1])).ravel()
        rows = bands.target[mine]
        own = (rows >= bands.vertex[b]) & (rows < bands.vertex[b + 1])
        guest = (rows >= bands.guest[b]) & (rows < bands.guest[b + 1])
        assert (own ^ guest).all()


@settings(max_examples=30)
@given(picture=pictures())
def test_structure(picture):
    image, xy_std, rgb_std = picture
    with ThreadTeam(1) as team:
        lattice = appearance_lattice(image, xy_std, rgb_std, team)
    assert lattice.shape == image.shape[:2] and lattice.dimensions == 5
    np.testing.assert_allclose(lattice.barycentric.sum(1), 1, atol=1e-3)
    assert lattice.barycentric.min() > -1e-2  # float32, at features of some thousands
    # A simplex has six different corners, and every vertex is some pixel's.
    assert (np.diff(np.sort(lattice.corner, 1), axis=1) > 0).all()
    assert np.array_equal(np.unique(lattice.corner), np.arange(lattice.num_vertices))
    check_bands(lattice)
    for chain, start in zip(lattice.chain, lattice.chain_start, strict=True):
        assert len(np.unique(chain)) == len(chain) == start[-1]
        assert (np.diff(start) >= 2).all()


@pytest.mark.parametrize("widths", [(67.0, 3.0), (0.1, 0.1), (80.0, 13.0)])
def test_threads_change_nothing(widths):
    image = noise(130, 140) // 8
    lattices = []
    for threads in (1, 2, 5):
        with ThreadTeam(threads) as team:
            lattices.append(appearance_lattice(image, *widths, team))
    for other in lattices[1:]:
        for mine, theirs in zip(arrays(lattices[0]), arrays(other), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def arrays(lattice):
    bands = list(vars(lattice.bands).values())
    return [lattice.corner, lattice.barycentric, *lattice.chain, *lattice.chain_start, *bands]


def test_pixels_far_apart_share_nothing(team):
    lattice = smoothness_lattice((8, 9), 0.1, team)
    assert lattice.num_vertices == 3 * 72
    matrix = filter_matrix(lattice, team)
    assert np.count_nonzero(matrix) == np.count_nonzero(np.diag(matrix)) == 72


def test_all_pixels_alike_hear_the_same(team):
    lattice = appearance_lattice(np.full((9, 9, 3), 77, np.uint8), 1000.0, 1000.0, team)
    assert lattice.num_vertices < 20
    np.testing.assert_allclose(row_sums(lattice, team) / 81, 1, atol=0.35)


@pytest.mark.parametrize("widths", [(3.1, 31.0), (1.0, 255.0), (0.4, 9.0)])
def test_own_weight_is_the_diagonal(widths, team):
    lattice = appearance_lattice(noise(8, 6) // 3, *widths, team)
    own = lattice.gain * own_weights(lattice, team)
    np.testing.assert_allclose(own, np.diag(filter_matrix(lattice, team)), atol=1e-6)
    lattice = smoothness_lattice((8, 6), widths[0], team)
    own = lattice.gain * own_weights(lattice, team)
    np.testing.assert_allclose(own, np.diag(filter_matrix(lattice, team)), atol=1e-6)
