"""A residual network as an ensemble of paths (Veit, Wilber, Belongie 2016).

Of n modules y = x + f(x) each path takes the branch f or the shortcut, which makes 2^n paths
whose length, in branches, is Binomial(n, 1/2). How much each length does is measured as the
paper does it: forward once, then backward along one path at a time.

The small random network here has branches s · conv(ReLU(conv(x))) with weights that keep the
mean square, circular at the border. For it there are closed forms to compare with: each
branch multiplies a gradient's norm by s, so that lengths weigh as Binomial(n, s / (1 + s)),
and an output without one of its modules differs by about s / √(1 + s²).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # torch is imported where it computes
    from torch import Tensor

CHANNELS, SIDE = 8, 8


def binomial_shares(n: int, p: float = 0.5) -> np.ndarray:
    """Share of the lengths 0 to n, float64 (n + 1,): C(n, k) p^k (1 - p)^(n - k)."""
    if not 0 < p < 1:
        shares = np.zeros(n + 1)
        shares[0 if p <= 0 else n] = 1
        return shares
    logs = [
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(p)
        + (n - k) * math.log1p(-p)
        for k in range(n + 1)
    ]
    return np.exp(logs)


def central_lengths(shares: np.ndarray, share: float) -> tuple[int, int]:
    """Shortest range of lengths, first and last, that holds at least `share` of all."""
    sums = np.concatenate([[0.0], np.cumsum(shares)])
    wanted = share * sums[-1] - 1e-12
    best = (0, len(shares) - 1)
    for first in range(len(shares)):
        last = int(np.searchsorted(sums, sums[first] + wanted)) - 1
        if last < len(shares) and last - first < best[1] - best[0]:
            best = (first, max(last, first))
    return best


@dataclass(frozen=True, eq=False)
class PathGradients:
    """Gradient at the input along single paths, the shortcuts' alone being 1.

    Attributes
    ----------
    norms : ndarray of float64 (n + 1,)
        Mean norm for each length.
    shares : ndarray of float64 (n + 1,)
        Norm times how many paths have the length, as shares.
    """

    norms: NDArray[np.float64]
    shares: NDArray[np.float64]


class RandomResNet:
    """n random modules of one shape, without batch norm.

    Parameters
    ----------
    modules : int
    scale : float
        s, the size of a branch's output against its input.
    seed : int
    """

    def __init__(self, modules: int, scale: float, seed: int):
        import torch

        self.modules, self.scale = modules, scale
        made = torch.Generator().manual_seed(seed)
        fan = 9 * CHANNELS
        shape = (modules, CHANNELS, CHANNELS, 3, 3)
        self._first = torch.randn(shape, generator=made) * math.sqrt(2 / fan)
        self._second = torch.randn(shape, generator=made) * math.sqrt(1 / fan)
        self._made = made

    def inputs(self, number: int) -> Tensor:
        """Random inputs (number, CHANNELS, SIDE, SIDE)."""
        import torch

        return torch.randn(number, CHANNELS, SIDE, SIDE, generator=self._made)

    def branch(self, index: int, x: Tensor) -> Tensor:
        """f of one module, without s."""
        from torch.nn import functional as F

        around = (1, 1, 1, 1)
        x = F.relu(F.conv2d(F.pad(x, around, mode="circular"), self._first[index]))
        return F.conv2d(F.pad(x, around, mode="circular"), self._second[index])

    def run(self, x: Tensor, order: Iterable[int], shortcuts: bool = True) -> Tensor:
        """Output of the modules in this order; without shortcuts a plain chain of branches.

        Parameters
        ----------
        x : Tensor (B, CHANNELS, SIDE, SIDE)
        order : iterable of int
            Numbers of modules.
        shortcuts : bool
        """
        for index in order:
            y = self.branch(index, x)
            x = x + self.scale * y if shortcuts else y
        return x


def path_gradients(
    network: RandomResNet, samples: int, check: Callable[[], None] = lambda: None
) -> PathGradients:
    """Mean gradient norm of paths of every length, `samples` random paths for each.

    Parameters
    ----------
    network : RandomResNet
    samples : int
    check : callable
        Called before each module; may raise to stop.
    """
    import torch

    n = network.modules
    lengths = np.repeat(np.arange(n + 1), samples)
    draw = np.random.default_rng(0).random((len(lengths), n)).argsort(1)
    taken = torch.from_numpy(draw < lengths[:, None])  # a path takes its branch in these
    x, states = network.inputs(1), []
    with torch.no_grad():
        for index in range(n):
            states.append(x)
            x = network.run(x, [index])
    gradient = torch.randn(len(lengths), *x.shape[1:], generator=network._made)
    before = gradient.flatten(1).norm(dim=1)
    for index in reversed(range(n)):
        check()
        rows = taken[:, index].nonzero().flatten()
        if not len(rows):
            continue
        state = states[index].expand(len(rows), -1, -1, -1).contiguous().requires_grad_()
        y = network.scale * network.branch(index, state)
        (along,) = torch.autograd.grad(y, state, gradient[rows])
        gradient[rows] = along
    norms = (gradient.flatten(1).norm(dim=1) / before).double().numpy()
    norms = norms.reshape(n + 1, samples).mean(1)
    weights = binomial_shares(n) * norms
    return PathGradients(norms, weights / weights.sum())


@dataclass(frozen=True, eq=False)
class Lesions:
    """Relative change |without - with| / |with| of the output, float64 (n,) each.

    NaN where there is nothing to do (no later module to swap with).

    Attributes
    ----------
    deleted, plain : ndarray
        One module left out, in the residual network and in the chain without shortcuts.
    swapped : ndarray
        A module and the one `distance` further on change places.
    several : ndarray
        1, 2, … n modules left out, chosen at random, mean of a few choices.
    """

    deleted: np.ndarray
    plain: np.ndarray
    swapped: np.ndarray
    several: np.ndarray


def lesions(
    network: RandomResNet,
    distance: int,
    inputs: int = 2,
    choices: int = 2,
    check: Callable[[], None] = lambda: None,
) -> Lesions:
    """What the output loses when modules go or change places.

    Parameters
    ----------
    network : RandomResNet
    distance : int
        Between the two that change places.
    inputs : int
        Random inputs to average over.
    choices : int
        Random choices of so many modules.
    check : callable
        Called before each cell; may raise to stop.
    """
    import torch

    n = network.modules
    random = np.random.default_rng(1)
    one = ~np.eye(n, dtype=bool)
    # Row i: i + 1 of the modules, chosen at random, are gone.
    ranks = random.random((choices, n, n)).argsort(2).argsort(2)
    several = (ranks > np.arange(n)[None, :, None]).reshape(choices * n, n)
    identity = np.tile(np.arange(n), (n, 1))
    swaps = identity[: max(0, n - distance)].copy()
    for index in range(len(swaps)):
        swaps[index, [index, index + distance]] = index + distance, index
    with torch.inference_mode():
        x = network.inputs(inputs)

        def change(orders: np.ndarray, kept: np.ndarray, shortcuts: bool = True) -> np.ndarray:
            """Of each row of module numbers, those that are kept."""
            orders = np.vstack([np.arange(n), orders])
            kept = np.vstack([np.ones(n, bool), kept])
            states = x.repeat(len(orders), 1, 1, 1, 1)
            for place in range(n):
                check()
                for module in np.unique(orders[:, place]):
                    rows = np.flatnonzero((orders[:, place] == module) & kept[:, place])
                    if len(rows):
                        now = states[rows].flatten(0, 1)
                        now = network.run(now, [module], shortcuts)
                        states[rows] = torch.unflatten(now, 0, (len(rows), inputs))
            states = states.flatten(1)
            far = torch.linalg.vector_norm(states[1:] - states[0], dim=1)
            distances: np.ndarray = (far / torch.linalg.vector_norm(states[0])).double().numpy()
            return distances

        swapped = np.full(n, np.nan)
        swapped[: len(swaps)] = change(swaps, np.ones_like(swaps, bool))
        rows = np.tile(identity, (choices, 1))
        return Lesions(
            change(identity, one),
            change(identity, one, shortcuts=False),
            swapped,
            change(rows, several).reshape(choices, n).mean(0),
        )
