"""Counts of paths in closed form, the measurements against their expectations and autograd."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from segviewer.analysis.networks.residual_paths import (
    RandomResNet,
    binomial_shares,
    central_lengths,
    lesions,
    path_gradients,
)


def test_the_papers_counts():
    np.testing.assert_allclose(8 * binomial_shares(3), [1, 3, 3, 1])
    shares = binomial_shares(54)
    # Veit et al.: more than 95 % have 19 to 35 modules; 5 to 17 modules 0.45 %.
    assert shares[19:36].sum() == pytest.approx(0.98017, abs=1e-5)
    assert shares[5:18].sum() == pytest.approx(0.0045367, abs=1e-7)
    assert shares @ np.arange(55) == pytest.approx(27)


@pytest.mark.parametrize("p", [0.0, 0.2, 1.0])
def test_shares_are_shares(p):
    shares = binomial_shares(7, p)
    assert shares.sum() == pytest.approx(1) and shares @ np.arange(8) == pytest.approx(7 * p)


def test_central_lengths_are_the_shortest_that_hold_enough():
    shares = binomial_shares(16)
    first, last = central_lengths(shares, 0.95)
    assert shares[first : last + 1].sum() >= 0.95
    for a, b in itertools.combinations(range(17), 2):
        if b - a < last - first:
            assert shares[a : b + 1].sum() < 0.95
    assert central_lengths(np.array([0.0, 1.0, 0.0]), 0.9) == (1, 1)


def test_paths_together_are_the_gradient():
    """The sum over all 2^n paths is what autograd finds for the whole network."""
    network = RandomResNet(4, 0.7, seed=3)
    x = network.inputs(1).requires_grad_()
    upward = torch.ones_like(x)
    y = network.run(x, range(4))
    (whole,) = torch.autograd.grad(y, x, upward)
    states, z = [], x.detach()
    for index in range(4):
        states.append(z)
        z = network.run(z, [index])
    total = torch.zeros_like(whole)
    for path in itertools.product((False, True), repeat=4):
        g = upward
        for index in reversed(range(4)):
            if path[index]:
                state = states[index].clone().requires_grad_()
                (g,) = torch.autograd.grad(0.7 * network.branch(index, state), state, g)
        total += g
    torch.testing.assert_close(total, whole, rtol=1e-4, atol=1e-4)


def test_gradients_fall_by_s_for_each_branch():
    found = path_gradients(RandomResNet(16, 0.3, seed=0), samples=8)
    assert found.norms[0] == pytest.approx(1)
    for k in (1, 4, 8):
        assert math.log(found.norms[k]) == pytest.approx(k * math.log(0.3), abs=0.12 * k + 0.1)
    assert found.shares.sum() == pytest.approx(1)
    mean = found.shares @ np.arange(17)
    assert mean == pytest.approx(16 * 0.3 / 1.3, rel=0.2)


def test_a_residual_network_misses_a_module_less_than_a_chain_does():
    found = lesions(RandomResNet(10, 0.3, seed=0), distance=2)
    assert found.deleted.mean() == pytest.approx(0.3 / math.sqrt(1.09), rel=0.15)
    assert (found.plain > 2 * found.deleted).all()
    assert np.isnan(found.swapped[-2:]).all() and (found.swapped[:-2] < 0.3).all()
    assert found.several[0] < found.several[4] < found.several[9]


def test_a_single_module():
    network = RandomResNet(1, 0.5, seed=1)
    assert np.isnan(lesions(network, 1).swapped).all()
    assert path_gradients(network, 2).norms.shape == (2,)
