"""A network's stage in words, for labels and tooltips."""

from __future__ import annotations

from segviewer.analysis.networks.network_card import UNKNOWN_FIELD, CardStage


def rate_text(stage: CardStage) -> str:
    """Rates of a stage with holes: ``r 2, 4, 8``; empty for others."""
    if not stage.atrous:
        return ""
    shown = [str(rate) for rate in stage.rates[:4]]
    return "r " + ", ".join(shown) + (" …" if len(stage.rates) > 4 else "")


def stride_text(stage: CardStage) -> str:
    """Pixels of the picture for each unit: ``stride 16``; empty where there is no such number."""
    return f"stride {stage.jump:.3g}" if stage.jump else ""


def field_text(whole: int | None, local: int) -> str:
    """Receptive field in words: a side in pixels, or the picture."""
    if whole == UNKNOWN_FIELD:
        return "–"
    if whole is None:
        return f"picture ({local:,} px without global pooling)" if local > 0 else "picture"
    return f"{whole:,} px"


def stage_text(stage: CardStage) -> str:
    """All that is known of a stage, one fact a line."""
    head = stage.key if stage.layers == 1 else f"{stage.key} · {stage.layers} layers"
    lines = [head, f"output {stage.width}×{stage.height}×{stage.channels}"]
    if stage.jump:
        lines.append(f"one unit every {stage.jump:.4g} px")
    if stage.atrous:
        lines.append("rates " + ", ".join(map(str, stage.rates)))
    lines += [
        "receptive field "
        + field_text(stage.theoretical_receptive_field, stage.local_receptive_field),
        f"{stage.parameters:,} parameters",
        f"{stage.multiply_adds:,} multiply-adds",
    ]
    return "\n".join(lines)
