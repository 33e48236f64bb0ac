"""The open lab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.checkpoints.scores.opening import no_network
from segviewer.checkpoints.whole_models.network import WholeModel
from segviewer.engine.computing.labels import read_target
from segviewer.engine.computing.network import Probs, working_image
from segviewer.engine.executor import Work
from segviewer.engine.results import PictureResult
from segviewer.inference.network_state import configured
from segviewer.labs import LABS, compute
from segviewer.labs.lab import LabContext, LabResult
from segviewer.labs.shared.closed_program import no_layers


def lab(
    work: Work,
    picture: PictureResult | None = None,
    opened: OpenedNetwork | None = None,
    probs: Probs | None = None,
) -> Iterator[LabResult[Any]]:
    """What the lab finds; some grow, and give it several times.

    Parameters
    ----------
    work : Work
    picture, opened, probs
        As far as the lab needs them.
    """
    state = work.session.lab
    if work.memory.get("lab") != state.name:
        work.memory.clear()
        work.memory.update(lab=state.name, kept={})
    context = LabContext(
        crf=work.session.crf,
        check=work.check,
        progressed=work.progressed,
        memory=work.memory["kept"],
    )
    if opened is None or picture is None:
        if picture is not None:
            context.image = picture.levels[0]
        yield from compute(state.name, dict(state.values), context)
        return
    if LABS[state.name].needs == "network" and not LABS[state.name].closed:
        network = opened.network
        if isinstance(network, WholeModel):
            refusal = no_layers(network.kind_title, "This lab looks into a network")
            yield LabResult(state.name, caption=refusal.sentence)
            return
    if opened.scores is not None and probs is None:
        raise no_network()
    context.image = working_image(work.session, picture, opened)
    context.photograph = picture.levels[0].shape[0], picture.levels[0].shape[1]
    context.opened, context.classes = opened, opened.card.classes
    if probs is not None:
        context.probs, context.classes = probs.probs, probs.classes
        if work.session.target:
            context.target = read_target(work, picture, opened).target
    with configured(opened, work.session):
        yield from compute(state.name, dict(state.values), context)
