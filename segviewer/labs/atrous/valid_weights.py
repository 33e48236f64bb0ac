"""Valid weights (DeepLab v3, figure 4): large rates leave one tap of nine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control


class ValidWeightsConfig(Settings):
    """Settings of the lab."""

    side: int = control(
        65,
        kind="lab",
        label="Feature map",
        symbol="a",
        unit="features",
        ge=1,
        le=129,
        step=1,
        tip="Side of the square map. 65 is a crop of 513 pixels at output stride 8.",
    )
    rate: int = control(
        12,
        kind="lab",
        label="Rate",
        symbol="r",
        ge=1,
        le=128,
        step=1,
        tip="Distance between two taps of the 3×3 filter, in features.",
    )


@dataclass(frozen=True)
class Shares:
    """Share of the cells with so many taps inside, for every rate."""

    rates: tuple[int, ...]
    shares: dict[int, tuple[float, ...]]
    rate: int
    taps: np.ndarray


class ValidWeightsLab(Lab[ValidWeightsConfig, Shares]):
    """How many of the nine taps see features, over all rates and cell by cell."""

    name = "valid_weights"
    entry = LabEntry(
        title="Valid weights",
        sentence="How many of a filter's nine taps see features at all, as the rate grows.",
        source="DeepLab v3 (Chen et al. 2017), figure 4",
        needs="nothing",
        group="Atrous convolution",
        view="segviewer.labs.atrous.valid_weights_view:ValidWeightsView",
    )
    Config = ValidWeightsConfig

    def compute(self, context: LabContext, config: ValidWeightsConfig) -> Iterator[LabResult]:
        from segviewer.analysis.heads.valid_weights import COUNTS, shares, valid_taps

        rates = tuple(range(1, config.side + max(2, config.side // 8)))
        rows = [shares(config.side, rate) for rate in rates]
        here = shares(config.side, config.rate)
        said = ", ".join(f"{here[n]:.1%} with {n}" for n in COUNTS if here[n] > 0)
        yield LabResult(
            self.name,
            Shares(
                rates,
                {n: tuple(row[n] for row in rows) for n in COUNTS if n != 3},
                config.rate,
                valid_taps(config.side, config.rate).astype(np.uint8),
            ),
            caption=f"{config.side}×{config.side} features, rate {config.rate}: {said} "
            f"{'tap' if here[1] == 1 else 'taps'} inside",
            formula=_formula(config),
        )


def _formula(config: ValidWeightsConfig) -> str:
    a, r = config.side, config.rate
    if r >= a:
        return f"r ≥ a: {r} ≥ {a}: every tap but the middle one lies in the padding"
    if 2 * r <= a:
        return f"n<sub>9</sub> = (a − 2r)² = ({a} − 2·{r})² = {(a - 2 * r) ** 2:,} of {a * a:,}"
    return (
        f"n<sub>1</sub> = (2r − a)² = (2·{r} − {a})² = {(2 * r - a) ** 2:,} of {a * a:,}; "
        "no cell has all nine"
    )


LAB = ValidWeightsLab()
