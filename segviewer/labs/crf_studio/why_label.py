"""Why the clicked pixel has its label: the network, its neighbours, its look-alikes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import (
    as_raster,
    clicked_at,
    crf_case,
    each_of,
    pixel_at,
    pixel_mark,
    said_at,
)
from segviewer.labs.shared.one_pass import signed
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

MOST_CLASSES = 5
VOTERS = 3


class WhyLabelConfig(Settings):
    """Settings of the lab."""

    iteration: int = control(
        1,
        kind="lab",
        label="Iteration",
        symbol="t",
        ge=1,
        le=50,
        slider_to=20,
        step=1,
        tip="Whose messages are shown; beyond the CRF's last it is the last.",
    )
    voters: Literal["for", "against"] = control(
        "for",
        kind="lab",
        label="Voters",
        tip="On the picture: pixels that gave the winner more than the runner-up, or less.",
    )
    column: float = control(0.5, kind="lab", label="Column", ge=0, le=1, hidden=True)
    row: float = control(0.5, kind="lab", label="Row", ge=0, le=1, hidden=True)


@dataclass(frozen=True)
class WhyLabel:
    """What the view draws: the classes that matter, the winner of the iteration first.

    Attributes
    ----------
    names : tuple of str
        C of them.
    unary, smoothness, appearance : ndarray of float32 (T, C)
        Nats, for each iteration from 1, each above the smallest of all classes, so that none
        is below 0; what all classes have in common does not count.
    probs : ndarray of float32 (T + 1, C)
    iteration : int
        From 1.
    pair : tuple of str
        Winner and runner-up of the iteration.
    leads : tuple of float
        Nats by which network, smoothness and appearance put the winner before the runner-up;
        their sum decides.
    """

    names: tuple[str, ...]
    unary: np.ndarray
    smoothness: np.ndarray
    appearance: np.ndarray
    probs: np.ndarray
    iteration: int
    pair: tuple[str, str] = ("", "")
    leads: tuple[float, float, float] = (0.0, 0.0, 0.0)


class WhyLabelLab(Lab[WhyLabelConfig, WhyLabel]):
    """One pixel's decision, taken apart."""

    name = "why_label"
    entry = LabEntry(
        title="Why this label",
        sentence="One pixel's decision: what the network, its neighbours and its look-alikes say.",
        source="Krähenbühl and Koltun 2011, algorithm 1",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.why_label_view:VoteView",
    )
    Config = WhyLabelConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: WhyLabelConfig) -> Iterator[LabResult]:
        from segviewer.crf.inspection.pixel_votes import pixel_votes

        case = crf_case(context)
        pixel = pixel_at(config.column, config.row, case.shape)
        steps = context.crf.num_iterations
        t = min(config.iteration, steps)
        key = (case.key, steps, pixel, t)
        votes, where = remembered(
            context,
            key,
            lambda: pixel_votes(
                case.image, case.unary, context.crf, pixel, at=t, each=each_of(context, steps + 1)
            ),
        )
        assert where is not None  # `at` was given
        against = config.voters == "against"
        signed = np.maximum(-where.votes if against else where.votes, 0)
        yield LabResult(
            self.name,
            _shown(votes, t, where, context.classes),
            caption=_caption(context, config, votes, where, against),
            formula=_formula(votes, t, where, context.classes),
            raster=as_raster(np.sqrt(signed)),
            raster_name=_raster_name(where, context.classes, against),
            marks=_marks(pixel, where, against, case.shape),
        )


def _name(classes: tuple[str, ...], number: int) -> str:
    return classes[number] if number < len(classes) else f"class {number}"


def _leads(votes, t: int, where) -> tuple[float, float, float]:
    """What each part puts the winner before the runner-up by, in nats."""
    parts = (votes.unary, votes.smoothness[t - 1], votes.appearance[t - 1])
    first, second, third = (float(part[where.winner] - part[where.rival]) for part in parts)
    return first, second, third


def _shown(votes, t: int, where, classes: tuple[str, ...]) -> WhyLabel:
    order = np.argsort(-votes.probs[t], kind="stable")
    # The winner, then whoever was likely in any iteration.
    rest = sorted(order[1:], key=lambda c: -votes.probs[:, c].max())
    chosen = np.array([order[0], *rest[: MOST_CLASSES - 1]])

    def above(values: np.ndarray) -> np.ndarray:
        return (values - values.min(-1, keepdims=True))[..., chosen]

    unary = np.tile(above(votes.unary), (len(votes.appearance), 1))
    return WhyLabel(
        tuple(_name(classes, int(c)) for c in chosen),
        unary,
        above(votes.smoothness),
        above(votes.appearance),
        votes.probs[:, chosen],
        t,
        (_name(classes, where.winner), _name(classes, where.rival)),
        _leads(votes, t, where),
    )


def _raster_name(where, classes: tuple[str, ...], against: bool) -> str:
    pair = (where.rival, where.winner) if against else (where.winner, where.rival)
    return "√ votes for {} over {}".format(*(_name(classes, c) for c in pair))


def _caption(context: LabContext, config: WhyLabelConfig, votes, where, against: bool) -> str:
    classes = context.classes
    t, first = where.iteration, votes.winner_and_rival(0)[0]
    name = _name(classes, where.winner)
    at = clicked_at(context, config.column, config.row)
    said = f"{at}: {name} {votes.probs[t, where.winner]:.1%}"
    said += f" after iteration {t}"
    if first != where.winner:
        said += f"; the network alone said {_name(classes, first)} {votes.probs[0, first]:.1%}"
    else:
        said += f", {votes.probs[0, first]:.1%} by the network alone"
    voters = where.strongest(VOTERS, against)
    if not voters:
        return f"{said}; no pixel votes {'against' if against else 'for'} it"
    total = float(np.maximum(-where.votes if against else where.votes, 0).sum(dtype=np.float64))
    best = "; ".join(
        f"{said_at(context, (v.row, v.column))} ({_name(classes, v.label)}) {v.vote:+.2g}"
        for v in voters
    )
    return f"{said}. {total:.3g} nats {'against' if against else 'for'}, most by {best}"


def _formula(votes, t: int, where, classes) -> str:
    leads = _leads(votes, t, where)
    pair = " − ".join(
        escape(_name(classes, number), quote=False) for number in (where.winner, where.rival)
    )
    return (
        f"Q = softmax(−ψ<sub>u</sub> + θ2 K₂ Q + θ1 K₁ Q); {pair}: {signed(sum(leads))} nats; "
        f"network: {signed(leads[0])}; smoothness: {signed(leads[1])}; "
        f"appearance: {signed(leads[2])}"
    )


def _marks(pixel, where, against: bool, shape) -> tuple[Mark, ...]:
    height, width = shape
    marks = [
        Mark(
            v.column / width,
            v.row / height,
            (v.column + 1) / width,
            (v.row + 1) / height,
            tone="σγ",
        )
        for v in where.strongest(VOTERS, against)
    ]
    return (*marks, pixel_mark(pixel, shape))


LAB = WhyLabelLab()
