"""DenseNet: links, growing stacks, parameters, and the gradient that reaches each layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

MOST = 42  # layers of a block; DenseNet-BC-250 has 41
KEPT = 24  # measurements in memory


class DenseNetGrowthConfig(Settings):
    """Settings of the lab."""

    layers: int = control(
        12,
        kind="lab",
        label="Layers of a block",
        symbol="ℓ",
        ge=1,
        le=MOST,
        step=1,
        tip="Each of the three blocks has as many; 12 is DenseNet-40, 32 is DenseNet-100.",
    )
    growth: int = control(
        12,
        kind="lab",
        label="Growth rate",
        symbol="k",
        ge=1,
        le=48,
        step=1,
        tip="Maps that each layer adds to the stack.",
    )
    bc: bool = control(
        False,
        kind="lab",
        label="BC",
        tip="B: a 1×1 convolution to 4k maps before each 3×3. C: a transition keeps half of "
        "the maps.",
    )
    layer: int = control(6, kind="lab", label="Layer", hidden=True, ge=1, le=MOST)


@dataclass(frozen=True)
class DenseShown:
    """What the view draws.

    Attributes
    ----------
    channels : tuple of int
        Maps that each layer of the first block reads, and its output.
    depths, basic, compressed : tuple
        Depths L and parameters, million, without and with BC.
    resnet : tuple of (depths, parameters)
    dense, chain : tuple of float
        log10 of the gradient at each layer, against the last.
    """

    channels: tuple[int, ...]
    growth: int
    layer: int
    bc: bool
    depth: int
    basic: tuple[tuple[int, ...], tuple[float, ...]]
    compressed: tuple[tuple[int, ...], tuple[float, ...]]
    resnet: tuple[tuple[int, ...], tuple[float, ...]]
    dense: tuple[float, ...]
    chain: tuple[float, ...]


class DenseNetGrowthLab(Lab[DenseNetGrowthConfig, DenseShown]):
    """A dense block in numbers."""

    name = "densenet_growth"
    entry = LabEntry(
        title="DenseNet",
        sentence="Every layer reads all layers before it: links, growing stacks, parameters, "
        "gradient.",
        source="DenseNet (Huang, Liu, van der Maaten, Weinberger 2017)",
        needs="nothing",
        group="Networks",
        view="segviewer.labs.networks.densenet_growth_view:DenseNetGrowthView",
    )
    Config = DenseNetGrowthConfig

    def compute(self, context: LabContext, config: DenseNetGrowthConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.dense_growth import MEASURED_GROWTH, layer_gradients

        key = config.layers, min(config.growth, MEASURED_GROWTH), config.bc
        if key not in context.memory:
            yield _result(config, None)
            while len(context.memory) >= KEPT:
                del context.memory[next(iter(context.memory))]
            context.memory[key] = layer_gradients(*key, check=context.check)
        yield _result(config, context.memory[key])


def _result(config: DenseNetGrowthConfig, gradients) -> LabResult:
    from segviewer.analysis.arithmetic import dense_growth as dg

    layers, growth, bc = config.layers, config.growth, config.bc
    layer = min(config.layer, layers)
    deep = dg.depth(layers, bc)
    channels = dg.channels_in(dg.block_starts(layers, growth, bc)[0], growth, layers)
    curves = []
    for with_bc in (False, True):
        tall = [n for n in range(1, MOST + 1) if dg.depth(n, with_bc) <= max(120, deep + 30)]
        curves.append(
            (
                tuple(dg.depth(n, with_bc) for n in tall),
                tuple(dg.dense_parameters(n, growth, with_bc) / 1e6 for n in tall),
            )
        )
    units = range(1, (max(120, deep + 30) - 2) // 6 + 1)
    resnet = (tuple(6 * n + 2 for n in units), tuple(dg.resnet_parameters(n) / 1e6 for n in units))
    dense: tuple[float, ...] = ()
    chain: tuple[float, ...] = ()
    if gradients is not None:
        dense = tuple(math.log10(max(1e-30, v)) for v in gradients.dense)
        chain = tuple(math.log10(max(1e-30, v)) for v in gradients.chain)
    shown = DenseShown(
        channels, growth, layer, bc, deep, curves[0], curves[1], resnet, dense, chain
    )
    own = dg.dense_parameters(layers, growth, bc)
    other = dg.dense_parameters(layers, growth, not bc)
    same = max(1, round((deep - 2) / 6))
    words = [
        f"DenseNet{'-BC' if bc else ''}-{deep}, k {growth}: {own / 1e6:.2f} M parameters "
        f"({'without' if bc else 'with'} BC {other / 1e6:.2f} M, depth "
        f"{dg.depth(layers, not bc)}; "
        f"ResNet-{6 * same + 2} {dg.resnet_parameters(same) / 1e6:.2f} M)",
        f"{dg.links(layers)} links in a block, in a chain {layers}",
        f"{channels[0]} maps grow to {channels[-1]}",
    ]
    if gradients is None:
        words.append("measuring the gradient …")
    elif layers > 1:
        words.append(
            f"random weights: the first layer's gradient is {10 ** dense[0]:.3g} times the "
            f"last's, in a chain {10 ** chain[0]:.3g} times"
        )
    return LabResult(
        "densenet_growth",
        shown,
        caption="; ".join(words),
        formula=_formula(channels, growth, layer, layers, bc),
        complete=gradients is not None,
    )


def _formula(channels, growth: int, layer: int, layers: int, bc: bool) -> str:
    from segviewer.analysis.arithmetic.dense_growth import layer_parameters

    cin = channels[layer - 1]
    count = layer_parameters(cin, growth, bc)
    parts = f"2·{cin} + {cin}·4k + 2·4k + 9·4k·k" if bc else f"2·{cin} + 9·{cin}·k"
    return (
        f"layer {layer} reads k<sub>0</sub> + k (l − 1) = {channels[0]} + {growth} · {layer - 1} "
        f"= <b>{cin}</b> maps, {parts} = {count:,} parameters; &nbsp; links ℓ (ℓ + 1) / 2 = "
        f"{layers * (layers + 1) // 2}"
    )


LAB = DenseNetGrowthLab()
