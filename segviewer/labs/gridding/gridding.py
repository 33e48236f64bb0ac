"""Gridding, in theory: which cells one unit reads through a sequence of rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from segviewer.errors import SettingsError
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    import numpy as np

    from segviewer.analysis.gridding.hdc_rule import Verdict
    from segviewer.analysis.gridding.tap_grid import TapGrid

LONGEST_LINE = 513  # cells of a level that are shown


class GriddingConfig(Settings):
    """Settings of the lab."""

    rates: str = control(
        "2, 2, 2",
        kind="lab",
        label="Rates",
        tip="Of the layers, the first nearest to the picture: 1, 2, 5. At most 32 of 1 to 1024.",
    )
    kernel: Literal[3, 5, 7, 9] = control(3, kind="lab", label="Kernel", inline=True)
    largest: int = control(
        16,
        kind="lab",
        label="Largest rate of the search",
        ge=1,
        le=128,
        step=1,
        tip="For the widest sequence without holes, of as many layers as are typed.",
    )
    level: int = control(32, kind="lab", label="Layers", hidden=True, ge=0, le=32)


@dataclass(frozen=True)
class GriddingShown:
    """What the view draws.

    Attributes
    ----------
    grid : TapGrid
    widest : tuple of int
        The sequence that the search finds.
    presets : tuple of str
        Names of the present sequence.
    """

    grid: TapGrid
    widest: tuple[int, ...]
    presets: tuple[str, ...]


class GriddingLab(Lab[GriddingConfig, GriddingShown]):
    """Taps of one unit, level by level, with the rule and the count side by side."""

    name = "gridding"
    entry = LabEntry(
        title="Gridding, in theory",
        sentence="Which cells one unit reads through a sequence of rates, and which it never does.",
        source="HDC (Wang et al. 2018), section 3.2 and figure 2",
        needs="nothing",
        group="Gridding",
        view="segviewer.labs.gridding.gridding_view:GriddingView",
    )
    Config = GriddingConfig

    def compute(self, context: LabContext, config: GriddingConfig) -> Iterator[LabResult]:
        from segviewer.analysis.gridding.hdc_rule import judge, widest_hole_free
        from segviewer.analysis.gridding.rate_presets import PRESETS
        from segviewer.analysis.gridding.rate_sequence import parse_rates
        from segviewer.analysis.gridding.tap_grid import tap_grid

        try:
            rates = parse_rates(config.rates)
        except SettingsError as error:
            yield LabResult(self.name, caption=error.sentence)
            return
        verdict = judge(rates, config.kernel)
        presets = [p for p in PRESETS if p.rates == rates]
        shown = GriddingShown(
            tap_grid(rates, config.kernel, config.level, LONGEST_LINE),
            widest_hole_free(len(rates), config.largest, config.kernel),
            tuple(p.name for p in presets),
        )
        yield LabResult(
            self.name,
            shown,
            caption=_words(verdict, presets),
            formula=_formula(rates, config.kernel, verdict, shown.grid.lines[-1]),
        )


def _words(verdict: Verdict, presets: list) -> str:
    said = [verdict.rule_words, verdict.count_words, verdict.together]
    if presets:
        # Of several with the same rates the notes are about what is around them. A middle dot
        # parts texts that are translated by themselves, and this is within a sentence.
        note = presets[0].note or presets[0].origin
        names = " = ".join(preset.name.replace(" · ", ", ") for preset in presets)
        said.append(f"Preset {names}: {note}" if len(presets) == 1 else f"Presets: {names}.")
    return " ".join(filter(None, said))


def _formula(rates: tuple[int, ...], kernel: int, verdict: Verdict, line: np.ndarray) -> str:
    """The chain, written out for M₂, the field, its coverage, and how even its paths are."""
    from segviewer.analysis.gridding.rate_sequence import unevenness

    coverage = verdict.coverage
    side = f"size = 1 + (K − 1) Σr = 1 + {kernel - 1} · {sum(rates)} = {coverage.side:,}"
    covered = f"coverage ({coverage.reached} / {coverage.side})² = "
    covered += f"<b>{coverage.area_fraction:.2%}</b>; &nbsp; up to {_many(line.max() ** 2)} paths "
    covered += f"to a cell, unevenness {unevenness(line):.2f}"
    if len(rates) < 2:
        return f"{side}; &nbsp; {covered}"
    chain = f"M<sub>{len(rates)}</sub> = r<sub>{len(rates)}</sub> = {rates[-1]}"
    if len(rates) > 2:
        after, rate = verdict.chain[1], rates[1]
        m2, m3, r2 = (f"{name}<sub>{i}</sub>" for name, i in (("M", 2), ("M", 3), ("r", 2)))
        terms = f"{after - 2 * rate}, {2 * rate - after}, {rate}".replace("-", "−")
        chain = f"{m2} = max({m3} − 2{r2}, 2{r2} − {m3}, {r2}) = max({terms}) = {verdict.chain[0]}"
    sign = "≤" if verdict.passes else "&gt;"
    return f"{chain} {sign} K = {kernel}; &nbsp; {side}; &nbsp; {covered}"


def _many(number: float) -> str:
    return f"{number:,.0f}" if number < 1e9 else f"{number:.1e}"


LAB = GriddingLab()
