"""The refinement, iteration by iteration: what flips when, and when it settles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import as_raster, crf_case, each_of
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control


class TimeMachineConfig(Settings):
    """Settings of the lab."""

    iteration: int = control(
        10,
        kind="lab",
        label="Iteration",
        symbol="t",
        ge=0,
        le=50,
        slider_to=20,
        step=1,
        tip="0 is the network alone. A click into a curve goes there.",
    )
    last: int = control(
        10,
        kind="lab",
        label="Run up to",
        symbol="T",
        ge=1,
        le=20,
        step=1,
        tip="Iterations that are run and kept, whatever the CRF itself is set to.",
    )
    show: Literal["labels", "flips", "lead"] = control(
        "labels",
        kind="lab",
        label="On the picture",
        tip="labels of the iteration; pixels that flipped; or the lead of the best class over "
        "the second.",
    )
    since: Literal["previous", "network"] = control(
        "previous",
        kind="lab",
        label="Flips since",
        tip="The iteration before, or the network alone.",
    )


@dataclass(frozen=True)
class Curves:
    """What the view draws: a value per iteration from 0.

    Attributes
    ----------
    before, start : ndarray of float (T + 1,)
        Changed pixels, per cent: against the iteration before, and against the network.
    entropy, energy : ndarray of float (T + 1,)
        Nats per pixel.
    iteration : int
        The one that is shown.
    """

    before: np.ndarray
    start: np.ndarray
    entropy: np.ndarray
    energy: np.ndarray
    iteration: int


class TimeMachineLab(Lab[TimeMachineConfig, Curves]):
    """Every iteration kept."""

    name = "time_machine"
    entry = LabEntry(
        title="Time machine",
        sentence="Every iteration of the refinement: what flips, how sure it grows, when it "
        "settles.",
        source="Krähenbühl and Koltun 2011, algorithm 1",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.time_machine_view:TimeMachineView",
    )
    Config = TimeMachineConfig

    def compute(self, context: LabContext, config: TimeMachineConfig) -> Iterator[LabResult]:
        from segviewer.crf.inspection.refinement_history import refinement_history

        case = crf_case(context)
        key = (case.key, config.last)
        crf = context.crf.model_copy(update={"num_iterations": config.last})
        history = remembered(
            context,
            key,
            lambda: refinement_history(
                case.image, case.unary, crf, each=each_of(context, config.last + 1)
            ),
        )
        t = min(config.iteration, history.num_iterations)
        since = 0 if config.since == "network" else max(0, t - 1)
        flips = history.flips(t, since)
        pixels = flips.size
        raster = label_map = None
        if config.show == "labels":
            label_map = history.label_maps[t].astype(np.uint8)
        elif config.show != "flips" and history.margins is not None:
            raster = as_raster(history.margins[t].astype(np.float32), 1)
        else:
            raster = as_raster(flips.astype(np.float32), 1)
        assert history.energy is not None  # asked for
        energy = history.energy - history.energy[0]
        yield LabResult(
            self.name,
            Curves(
                100 * history.changed_before / pixels,
                100 * history.changed_start / pixels,
                history.entropy,
                energy,
                t,
            ),
            caption=_caption(history, t, since, flips, config.show),
            formula=_formula(context.crf, energy[t]),
            raster=raster,
            raster_name={
                "labels": f"labels after iteration {t}" if t else "labels of the network alone",
                "flips": f"flipped from iteration {since} to {t}",
                "lead": f"lead of the best class after iteration {t}",
            }["flips" if config.show == "lead" and history.margins is None else config.show],
            label_map=label_map,
        )


def _caption(history, t, since, flips, show) -> str:
    said = "Network alone" if t == 0 else f"Iteration {t} of {history.num_iterations}"
    count, pixels = int(flips.sum()), flips.size
    against = "the network" if since == 0 else f"iteration {since}"
    parts = [
        f"{said}: {count:,} pixels ({count / pixels:.2%}) differ from {against}",
        f"entropy {history.entropy[t]:.3f} nats",
        f"F {_signed(history.energy[t] - history.energy[0])} nats per pixel since the network",
    ]
    if t == 0:
        parts = [parts[0].split(":")[0], parts[1]]
    rises = [i for i in range(1, len(history.energy)) if _rises(history.energy, i)]
    if rises:
        parts.append(f"F rises in iteration {', '.join(map(str, rises))}: all pixels move at once")
    if show == "lead" and history.margins is None:
        parts.append("the picture is too large to keep every lead: flips are shown")
    return "; ".join(parts)


def _rises(energy: np.ndarray, i: int) -> bool:
    return bool(energy[i] > energy[i - 1] + 1e-5 * max(1, abs(float(energy[i - 1]))))


def _formula(crf, energy: float) -> str:
    potts = "" if not crf.compatibility else " (with the compatibility in place of Potts)"
    return (
        "F = Σ Q log Q + Σ Q ψ<sub>u</sub> − ½ Σ Q (θ1 K₁ + θ2 K₂) Q + const"
        f"{potts}, θ1 = {crf.appearance_weight:g}, θ2 = {crf.smoothness_weight:g}, "
        f"here {_signed(energy)} per pixel against iteration 0"
    )


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


LAB = TimeMachineLab()
