"""The stages of a session, in order, and what each depends on.

Keys are pure functions of the session, so the window can tell a stale answer from a current
one without asking anybody, and a stage runs again only when its key changes.
"""

from __future__ import annotations

from collections.abc import Hashable

from segviewer.labs import LABS
from segviewer.session import Session

STAGES = {
    "image": "Reading the photograph",
    "network": "Opening the checkpoint",
    "features": "Running the backbone",
    "probs": "Running the head",
    "compiling": "Compiling the CRF, once on this machine",
    "refined": "Refining with the CRF",
    "label_map": "Drawing the label map",
    "heat": "Drawing the layer",
    "metrics": "Comparing with the target",
    "activation": "Looking into a layer",
    "card": "Listing the layers",
    "lab": "Computing the lab",
    "reference_network": "Opening A",
    "reference_label_map": "Running A",
    "reference_heat": "Drawing the layer of A",
    "reference_metrics": "Comparing A with the target",
    "disagreement": "Comparing A and B",
    "reference_figures": "Measuring A",
    "figures": "Measuring B",
    "forms": "Listing the networks",
}
# Stages whose results a caller may show.
SHOWN_STAGES = (
    "image", "network", "refined", "label_map", "heat", "metrics", "activation", "lab", "card",
    "forms",
)  # fmt: skip
# Those that there are only while a network is pinned as A.
REFERENCE = "reference_"
COMPARISON_STAGES = (
    "reference_network", "reference_label_map", "reference_heat", "reference_metrics",
    "disagreement", "reference_figures", "figures",
)  # fmt: skip


def stage_key(session: Session, stage: str, head_fields: tuple[str, ...] = ()) -> Hashable:
    """Everything `stage` depends on.

    Parameters
    ----------
    head_fields : tuple of str
        Geometry settings that the backbone does not feel; only for ``features``.

    Returns
    -------
    Hashable
        None for a stage of A while nothing is pinned.
    """
    if stage in COMPARISON_STAGES:
        return _comparison_key(session, stage)
    image = (session.image, session.allow_large)
    if stage == "image":
        return image
    if stage == "forms":
        return stage  # nothing in a session changes them
    if stage == "network":
        return weights_of(session)
    geometry = tuple(item for item in session.network if item[0] not in head_fields)
    features = (image, weights_of(session), geometry, session.inference)
    if stage == "features":
        return features
    probs = (image, weights_of(session), session.network, session.inference)
    if stage == "probs":
        return probs
    # A CRF that is off does not depend on its sliders.
    refined = (probs, session.crf if session.crf.enabled else None)
    if stage in ("refined", "label_map"):
        return refined
    if stage == "heat":
        layer = session.overlay.layer
        chosen = session.overlay.chosen_class if layer == "probability" else None
        return (refined, layer, chosen)
    if stage == "metrics":
        return (refined, session.target)
    # Neither the passes that are averaged nor the device change a layer.
    seen = (image, weights_of(session), session.network, session.inference.long_side)
    if stage == "card":
        return seen
    if stage == "activation":
        return (*seen, session.overlay.activation, session.overlay.channel)
    if stage == "lab":
        return _lab_key(session, seen, probs)
    raise KeyError(stage)


def _lab_key(session: Session, seen: Hashable, probs: Hashable) -> Hashable:
    """None while no lab is open."""
    entry = LABS.get(session.lab.name)
    if entry is None:
        return None
    # A lab of the CRF shows its settings whether or not the labels are refined by them.
    refined = (probs, session.crf.model_copy(update={"enabled": True}), session.target)
    needed = {"nothing": None, "image": seen[0], "network": seen, "probs": refined}
    return (session.lab, needed[entry.needs])


def weights_of(session: Session) -> Hashable:
    """Which checkpoint is open, and as what."""
    return session.checkpoint, session.architecture


def _comparison_key(session: Session, stage: str) -> Hashable:
    pinned = session.of_reference()
    if pinned is None:
        return None
    if stage == "disagreement":
        return (stage_key(session, "label_map"), stage_key(pinned, "label_map"))
    own = pinned if stage.startswith(REFERENCE) else session
    stage = stage.removeprefix(REFERENCE)
    # What a network costs depends on what it gets, not on the CRF.
    return stage_key(own, "probs" if stage == "figures" else stage)
