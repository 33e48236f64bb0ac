"""What the table "A and B" says of two networks and CRFs, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.app.state.shown import Compared
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.results import MetricsResult, NetworkResult
from segviewer.inference.inspected import FiguresResult
from segviewer.inference.network_state import say_value
from segviewer.references import Reference
from segviewer.session import InferenceSettings, Session
from segviewer.settings import controls
from segviewer.widgets.panels.class_model import share_text
from segviewer.widgets.tables.comparison_table import UNKNOWN, ComparisonRow, Figure

PENDING = "…"
_LEAST = 0.0005  # what three digits show


def rows(session: Session, compared: Compared) -> list[ComparisonRow]:
    """The lines of the table; what is not known yet is pending."""
    sides = (compared.first, compared.second)
    networks = [side.network for side in sides]
    figures = [side.figures for side in sides]
    sizes = {f.working_size for f in figures if f is not None}
    seen = "".join(f", at {width}×{height} px" for height, width in sizes)
    seen = seen if len(sizes) == 1 else ""

    def row(
        label: str, unit: str, tip: str, say: Callable[[Any], Figure], of: Sequence[Any] = figures
    ) -> ComparisonRow:
        first, second = (Figure(PENDING) if one is None else say(one) for one in of)
        return ComparisonRow(label, first, second, unit, tip)

    lines = [
        row("Parameters", "", "Trained numbers", _parameters, networks),
        row(
            "Multiply-adds",
            "",
            f"Of convolutions and matrix products, all passes together{seen}",
            _multiply_adds,
        ),
        row("Output stride", "px", "Pixels for each feature", _output_stride),
        row("Feature size", "", f"Width and height of the last features{seen}", _feature_size),
        row(
            "Theoretical receptive field",
            "px",
            "Side of what one score can depend on; “picture” is all of it",
            _field,
        ),
    ]
    if any(f is not None and f.theoretical_receptive_field is None for f in figures):
        tip = "The same without paths through global pooling"
        lines.append(row("– without global pooling", "px", tip, _local_field))
    tip = f"One run of features and head, measured alike for both{seen}"
    lines.append(row("Network time", "ms", tip, _milliseconds))
    pinned = session.reference
    checkpoints = {session.checkpoint, pinned.checkpoint if pinned is not None else ""}
    if all(Reference.checkpoint(one).scores for one in checkpoints - {""}):
        # Of what made scores in files nothing is known.
        lines = [row("Size of the scores", "", "Width and height", _feature_size)]
    of_a = session.crf if pinned is None or pinned.crf is None else pinned.crf
    if of_a.enabled or session.crf.enabled:
        on = [Figure("on" if one.enabled else "off") for one in (of_a, session.crf)]
        tip = "Whether the labels are refined; the strip below says how long it took"
        lines.append(ComparisonRow("CRF", on[0], on[1], "", tip))
    if session.target:
        metrics = [side.metrics for side in sides]
        line = row("mIoU", "", f"On {Path(session.target).name}", _miou, metrics)
        change = _change(*metrics)
        if change and line.second is not None:
            line = replace(line, second=replace(line.second, text=line.second.text + change))
        lines.append(line)
    found = compared.disagreement
    share = Figure(PENDING) if found is None else _share(found.share)
    tip = "Pixels of the photograph where A and B differ"
    lines.append(ComparisonRow("Disagreement", share, None, "%", tip))
    return lines


def captions(
    session: Session, first: NetworkResult, second: NetworkResult, *, titled: bool = True
) -> tuple[str, str]:
    """Say of A and of B what it is and what differs.

    Of one checkpoint the settings that are not equal, of two those that are not as trained.

    Parameters
    ----------
    titled : bool
        Whether the network of each is named; without, only where nothing else is said.
    """
    pinned = session.reference
    if pinned is None:
        raise ValueError("nothing is pinned")
    same = pinned.checkpoint == session.checkpoint
    texts = []
    crf_of_a = session.crf if pinned.crf is None else pinned.crf
    for letter, network, own, other, checkpoint, inference, others_inference, crf, others_crf in (
        (
            "A",
            first,
            pinned.network,
            session.network,
            pinned.checkpoint,
            pinned.inference,
            session.inference,
            crf_of_a,
            session.crf,
        ),
        (
            "B",
            second,
            session.network,
            pinned.network,
            session.checkpoint,
            session.inference,
            pinned.inference,
            session.crf,
            crf_of_a,
        ),
    ):
        labels = {control.name: control.label.lower() for control in network.controls}
        values, others = {**network.trained, **dict(own)}, {**network.trained, **dict(other)}
        names = {name for name, _ in (*own, *other)} if same else {name for name, _ in own}
        said = [
            f"{labels.get(name, name.replace('_', ' '))} {say_value(values[name])}"
            for name in network.trained
            if name in names and not (same and values[name] == others[name])
        ]
        for control in controls(InferenceSettings):
            value = getattr(inference, control.name)
            if not control.hidden and value != getattr(others_inference, control.name):
                is_named = control.zero_text and not value
                text = control.zero_text if is_named else say_value(value)
                said.append(f"{control.label.lower()} {text}")
        said += crf_differences(crf, others_crf)
        if not same and first.title == second.title:
            said.insert(0, Path(checkpoint).name)
        if same and not said and letter == "B":
            said.append("as A so far")
        named = (network.title,) if titled or not said else ()
        texts.append(" · ".join((letter, *named, *said)))
    return texts[0], texts[1]


def crf_differences(own: CRFSettings, other: CRFSettings) -> list[str]:
    """Say of one of two CRFs what differs from the other; where one is off, that it is.

    Parameters
    ----------
    own, other : CRFSettings

    Returns
    -------
    list of str
        Such as ``["θ1 4.0", "σβ 3.0"]``; settings of a CRF that is off decide nothing.
    """
    if own.enabled != other.enabled:
        return ["CRF on" if own.enabled else "CRF off"]
    if not own.enabled:
        return []
    said = [
        f"{control.symbol or control.label.lower()} {say_value(getattr(own, control.name))}"
        for control in controls(CRFSettings)
        if getattr(own, control.name) != getattr(other, control.name)
    ]
    if own.compatibility != other.compatibility:
        said.append("own costs of labels meeting" if own.compatibility else "Potts costs")
    return said


def _change(first: MetricsResult | None, second: MetricsResult | None) -> str:
    """How the mIoU of B differs from that of A: `` ▲ 0.013``; empty where it does not show."""
    if first is None or second is None:
        return ""
    change = second.miou - first.miou
    if np.isnan(change) or abs(change) < _LEAST:
        return ""
    return f" {'▲' if change > 0 else '▼'}\u00a0{abs(change):.3f}"


def _short(number: float) -> str:
    """Three significant digits with k, M or G."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            value = number / size
            return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}{letter}"
    return f"{number:.0f}"


def _parameters(network: NetworkResult) -> Figure:
    return Figure(_short(network.parameters), str(network.parameters))


def _multiply_adds(figures: FiguresResult) -> Figure:
    if not figures.multiply_adds:
        return Figure()  # of a closed program they are not known
    return Figure(_short(figures.multiply_adds), str(figures.multiply_adds))


def _output_stride(figures: FiguresResult) -> Figure:
    stride = figures.output_stride
    return Figure(f"{stride} px", str(stride)) if stride else Figure()


def _feature_size(figures: FiguresResult) -> Figure:
    height, width = figures.feature_size
    return Figure(f"{width}×{height}", f"{width}×{height}")


def _field(figures: FiguresResult) -> Figure:
    size = figures.theoretical_receptive_field
    if size is None:
        return Figure("picture", "picture")
    return Figure(f"{size:,} px", str(size)) if size >= 0 else Figure()


def _local_field(figures: FiguresResult) -> Figure:
    size = figures.local_receptive_field
    return Figure(f"{size:,} px", str(size)) if size >= 0 else Figure()


def _milliseconds(figures: FiguresResult) -> Figure:
    milliseconds = 1000 * figures.seconds
    digits = 1 if milliseconds < 10 else 0
    return Figure(f"{milliseconds:,.{digits}f} ms", f"{milliseconds:.1f}")


def _miou(metrics: MetricsResult) -> Figure:
    known = not np.isnan(metrics.miou)
    return Figure(f"{metrics.miou:.3f}", f"{metrics.miou:.4f}") if known else Figure()


def _share(share: float | None) -> Figure:
    if share is None:
        return Figure(UNKNOWN)
    return Figure(share_text(share) if share else "0 %", f"{100 * share:.2f}")
