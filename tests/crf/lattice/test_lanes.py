"""Rows in vector registers and rows as arrays: the same numbers, whichever a computer takes."""

import json
import logging
import os
import subprocess
import sys
from functools import cache

import numba
import numpy as np
import pytest

from segviewer.crf.lattice import lanes, plain_lanes, vector_lanes
from segviewer.crf.lattice.lane_rows import HIGHEST_EXPONENT, LOWEST_EXPONENT, WIDTH, aligned_rows

RNG = np.random.default_rng(0)
SIZE = 2 * WIDTH
F = np.float32
A, B = (RNG.normal(scale=5, size=SIZE).astype(F) for _ in "ab")
_ENDS = [LOWEST_EXPONENT - 1e-3, -1e30, LOWEST_EXPONENT + 0.5, HIGHEST_EXPONENT, 200, 0]
ENDS = np.resize(np.array(_ENDS, F), SIZE)
TABLE = np.arange(12, dtype=np.int32).reshape(3, 4)

OPERATIONS = {
    "add_scaled": A + F(1.7) * B,
    "add_product": A + B * A,
    "add": A + B,
    "subtract": A - B,
    "divide": A / F(0.3),
    "nearest": np.rint(A),
    "below": (A < B).astype(F),
    "shift": A - 4,
    "scale": A * 3,
    "exponential": np.exp(A.astype(float)),
    "ends": np.resize([0, 0, np.exp(-59.5), np.exp(80), np.exp(80), 1], SIZE),
}
"""And what they give; `run` has them in this order."""


@cache
def run(module):
    """Every operation of a module, compiled here: rows, and single numbers."""
    load, store, zeros, fetch = module.load, module.store, module.zeros, module.fetch
    add_scaled, add_product, add = module.add_scaled, module.add_product, module.add
    subtract, divide, nearest = module.subtract, module.divide, module.nearest
    below, shift, scale, exponential = module.below, module.shift, module.scale, module.exponential
    total, largest, prefetch = module.total, module.largest, module.prefetch

    @numba.njit
    def every(a, b, ends, table, out):
        prefetch(table, 0, 8)
        one, two = load(a, 0, 2), load(b, 0, 2)
        store(out, 0 * SIZE, add_scaled(one, F(1.7), two))
        store(out, 1 * SIZE, add_product(one, two, one))
        store(out, 2 * SIZE, add(one, two))
        store(out, 3 * SIZE, subtract(one, two))
        store(out, 4 * SIZE, divide(one, F(0.3)))
        store(out, 5 * SIZE, nearest(one))
        store(out, 6 * SIZE, below(one, two))
        store(out, 7 * SIZE, shift(one, F(-4)))
        store(out, 8 * SIZE, scale(one, F(3)))
        store(out, 9 * SIZE, exponential(one))
        store(out, 10 * SIZE, exponential(load(ends, 0, 2)))
        return total(one), largest(one), fetch(table, 5), total(zeros(2))

    out = np.full((len(OPERATIONS), SIZE), np.nan, F)
    numbers = every(A, B, ENDS, TABLE, out)
    return dict(zip(OPERATIONS, out, strict=True)), numbers


both = pytest.mark.parametrize("module", [vector_lanes, plain_lanes])


@pytest.mark.slow
@both
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_on_rows(module, name):
    rows, _ = run(module)
    np.testing.assert_allclose(rows[name], OPERATIONS[name], rtol=2e-5, atol=1e-6)
    assert ((rows[name] == 0) == (OPERATIONS[name] == 0)).all()


@both
def test_one_number_of_a_row_and_of_an_array(module):
    # The sum is the same to the last digit, because its order is.
    sums = A[:WIDTH] + A[WIDTH:]
    for half in (4, 2, 1):
        sums = sums[:half] + sums[half:]
    assert run(module)[1] == (sums[0], A.max(), 5, 0)


@cache
def turned(module):
    transpose = module.transpose

    @numba.njit
    def turn(source, target, count):
        transpose(source, 10, 10, target, 2, 9, count)

    return turn


@both
@pytest.mark.parametrize("count", [8, 20, 3, 1])
def test_a_block_is_turned(module, count):
    source, target = np.arange(100, dtype=F).reshape(10, 10), np.full((10, 9), -1, F)
    turned(module)(source, target, count)
    expected = np.full(90, -1, F)
    for j in range(min(8, count)):
        expected[2 + 9 * j : 10 + 9 * j] = source[1:9, j]
    np.testing.assert_array_equal(target.ravel(), expected)


def test_rows_lie_on_cache_lines():
    rows = aligned_rows(7, 16)
    assert rows.shape == (7, 16) and rows.ctypes.data % 64 == 0 and rows.flags.c_contiguous


def test_both_have_every_operation():
    operations = set(lanes.__all__) - {"VECTORS", "WIDTH", "aligned_rows"}
    for module in (vector_lanes, plain_lanes):
        assert operations <= set(vars(module))


@pytest.mark.parametrize("fault", ["does not compile", "wrong numbers", "not wanted"])
def test_where_vectors_do_not_work_rows_are_arrays(monkeypatch, caplog, fault):
    if fault == "not wanted":
        monkeypatch.setenv(lanes.SWITCH, "1")
    elif fault == "wrong numbers":
        monkeypatch.setattr(vector_lanes, "_tried", lambda *arrays: (0, 0, 0))
    else:

        def refused(*arrays):
            raise RuntimeError("LLVM IR parsing error")

        monkeypatch.setattr(vector_lanes, "_tried", refused)
    with caplog.at_level(logging.WARNING, "segviewer"):
        assert not lanes._vectors_work()
    assert ("without vectors" in caplog.text) == (fault != "not wanted")


def test_here_they_work():
    assert lanes.VECTORS and lanes._vectors_work()


@pytest.mark.slow
def test_a_refinement_without_vectors_is_the_same(tmp_path):
    code = (
        "import json, sys, numpy as np\n"
        "from segviewer.crf.engines.mean_field_lattice import refine\n"
        "from segviewer.crf.lattice import lanes\n"
        "from segviewer.crf.settings.crf_settings import CRFSettings\n"
        "rng = np.random.default_rng(4)\n"
        "image = rng.integers(0, 60, (20, 24, 3), dtype=np.uint8)\n"
        "image[:, 12:] += 100\n"
        "unary = rng.normal(size=(480, 11)).astype(np.float32)\n"
        "found = [lanes.VECTORS]\n"
        "for more in ({}, {'compatibility': ((0, 1, 0.5),), 'self_message': False}):\n"
        "    settings = CRFSettings(appearance_rgb_std=20, num_iterations=3, **more)\n"
        "    *_, q = refine(image, unary, settings)\n"
        "    found.append(q.tolist())\n"
        "print(json.dumps(found))\n"
    )
    found = []
    for switch in ("", "1"):
        # One folder for both: neither may take the other's compiled code.
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), lanes.SWITCH: switch}
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            env=environment,
            capture_output=True,
            text=True,
        )
        found.append(json.loads(done.stdout))
    assert [one.pop(0) for one in found] == [True, False]
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)
