"""Sizes through a U-Net, unpadded and padded (Ronneberger, Fischer, Brox 2015, figures 1, 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segviewer.analysis.arithmetic.u_net_sizes import Sizes, fits, margin, neighbours, sizes, tile
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

LARGEST = 1024


class UNetSizesConfig(Settings):
    """Settings of the lab."""

    form: Literal["valid", "padded"] = control(
        "valid",
        kind="lab",
        label="Convolutions",
        tip="valid: without padding, as published; each takes 2 from a side. padded: each "
        "keeps the size, as most people train today.",
    )
    side: int = control(
        572,
        kind="lab",
        label="Picture",
        symbol="n",
        unit="px",
        ge=1,
        le=LARGEST,
        step=1,
        tip="Side of the square that goes in.",
    )
    depth: int = control(
        4,
        kind="lab",
        label="Poolings",
        symbol="d",
        ge=1,
        le=5,
        step=1,
        tip="Times the map is halved; the paper has 4.",
    )


@dataclass(frozen=True)
class UNetShown:
    """What the view draws.

    Attributes
    ----------
    before, after : int
        Nearest other sides that fit; 0 where there is none.
    near, far : int
        Mirrored around a picture of this side; 0 if padded.
    """

    sizes: Sizes
    side: int
    before: int
    after: int
    near: int
    far: int
    whole: int


class UNetSizesLab(Lab[UNetSizesConfig, UNetShown]):
    """The U with a size at every map."""

    name = "u_net_sizes"
    entry = LabEntry(
        title="U-Net",
        sentence="The side of every map of a U-Net, for any picture: what fits, what is "
        "cropped, what is lost.",
        source="U-Net (Ronneberger, Fischer, Brox 2015), figures 1 and 2",
        needs="nothing",
        group="Networks",
        view="segviewer.labs.networks.u_net_sizes_view:UNetSizesView",
    )
    Config = UNetSizesConfig

    def compute(self, context: LabContext, config: UNetSizesConfig) -> Iterator[LabResult]:
        padded, n, d = config.form == "padded", config.side, config.depth
        found = sizes(n, d, padded)
        low, high = _others(n, d, padded)
        whole, far = (n, 0) if padded else tile(n, d)
        near = 0 if padded else margin(d)
        yield LabResult(
            self.name,
            UNetShown(found, n, low, high if high <= LARGEST else 0, near, far, whole),
            caption=_padded_words(found, n, d) if padded else _valid_words(found, n, d, low, high),
            formula=_formula(n, d, padded),
        )


def _others(n: int, d: int, padded: bool) -> tuple[int, int]:
    """Nearest smaller and larger sides that go through without a remainder; 0 for none."""
    if padded:
        return (n - 1) // 2**d * 2**d, (n // 2**d + 1) * 2**d
    return neighbours(n - 1, d)[0] if n > 1 else 0, neighbours(n + 1, d)[1]


def _padded_words(found: Sizes, n: int, d: int) -> str:
    if found.problem:
        return f"{n} px does not go through: {found.problem}"
    bottom = found.down[-1].sizes[-1]
    padding = [-step.cut for step in found.up if step.cut]
    rest = n % 2**d
    said = f"Padded, {n} px in, {found.out} px out; {bottom} at the bottom"
    if padding:
        return f"{said}; {n} leaves {rest} of {2**d}: {len(padding)} maps are padded on the way up"
    return f"{said}; {n} is a multiple of {2**d}: every map fits its skip"


def _valid_words(found: Sizes, n: int, d: int, low: int, high: int) -> str:
    near = margin(d)
    others = f"nearest that fit: {f'{low} and ' if low else ''}{high}"
    if fits(n, d):
        share = (found.out / n) ** 2
        return (
            f"{n} px in, {found.out} px out ({share:.0%} of the area), {near} px lost on each "
            f"side; {found.down[-1].sizes[-1]} at the bottom; next that fit: "
            f"{f'{low} and ' if low else ''}{high}"
        )
    return f"{n} px does not fit: {found.problem or 'nothing comes out'}; {others}"


def _formula(n: int, d: int, padded: bool) -> str:
    p = 2**d
    if padded:
        return (
            f"bottom = ⌊n / 2<sup>d</sup>⌋ = ⌊{n} / {p}⌋ = {n // p}; out = n = {n}; "
            f"rows padded where a map was odd: n mod 2<sup>d</sup> = {n % p}"
        )
    verdict = "fits" if fits(n, d) else "does not fit"
    return (
        f"n mod 2<sup>d</sup> = {n} mod {p} = {n % p}, wanted {(p - 4) % p}: {verdict}; "
        f"out = n − (12 · 2<sup>d</sup> − 8) = {n} − {2 * margin(d)} = {n - 2 * margin(d)}"
    )


LAB = UNetSizesLab()
