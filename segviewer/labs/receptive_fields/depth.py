"""Fields of plain stacks: theory grows with the depth n, what is effective with √n."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from segviewer.analysis.receptive_fields.plain_stack import PlainStack, StackSize

DEPTHS = (2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56)


class DepthConfig(Settings):
    """Settings of the lab."""

    weights: Literal["uniform", "random"] = control(
        "uniform",
        kind="lab",
        label="Weights",
        tip="1/K² everywhere, or drawn from a normal distribution.",
    )
    relu: bool = control(
        False,
        kind="lab",
        label="ReLU behind each layer",
        tip="The closed form is that of the stack without.",
    )
    skips: bool = control(
        False,
        kind="lab",
        label="Shortcut around each layer",
        tip="Half of the paths pass a layer by: √(n/2) in place of √n.",
    )
    kernel: Literal[3, 5, 7] = control(3, kind="lab", label="Kernel", inline=True)
    rate: int = control(1, kind="lab", label="Rate", symbol="r", ge=1, le=4, step=1)
    deepest: int = control(
        40, kind="lab", label="Deepest", symbol="n", unit="layers", ge=5, le=56, step=1
    )
    samples: int = control(
        12,
        kind="lab",
        label="Samples",
        symbol="N",
        ge=1,
        le=64,
        step=1,
        log=True,
        tip="Pictures of noise, with new weights each if they are random. A linear stack of "
        "uniform weights needs none.",
    )
    measure: Literal["±2σ", "box", "√ pixels"] = control(
        "±2σ",
        kind="lab",
        label="Measured by",
        tip="Four standard deviations; the smallest centred square with 95.45 % of the mass; or "
        "the root of the number of pixels above 4.55 % of the middle one.",
    )
    shown: Literal["size", "part of the theory"] = control("size", kind="lab", label="Show")
    depth: int = control(40, kind="lab", label="Depth", hidden=True, ge=1, le=56)


@dataclass(frozen=True)
class Sizes:
    """Sides in pixels, or as parts of the theory's, for every depth; `bars` at the chosen one."""

    depths: tuple[int, ...]
    theory: tuple[float, ...]
    measured: tuple[float, ...]
    closed: tuple[float, ...]
    measure: str
    parts: bool
    depth: int
    bars: tuple[tuple[str, float | None], ...]


class DepthLab(Lab[DepthConfig, Sizes]):
    """Depth against the size of the effective field, with the closed form beside it."""

    name = "depth"
    entry = LabEntry(
        title="Depth",
        sentence="Stacks of plain convolutions: theory grows with the depth n, the effective "
        "field with √n.",
        source="Luo, Li, Urtasun, Zemel 2016, section 2",
        needs="nothing",
        group="Receptive fields",
        view="segviewer.labs.receptive_fields.depth_view:DepthView",
    )
    Config = DepthConfig

    def compute(self, context: LabContext, config: DepthConfig) -> Iterator[LabResult]:
        from segviewer.analysis.receptive_fields.plain_stack import (
            PlainStack,
            measure_depths,
            size_of,
            uniform_field,
        )

        stack = PlainStack(config.weights, config.relu, config.skips, config.kernel, config.rate)
        depths = tuple(sorted({n for n in DEPTHS if n < config.deepest} | {config.deepest}))
        if config.weights == "uniform" and not config.relu:
            sizes = []
            for depth in depths:
                context.check()
                sizes.append(size_of(stack, depth, uniform_field(stack, depth)))
            yield _result(config, stack, sizes, "exact", True)
            return
        samples = measure_depths(stack, depths, config.samples, check=context.check)
        for done, sizes in enumerate(samples, start=1):
            said = f"mean of {done} of {config.samples}"
            yield _result(config, stack, sizes, said, done == config.samples)
            context.progressed(done / config.samples)


def _result(
    config: DepthConfig, stack: PlainStack, sizes: list[StackSize], how: str, complete: bool
) -> LabResult:
    from segviewer.analysis.receptive_fields.plain_stack import growth_exponent

    parts = config.shown != "size"

    def column(lengths) -> tuple[float, ...]:
        return tuple(
            float("nan") if length is None else length / (s.theoretical_side if parts else 1)
            for length, s in zip(lengths, sizes, strict=True)
        )

    depths = tuple(s.depth for s in sizes)
    at = min(sizes, key=lambda s: abs(s.depth - config.depth))
    measured: dict[str, list[float | None]] = {
        "±2σ": [4 * s.sigma for s in sizes],
        "box": [s.box_side for s in sizes],
        "√ pixels": [s.area_side for s in sizes],
    }
    here = sizes.index(at)
    shown = Sizes(
        depths,
        column(s.theoretical_side for s in sizes),
        column(measured[config.measure]),
        column(4 * s.closed_sigma for s in sizes) if config.measure == "±2σ" else (),
        config.measure,
        parts,
        at.depth,
        (
            *((name, found[here]) for name, found in measured.items()),
            ("±2σ, closed form", 4 * at.closed_sigma),
            ("theory", at.theoretical_side),
        ),
    )
    alive = [(s.depth, s.sigma) for s in sizes if s.sigma > 0]
    grows = ""
    if len(alive) > 1:
        grows = f" σ grows as n^{growth_exponent(*zip(*alive, strict=True)):.2f}."
    ratio = 4 * at.sigma / at.theoretical_side
    return LabResult(
        "depth",
        shown,
        caption=f"{at.depth} layers: theory {at.theoretical_side} px, ±2σ {4 * at.sigma:.1f} px "
        f"({ratio:.1%}; closed form {4 * at.closed_sigma:.1f} px), box of 95.45% of the mass "
        f"{at.box_side} px, √ pixels above 4.55 % {at.area_side:.1f} px; {how}.{grows}",
        formula=_formula(stack, at),
        complete=complete,
    )


def _formula(stack: PlainStack, at: StackSize) -> str:
    layers = "n / 2" if stack.skips else "n"
    doubled = "2 · " if stack.weights == "random" else ""
    number = f"{at.depth} / 2" if stack.skips else f"{at.depth}"
    without = " (without the ReLU)" if stack.relu else ""
    return (
        f"σ = r · √({doubled}{layers} · (K² − 1) / 12) = {stack.rate} · √({doubled}{number} · "
        f"{stack.kernel**2 - 1} / 12) = <b>{at.closed_sigma:.3f} px</b>{without}; &nbsp; "
        f"size = 1 + n (K − 1) r = {at.theoretical_side} px"
    )


LAB = DepthLab()
