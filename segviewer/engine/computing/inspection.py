"""Looking into the network: what a layer gives, and the list of all layers."""

from __future__ import annotations

import weakref

from segviewer.analysis.networks.network_card import NetworkCard, network_card
from segviewer.checkpoints.opening import OpenedNetwork
from segviewer.checkpoints.scores.opening import no_network
from segviewer.checkpoints.whole_models.network import WholeModel
from segviewer.engine.computing.network import backbone_passes, working_image
from segviewer.engine.executor import Work
from segviewer.engine.results import PictureResult
from segviewer.imaging.preprocessing import resize_long_side
from segviewer.inference import running
from segviewer.inference.inspected import ActivationResult
from segviewer.inference.layer_inspection import look_inside
from segviewer.inference.network_state import configured
from segviewer.labs.shared.closed_program import no_layers


def activation(work: Work, picture: PictureResult, opened: OpenedNetwork) -> ActivationResult:
    """What the chosen layer gives for the photograph.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    """
    session = work.session
    if isinstance(opened.network, WholeModel):
        reason = f"a {opened.network.kind_title} is closed: its layers are not reached"
        return ActivationResult(session.overlay.activation, reason=reason)
    if opened.scores is not None:
        raise no_network()
    with configured(opened, session):
        working = working_image(session, picture, opened)
        whole_pass = _whole_pass(work, opened, working.shape[:2])
        if whole_pass is None and running.needs_tiles(*working.shape[:2]):
            # A layer is looked at in one piece.
            share = (running.PASS_PIXELS / (working.shape[0] * working.shape[1])) ** 0.5
            working = resize_long_side(working, int(max(working.shape[:2]) * share))
        layers = _layers(work, opened, working.shape[:2])
        return look_inside(opened, working, layers, session.overlay, whole_pass)


def card(work: Work, picture: PictureResult, opened: OpenedNetwork) -> NetworkCard:
    """The list of all layers.

    Parameters
    ----------
    work : Work
    picture : PictureResult
    opened : OpenedNetwork
    """
    if isinstance(opened.network, WholeModel):
        raise no_layers(opened.network.kind_title, "There is no list of layers")
    if opened.scores is not None:
        raise no_network()
    size = working_image(work.session, picture, opened).shape[:2]
    with configured(opened, work.session):
        return _layers(work, opened, size)


def _whole_pass(work: Work, opened: OpenedNetwork, size: tuple[int, int]) -> running.Pass | None:
    """Features of the photograph as it is, neither scaled nor mirrored, or None."""
    device = next(opened.network.parameters()).device
    passes = work.find("features", backbone_passes(work.session, opened, device), ())
    return next((one for one in passes if one.size == size and not one.mirrored), None)


def _layers(work: Work, opened: OpenedNetwork, size: tuple[int, int]) -> NetworkCard:
    """The card of the network, which is configured, on a picture of (height, width)."""
    key = (weakref.ref(opened.network), work.session.network, *size)
    card: NetworkCard = work.keep("cards", key, lambda: network_card(opened.network, *size))
    return card
