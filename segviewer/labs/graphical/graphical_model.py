"""A graphical model of three binary variables, by looking at all eight states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.errors import SegviewerError
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

NAMES = ("A", "B", "C")
# ψ(A, B) and ψ(B, C), rows by the first variable.
AGREE = (3.0, 1.0, 1.0, 2.0, 4.0, 1.0, 1.0, 2.0)
# With a third for ψ(A, C), which closes the model.
TRIANGLE = (*AGREE, 2.0, 1.0, 1.0, 2.0)
# P(A = 1), P(B = 1 | A = 0), P(B = 1 | A = 1), P(C = 1 | B = 0), P(C = 1 | B = 1).
RAIN = (0.3, 0.2, 0.8, 0.1, 0.9)


class GraphicalModelConfig(Settings):
    """Settings of the lab."""

    kind: Literal["undirected", "triangle", "directed"] = control(
        "undirected",
        kind="lab",
        label="Factorisation",
        inline=True,
        tip="undirected: a chain of two non-negative factors, divided by Z. triangle: a third "
        "factor between A and C. directed: a product of probabilities, whose Z is 1.",
    )
    factors: tuple[float, ...] = control(AGREE, kind="lab", label="Factors", hidden=True)
    triangle: tuple[float, ...] = control(TRIANGLE, kind="lab", label="Factors", hidden=True)
    chances: tuple[float, ...] = control(RAIN, kind="lab", label="Probabilities", hidden=True)
    state: int = control(-1, kind="lab", label="State", hidden=True, ge=-1, le=7)


@dataclass(frozen=True)
class ModelShown:
    """What the view draws.

    Attributes
    ----------
    kind : str
    values : tuple of float
        Of the setting that the tables show: eight or twelve factors, or five probabilities.
    joint : tuple of float
        Of the eight states in the order of a binary number ABC; empty where Z is 0.
    best : tuple of int
        The most probable ones.
    ones : tuple of float
        Probability of 1 for each variable.
    state : int
        The one whose product is written out.
    """

    kind: str
    values: tuple[float, ...]
    joint: tuple[float, ...]
    best: tuple[int, ...]
    ones: tuple[float, ...]
    state: int


class GraphicalModelLab(Lab[GraphicalModelConfig, ModelShown]):
    """Tables to drag; the joint distribution, its sum, its largest, its marginals."""

    name = "graphical_model"
    entry = LabEntry(
        title="Graphical model",
        sentence="Three variables, their tables to drag: factors, Z, marginals and the best state.",
        source="Koller and Friedman 2009, chapters 3 and 4; Krähenbühl and Koltun 2011, section 2",
        needs="nothing",
        group="Graphical models",
        view="segviewer.labs.graphical.graphical_model_view:GraphicalModelView",
    )
    Config = GraphicalModelConfig

    def compute(self, context: LabContext, config: GraphicalModelConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.factor_graph import STATES, directed, undirected

        values = _values(config)
        try:
            if config.kind == "directed":
                model = directed(values[0], np.array(values[1:3]), np.array(values[3:]))
            else:
                model = undirected(*(np.reshape(four, (2, 2)) for four in by_four(values)))
        except SegviewerError as error:
            shown = ModelShown(config.kind, values, (), (), (0.0, 0.0, 0.0), 0)
            yield LabResult(self.name, shown, caption=str(error))
            return
        best = tuple(STATES.index(state) for state in model.map_states)
        state = config.state if config.state >= 0 else best[0]
        shown = ModelShown(
            config.kind,
            values,
            tuple(float(model.joint[s]) for s in STATES),
            best,
            tuple(float(p) for p in model.marginals),
            state,
        )
        yield LabResult(
            self.name, shown, caption=_caption(model, config), formula=_formula(shown, model)
        )


def _values(config: GraphicalModelConfig) -> tuple[float, ...]:
    """Those of the tables, in range and as many as there are cells."""
    values: tuple[float, ...]
    default: tuple[float, ...]
    if config.kind == "undirected":
        values, default, highest = config.factors, AGREE, 10.0
    elif config.kind == "triangle":
        values, default, highest = config.triangle, TRIANGLE, 10.0
    else:
        values, default, highest = config.chances, RAIN, 1.0
    values = values if len(values) == len(default) else default
    return tuple(min(highest, max(0.0, float(v))) for v in values)


def by_four(values: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Tables of two by two, one after the other."""
    return tuple(values[at : at + 4] for at in range(0, len(values), 4))


def state_name(index: int) -> str:
    return " ".join(f"{n}{(index >> (2 - i)) & 1}" for i, n in enumerate(NAMES))


def _caption(model, config: GraphicalModelConfig) -> str:
    from segviewer.analysis.arithmetic.factor_graph import STATES

    ones = model.marginals
    best = [STATES.index(s) for s in model.map_states]
    said = f"Z = {model.partition:.4g} over 8 states. "
    said += ", ".join(f"P({n} = 1) = {p:.3f}" for n, p in zip(NAMES, ones, strict=True)) + ". "
    if len(best) > 1:
        said += f"{len(best)} states are equally most probable, {model.joint.max():.3f} each. "
    else:
        said += f"MAP: {state_name(best[0])} with {model.joint.max():.3f}"
        each = sum((1 << (2 - i)) for i, p in enumerate(ones) if p > 0.5)
        if each != best[0] and not np.any(np.isclose(ones, 0.5)):
            said += (
                f", though each variable by itself is most probably {state_name(each)} "
                f"({model.joint[STATES[each]]:.3f} together)"
            )
        said += ". "
    shared = model.information()
    return said + (
        f"C says {max(0.0, shared):.3f} bit about A; once B is known, "
        f"{max(0.0, round(model.information_given_middle(), 9)):.3g}."
    )


def _formula(shown: ModelShown, model) -> str:
    a, b, c = ((shown.state >> (2 - i)) & 1 for i in range(3))
    v, p = shown.values, shown.joint[shown.state]
    if shown.kind == "triangle":
        return (
            "P(A, B, C) = ψ(A, B) ψ(B, C) ψ(A, C) / Z: &nbsp; "
            f"P({a}, {b}, {c}) = {v[2 * a + b]:.3g} · {v[4 + 2 * b + c]:.3g} · "
            f"{v[8 + 2 * a + c]:.3g} / {model.partition:.4g} = <b>{p:.4f}</b>"
        )
    if shown.kind == "undirected":
        return (
            f"P(A, B, C) = ψ(A, B) ψ(B, C) / Z: &nbsp; P({a}, {b}, {c}) = {v[2 * a + b]:.3g} · "
            f"{v[4 + 2 * b + c]:.3g} / {model.partition:.4g} = <b>{p:.4f}</b>"
        )
    terms = (
        v[0] if a else 1 - v[0],
        v[1 + a] if b else 1 - v[1 + a],
        v[3 + b] if c else 1 - v[3 + b],
    )
    return (
        f"P(A, B, C) = P(A) P(B | A) P(C | B): &nbsp; P({a}, {b}, {c}) = "
        + " · ".join(f"{t:.3g}" for t in terms)
        + f" = <b>{p:.4f}</b>; &nbsp; ψ(A, B) = P(A) P(B | A) and ψ(B, C) = P(C | B) have Z = 1"
    )


LAB = GraphicalModelLab()
