"""ResNet as an ensemble of paths, measured on a small random one (Veit et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.settings import Settings, control

SAMPLES = 4  # paths of each length
KEPT = 12  # measurements in memory
HOLD = 0.9  # of the gradient that the lengths said in the caption hold


class ResNetPathsConfig(Settings):
    """Settings of the lab."""

    modules: int = control(
        16, kind="lab", label="Modules", symbol="n", ge=1, le=54, step=1,
        tip="Residual modules: ResNet-50 has 16, the paper's 110-layer network 54.",
    )  # fmt: skip
    scale: float = control(
        0.3, kind="lab", label="Size of a branch", symbol="s", ge=0.05, le=1.5, step=0.05,
        decimals=2,
        tip="Size of a branch's output against its input, in the random network. Small: the "
        "shortcuts carry nearly all.",
    )  # fmt: skip
    lesion: Literal["delete", "swap", "several"] = control(
        "delete", kind="lab", label="Lesion",
        tip="delete: one module left out. swap: two change places. several: more and more "
        "modules left out, chosen at random.",
    )  # fmt: skip
    module: int = control(
        5, kind="lab", label="Module, or how many", ge=1, le=54, step=1,
        tip="Which module is deleted or swapped, or how many are deleted. Numbers past the "
        "last mean the last.",
    )  # fmt: skip
    distance: int = control(
        1, kind="lab", label="Swapped with", unit="further on", ge=1, le=20, step=1,
        tip="Distance of the two modules that change places.",
    )  # fmt: skip
    seed: int = control(
        0, kind="lab", label="Random network", ge=0, le=99, step=1,
        tip="Another number: other random weights.",
    )  # fmt: skip


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


class ResNetPathsLab(Lab):
    """Lengths of paths, gradient along them, and lesions."""

    name = "resnet_paths"
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

    def make_view(self):
        return _make_view()


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
        changes = {
            "delete": lesion.deleted, "swap": lesion.swapped, "several": lesion.several,
        }[config.lesion]  # fmt: skip
        chain = lesion.plain if config.lesion == "delete" else chain
    shown = PathsShown(
        n, s, config.lesion, module, tuple(paths), tuple(left), tuple(gradient),
        tuple(expected), tuple(norms), tuple(changes), tuple(chain),
        s / math.sqrt(1 + s * s) if config.lesion == "delete" else math.nan,
    )  # fmt: skip
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
        "resnet_paths", shown, caption="; ".join(words).replace("%", " %").replace("  %", " %"),
        formula=_formula(n, s, module), complete=measured is not None,
    )  # fmt: skip


def _gone(config: ResNetPathsConfig, module: int) -> int:
    return {"delete": 1, "swap": 0, "several": module}[config.lesion]


def _range(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _lesion_words(config, module: int, gone: int, changes, chain) -> str:
    n, change = config.modules, changes[module - 1]
    if config.lesion == "swap":
        if not math.isfinite(change):
            return f"module {module} has none {config.distance} further on"
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


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QHBoxLayout, QWidget

    from segviewer.widgets.charts.plot import Curve, Plot

    class View(QWidget):
        """Lengths, gradient by length, change of the output by module."""

        edited = Signal(str, object, bool)

        def __init__(self):
            super().__init__()
            self._modules = 0
            k = "branches on the path, k"
            self.lengths = Plot(k, "share of the paths, %", whole_x=True)
            self.gradient = Plot(k, "share of the gradient, %", whole_x=True)
            self.changes = Plot("module left out", "change of the output, %", whole_x=True)
            layout = QHBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(16)
            for plot in (self.lengths, self.gradient, self.changes):
                layout.addWidget(plot, 1)
            self.changes.clicked.connect(self._on_clicked)

        def show_result(self, shown: PathsShown | None) -> None:
            self._modules = 0 if shown is None else shown.modules
            if shown is None:
                for plot in (self.lengths, self.gradient, self.changes):
                    plot.set_curves(())
                return
            n = shown.modules
            edges = [k - 0.5 for k in range(n + 2)]
            ks, numbers = range(n + 1), range(1, n + 1)
            curves = [Curve(edges, _per_cent(shown.paths), "all", steps=True)]
            if shown.lesion != "swap":
                curves.append(Curve(edges, _per_cent(shown.left), "left", steps=True))
            self.lengths.set_curves(curves)
            curves = [Curve(ks, _per_cent(shown.expected), "closed form", dashed=True)]
            if shown.gradient:
                curves.insert(0, Curve(edges, _per_cent(shown.gradient), "measured", steps=True))
            self.gradient.set_curves(curves)
            words = {
                "delete": "module left out", "several": "modules left out",
                "swap": "module swapped",
            }[shown.lesion]  # fmt: skip
            self.changes.set_labels(words, "change of the output, %")
            curves = []
            if any(math.isfinite(change) for change in shown.changes):
                name = "" if not shown.chain else "ResNet"
                curves.append(Curve(numbers, _per_cent(shown.changes), name, points=True))
            if shown.chain:
                chain = Curve(numbers, _per_cent(shown.chain), "without shortcuts", points=True)
                curves.append(chain)
            if math.isfinite(shown.expected_change) and n > 1:
                level = 100 * shown.expected_change
                curves.append(Curve((1, n), (level, level), "", dashed=True))
            self.changes.set_curves(curves, current=shown.module)

        def _on_clicked(self, x: float, y: float) -> None:
            if self._modules:
                self.edited.emit("module", min(max(round(x), 1), self._modules), True)

    return View()


def _per_cent(shares) -> list[float]:
    return [100 * float(share) for share in shares]


LAB = ResNetPathsLab()
