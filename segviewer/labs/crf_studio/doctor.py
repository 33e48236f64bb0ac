"""The doctor of the CRF: what stands in its way, why so little changed, and one-click remedies."""

from __future__ import annotations

from collections.abc import Iterator

from segviewer.crf.diagnosis.finding import Finding
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import crf_case, each_of
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

_WORDS = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "note": ("note", "notes"),
}


class DoctorConfig(Settings):
    """Settings of the lab."""

    run: bool = control(
        True,
        kind="lab",
        label="Run it, and look at what changed",
        tip="Off, only picture, probabilities and settings are looked at.",
    )


class DoctorLab(Lab[DoctorConfig, tuple[Finding, ...]]):
    """Findings, each with the remedies that the session can take."""

    name = "doctor"
    entry = LabEntry(
        title="Doctor",
        sentence="What stands in the CRF's way, why so little changed; a button for each remedy.",
        source="Krähenbühl and Koltun 2011; measured here",
        needs="probs",
        group="CRF studio",
        view="segviewer.widgets.tables.finding_list:FindingList",
    )
    Config = DoctorConfig

    def compute(self, context: LabContext, config: DoctorConfig) -> Iterator[LabResult]:
        from segviewer.crf.diagnosis.diagnosis import after, before

        found = before(context.image, context.probs, context.crf)
        if config.run and all(f.severity != "error" for f in found):
            yield self._result(found, None, context, complete=False)
            label_maps = _label_maps(context)
            context.check()
            outcome = after(context.image, context.probs, label_maps, context.crf)
            yield self._result(found, outcome, context)
        else:
            yield self._result(found, None, context)

    def _result(self, found, outcome, context, complete: bool = True) -> LabResult:
        shown = (outcome, *found) if outcome is not None else tuple(found)
        counts = [
            f"{number} {_WORDS[s][number > 1]}"
            for s in _WORDS
            if (number := sum(f.severity == s for f in shown))
        ]
        said = ", ".join(counts) or "No problems found"
        crf = context.crf
        return LabResult(
            self.name,
            shown,
            caption=f"{said} (temperature {crf.temperature:g})",
            formula=f"W = θ1 Σ K₁ + θ2 Σ K₂ ≈ {crf.appearance_weight:g} + {crf.smoothness_weight:g}"
            " nats is the most that a pixel can receive; a lead of log p<sub>1</sub> − log p<sub>2"
            "</sub> ≥ W · τ cannot be overturned"
            if crf.normalisation != "none"
            else "Without normalisation W = θ1 Σ k₁ + θ2 Σ k₂ grows with σ",
            complete=complete,
        )


def _label_maps(context: LabContext):
    from segviewer.crf.inspection.refinement_history import refinement_history

    case, steps = crf_case(context), context.crf.num_iterations
    return remembered(
        context,
        (case.key, steps),
        lambda: (
            refinement_history(
                case.image,
                case.unary,
                context.crf,
                energy=False,
                limit=0,
                each=each_of(context, steps + 1),
            ).label_maps
        ),
    )


LAB = DoctorLab()
