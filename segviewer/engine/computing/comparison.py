"""Where A and B differ, and what each costs."""

from __future__ import annotations

import weakref

from segviewer.analysis.evaluation.agreement import disagreeing, translate_classes
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.engine.computing.network import Probs, working_image
from segviewer.engine.executor import Work
from segviewer.engine.results import DisagreementResult, LabelResult, PictureResult
from segviewer.inference.inspected import FiguresResult
from segviewer.inference.network_figures import figures_of
from segviewer.inference.network_state import configured


def disagreement(work: Work, first: LabelResult, second: LabelResult) -> DisagreementResult:
    """The share of the pixels at which A and B give other classes.

    Parameters
    ----------
    work : Work
    first, second : LabelResult
        Of A and of B.
    """
    translation = translate_classes(first.classes, second.classes)
    if translation is None:
        return DisagreementResult(None)
    differs = disagreeing(first.label_map, second.label_map, translation)
    return DisagreementResult(float(differs.mean()))


def figures(
    work: Work, picture: PictureResult, opened: OpenedNetwork, probs: Probs
) -> FiguresResult:
    """Cost and reach of the network, which has just run.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    probs : Probs
    """
    session = work.session
    if opened.scores is not None:
        size = probs.probs.shape[1], probs.probs.shape[2]
        return FiguresResult(0, 0, 0, size, size, None, -1, 0.0)  # whatever made them cost it
    working, settings = working_image(session, picture, opened), session.inference

    def measure() -> FiguresResult:
        # One that only runs in tiles, or on another device, is as slow as it just was.
        seconds = work.seconds("probs") if probs.fallbacks else None
        with configured(opened, session):
            return figures_of(opened, working, settings, seconds, work.check)

    key = (weakref.ref(opened.network), session.network, settings, working.shape)
    result: FiguresResult = work.keep("figures", key, measure)
    return result
