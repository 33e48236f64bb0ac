"""ResNet as an ensemble of paths, measured on a small random one (Veit et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

SAMPLES = 4  # paths of each length
KEPT = 12  # measurements in memory
HOLD = 0.9  # of the gradient that the lengths said in the caption hold


class ResNetPathsConfig(Settings):
    """Settings of the lab."""

    modules: int = control(
        16,
        kind="lab",
        label="Modules",
        symbol="n",
        ge=1,
        le=54,
        step=1,
        tip="Residual modules: ResNet-50 has 16, the paper's 110-layer network 54.",
    )
    scale: float = control(
        0.3,
        kind="lab",
        label="Size of a branch",
        symbol="s",
        ge=0.05,
        le=1.5,
        step=0.05,
        decimals=2,
        tip="Size of a branch's output against its input, in the random network. Small: the "
        "shortcuts carry nearly all.",
    )
    lesion: Literal["delete", "swap", "several"] = control(
        "delete",
        kind="lab",
        label="Lesion",
        tip="delete: one module left out. swap: two are exchanged. several: more and more "
        "modules left out, chosen at random.",
    )
    module: int = control(
        5,
        kind="lab",
        label="Module / Count",
        ge=1,
        le=54,
        step=1,
        tip="Which module is deleted or swapped, or how many are deleted. Numbers past the "
        "last mean the last.",
    )
    distance: int = control(
        1,
        kind="lab",
        label="Swapped with",
        unit="later",
        ge=1,
        le=20,
        step=1,
        tip="Distance of the two modules that are exchanged.",
    )
    seed: int = control(
        0,
        kind="lab",
        label="Random network",
        ge=0,
        le=99,
        step=1,
        tip="Another number: other random weights.",
    )


@dataclass(frozen=True)
class PathsShown:
    """What the view draws; tuples over the lengths 0 to n, or over the modules 1 to n.

    Attributes
    ----------
    paths, left : tuple of float
        Share of all 2^n paths with each length, and of those that are left.
    gradient, expected : tuple of float
        Share of the gradient, measured (empty while it is) and in closed form.
    norms : tuple of float
        Mean norm along one path.
    changes, chain : tuple of float
        Relative change of the output, and of a chain's without shortcuts.
    expected_change : float
        In closed form; NaN where there is none.
    """

    modules: int
    scale: float
    lesion: str
    module: int
    paths: tuple[float, ...]
    left: tuple[float, ...]
    gradient: tuple[float, ...]
    expected: tuple[float, ...]
    norms: tuple[float, ...]
    changes: tuple[float, ...]
    chain: tuple[float, ...]
    expected_change: float


class ResNetPathsLab(Lab[ResNetPathsConfig, PathsShown]):
    """Lengths of paths, gradient along them, and lesions."""

    name = "resnet_paths"
    entry = LabEntry(
        title="ResNet as an ensemble",
        sentence="A ResNet is 2ⁿ paths: how long they are, which carry gradient, what goes with "
        "a module.",
        source="Veit, Wilber, Belongie 2016; He et al. 2016",
        needs="nothing",
        group="Networks",
        view="segviewer.labs.networks.resnet_paths_view:ResNetPathsView",
    )
    Config = ResNetPathsConfig

    def compute(self, context: LabContext, config: ResNetPathsConfig) -> Iterator[LabResult]:
        n = config.modules
        module = min(config.module, n)
        key = (n, config.scale, config.distance, config.seed)
        if key not in context.memory:
            yield _result(config, module, None)
            while len(context.memory) >= KEPT:
                del context.memory[next(iter(context.memory))]
            context.memory[key] = _measured(context, config)
        yield _result(config, module, context.memory[key])


def _measured(context: LabContext, config: ResNetPathsConfig):
    from segviewer.analysis.networks.residual_paths import RandomResNet, lesions, path_gradients

    network = RandomResNet(config.modules, config.scale, config.seed)
    gradients = path_gradients(network, SAMPLES, check=context.check)
    context.progressed(0.4)
    return gradients, lesions(network, config.distance, check=context.check)


def _result(config: ResNetPathsConfig, module: int, measured) -> LabResult:
    from segviewer.analysis.networks.residual_paths import binomial_shares, central_lengths

    n, s = config.modules, config.scale
    gone = _gone(config, module)
    paths = binomial_shares(n)
    # What is left of 2^n, over the same lengths.
    left = np.zeros(n + 1)
    left[: n - gone + 1] = binomial_shares(n - gone) / 2**gone
    expected = binomial_shares(n, s / (1 + s))
    gradient = norms = changes = chain = np.zeros(0)
    if measured is not None:
        gradients, lesion = measured
        gradient, norms = gradients.shares, gradients.norms
        changes = {"delete": lesion.deleted, "swap": lesion.swapped, "several": lesion.several}[
            config.lesion
        ]
        chain = lesion.plain if config.lesion == "delete" else chain
    shown = PathsShown(
        n,
        s,
        config.lesion,
        module,
        tuple(paths),
        tuple(left),
        tuple(gradient),
        tuple(expected),
        tuple(norms),
        tuple(changes),
        tuple(chain),
        s / math.sqrt(1 + s * s) if config.lesion == "delete" else math.nan,
    )
    first, last = central_lengths(paths, 0.95)
    words = [f"{n} modules, {2**n:,} paths, 95 % of them of {_range(first, last)} branches"]
    if measured is None:
        words.append("measuring …")
    else:
        low, high = central_lengths(gradient, HOLD)
        words.append(
            f"{HOLD:.0%} of the gradient goes through {_range(low, high)} branches, "
            f"{gradient @ np.arange(n + 1):.1f} on average"
        )
        words.append(_lesion_words(config, module, gone, changes, chain))
    return LabResult(
        "resnet_paths",
        shown,
        caption="; ".join(words).replace("%", " %").replace("  %", " %"),
        formula=_formula(n, s, module),
        complete=measured is not None,
    )


def _gone(config: ResNetPathsConfig, module: int) -> int:
    return {"delete": 1, "swap": 0, "several": module}[config.lesion]


def _range(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _lesion_words(config, module: int, gone: int, changes, chain) -> str:
    n, change = config.modules, changes[module - 1]
    if config.lesion == "swap":
        if not math.isfinite(change):
            return f"module {module} has none {config.distance} later"
        return (
            f"modules {module} and {module + config.distance} swapped: output off by {change:.1%}"
        )
    left = f"{2 ** (n - gone):,} paths left"
    if config.lesion == "several":
        return f"{module} modules deleted: {left}, output off by {change:.1%}"
    return (
        f"module {module} deleted: {left}, output off by {change:.1%}, "
        f"without shortcuts by {chain[module - 1]:.0%}"
    )


def _formula(n: int, s: float, module: int) -> str:
    share = s / (1 + s)
    middle = n // 2
    return (
        f"paths of k branches: C(n, k) of 2<sup>n</sup>, C({n}, {middle}) = "
        f"{math.comb(n, middle):,}; &nbsp; along each the gradient shrinks by s<sup>k</sup>, so "
        f"that k weighs as Binomial(n, s / (1 + s)) with mean {n} · {s:g} / {1 + s:g} = "
        f"<b>{n * share:.1f}</b>; &nbsp; one deleted: s / √(1 + s²) = {s / math.hypot(1, s):.1%}"
    )


LAB = ResNetPathsLab()
