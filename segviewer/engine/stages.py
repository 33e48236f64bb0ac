"""The one table of stages: from a session to everything that is shown of it.

    image ─┬─ probs ─ refined ─┬─ label_map ─┬─ metrics
    network┘ (net)    (CRF)    └─ overlay_layer  └─ disagreement, with that of A

An entry says everything about a stage: its name, what the window calls it, what it depends on,
what must be there before it, and what computes it. Keys are pure functions of the session, so a
stale answer is known from a current one without asking anybody, and a stage runs again only when
its key changes. What computes a stage is named, not imported: the window holds this table without
torch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from segviewer.checkpoints.model_sheet import ModelSheet
from segviewer.labs import LABS
from segviewer.references import Reference
from segviewer.session import OF_CLASS, TARGET_LAYERS, THRESHOLD, InferenceSettings, Session


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name : str
    title : str
        What the window calls it while it runs.
    key : callable (session) -> Hashable
        Everything that its value depends on; None where the session does not want it.
    compute : str
        ``module:function`` below :mod:`segviewer.engine.computing`. It is called with a
        :class:`segviewer.engine.executor.Work` and the values of `needs`, and returns the value,
        or yields values that grow, of which the last one counts.
    needs : callable (session) -> tuple of str
        Stages whose values it takes.
    result : str
        ``module:function`` that makes of a Work, the value and the values of `needs` what the
        window gets; empty where that is the value itself.
    shown : bool
        Whether the window gets it.
    asked : bool
        Whether it is computed only for a caller that asks for it by name.
    compares : bool
        Whether it is computed only while a network is pinned as A.
    draft : str
        ``module:function`` that shows something quick in its place while the session changes
        still; whatever needs the stage waits then.
    of : str
        For a stage of A, the pinned network: which stage it is, run with A's session.
    """

    name: str
    title: str
    key: Callable[[Session], Hashable]
    compute: str = ""
    needs: Callable[[Session], tuple[str, ...]] = lambda session: ()
    result: str = ""
    shown: bool = True
    asked: bool = False
    compares: bool = False
    draft: str = ""
    of: str = ""


def needing(*names: str) -> Callable[[Session], tuple[str, ...]]:
    """The same stages are needed whatever the session says."""
    return lambda session: names


# What the stages depend on


def weights_of(session: Session) -> tuple[str, str, str]:
    """Which checkpoint is open, as what, and which network of it."""
    return session.checkpoint, session.architecture, session.part


def stored_key(session: Session) -> Hashable:
    """The values of the photograph's file, however they are shown."""
    return (session.image, session.allow_large, session.picture) if session.image else None


def image_key(session: Session) -> Hashable:
    """The photograph as the network sees it."""
    stored = stored_key(session)
    return stored and (stored, session.tones.for_network())


def display_key(session: Session) -> Hashable:
    """The photograph as it is shown; None where that is what the network sees."""
    stored = stored_key(session)
    if stored is None or session.tones.network == "as stretched":
        return None
    return stored, session.tones.for_eye()


def network_key(session: Session) -> Hashable:
    if is_scores(session):
        # Scores are those of one photograph, and understood by its shape.
        image = image_key(session)
        return image and (weights_of(session), image)
    return (weights_of(session), session.sheet) if session.checkpoint else None


def input_of(sheet: ModelSheet) -> Hashable:
    """What of a model sheet decides the maps of the backbone."""
    size = sheet.inference_long_side, sheet.inference_enlarges, sheet.input_divisor
    return sheet.preprocessing, size, sheet.bands, sheet.config


def is_scores(session: Session) -> bool:
    """Whether a file of scores takes the network's place."""
    return Reference.checkpoint(session.checkpoint).scores


def needs_of_network(session: Session) -> tuple[str, ...]:
    return ("image",) if is_scores(session) else ()


def features_key(session: Session, head_fields: tuple[str, ...]) -> Hashable:
    """Of the backbone's maps: geometry settings of the head alone do not count."""
    geometry = tuple(item for item in session.network if item[0] not in head_fields)
    sheet, inference = input_of(session.sheet), _shown(session.inference)
    return image_key(session), weights_of(session), sheet, geometry, inference


def probs_key(session: Session) -> Hashable:
    if not (session.image and session.checkpoint):
        return None
    said, inference = session.sheet, _shown(session.inference)
    # Title and colours change no label.
    sheet = (input_of(said), said.classes, said.activation, said.ignore_index)
    return image_key(session), weights_of(session), sheet, session.network, inference


def _shown(inference: InferenceSettings) -> InferenceSettings:
    """How the network is shown the photograph; the threshold comes after it."""
    return inference.model_copy(update={"threshold": THRESHOLD})


def refined_key(session: Session) -> Hashable:
    probs = probs_key(session)
    # A CRF that is off does not depend on its sliders.
    return probs and (probs, session.crf if session.crf.enabled else None)


def label_map_key(session: Session) -> Hashable:
    refined = refined_key(session)
    return refined and (refined, session.inference.threshold)


def overlay_layer_key(session: Session) -> Hashable:
    layer, refined = session.overlay.layer, label_map_key(session)
    if refined is None or layer == "labels":
        return None
    target = target_key(session) if layer in TARGET_LAYERS else ()
    if layer in TARGET_LAYERS and not session.target:
        return None
    return refined, layer, target, session.overlay.chosen_class if layer in OF_CLASS else None


def needs_of_layer(session: Session) -> tuple[str, ...]:
    if session.overlay.layer in TARGET_LAYERS:
        return ("image", "network", "label_map")
    return ("refined",)


def metrics_key(session: Session) -> Hashable:
    labels = label_map_key(session)
    return (labels, *target_key(session)) if labels and session.target else None


def target_key(session: Session) -> tuple[Hashable, ...]:
    """What decides the target mask as it is read."""
    return session.target, session.target_mapping


def seen_key(session: Session) -> Hashable:
    """The network as it is set, on the photograph; neither averaged passes nor the device count."""
    if not (session.image and session.checkpoint):
        return None
    size, sheet = session.inference.long_side, input_of(session.sheet)
    return image_key(session), weights_of(session), sheet, session.network, size


def preprocessing_key(session: Session) -> Hashable:
    """Of the check of preprocessings: what is set counts, since it is marked among the others."""
    return probs_key(session)


def activation_key(session: Session) -> Hashable:
    seen, overlay = seen_key(session), session.overlay
    return (seen, overlay.activation, overlay.channel) if seen and overlay.activation else None


def lab_key(session: Session) -> Hashable:
    """None while no lab is open, or what the open one needs is not."""
    if session.lab.name not in LABS:
        return None
    needs = LABS[session.lab.name].needs
    if needs == "nothing":
        return (session.lab,)
    if needs == "probs":
        # A lab of the CRF shows its settings whether or not the labels are refined by them.
        crf = session.crf.model_copy(update={"enabled": True})
        needed = probs_key(session) and (probs_key(session), crf, *target_key(session))
    else:
        needed = image_key(session) if needs == "image" else seen_key(session)
    return needed and (session.lab, needed)


def needs_of_lab(session: Session) -> tuple[str, ...]:
    needs = LABS[session.lab.name].needs
    return {
        "nothing": (),
        "image": ("image",),
        "network": ("image", "network"),
        "probs": ("image", "network", "probs"),
    }[needs]


def of_reference(key: Callable[[Session], Hashable]) -> Callable[[Session], Hashable]:
    """The same for the network pinned as A; None while nothing is pinned."""

    def key_of_a(session: Session) -> Hashable:
        if not (session.image and session.checkpoint):
            return None
        pinned = session.of_reference()
        return None if pinned is None else key(pinned)

    return key_of_a


def disagreement_key(session: Session) -> Hashable:
    first = of_reference(label_map_key)(session)
    return first and (label_map_key(session), first)


# In the order in which they are shown. Those of A are there only while it is pinned.
TABLE = (
    Stage("image", "Reading the photograph", image_key, "picture:read"),
    Stage("display", "Stretching the photograph", display_key, "picture:display"),
    Stage(
        "network",
        "Opening the checkpoint",
        network_key,
        "network:open_network",
        needs_of_network,
        result="network:describe",
    ),
    Stage(
        "probs",
        "Running the head",
        probs_key,
        "network:run",
        needing("image", "network"),
        shown=False,
    ),
    Stage(
        "refined",
        "Refining with the CRF",
        refined_key,
        "crf:refined",
        needing("image", "network", "probs"),
        result="crf:for_reading",
        draft="crf:draft",
    ),
    Stage(
        "label_map",
        "Drawing the label map",
        label_map_key,
        "labels:label_map",
        needing("image", "network", "probs", "refined"),
    ),
    Stage(
        "overlay_layer",
        "Drawing the layer",
        overlay_layer_key,
        "labels:overlay_layer",
        needs_of_layer,
    ),
    Stage(
        "activation",
        "Looking into a layer",
        activation_key,
        "inspection:activation",
        needing("image", "network"),
    ),
    Stage(
        "card",
        "Listing the layers",
        seen_key,
        "inspection:card",
        needing("image", "network"),
        asked=True,
    ),
    Stage(
        "preprocessings",
        "Trying other preprocessing",
        preprocessing_key,
        "preprocessing_check:try_others",
        needing("image", "network"),
        asked=True,
    ),
    Stage(
        "metrics",
        "Comparing with the target",
        metrics_key,
        "labels:metrics",
        needing("image", "network", "probs", "label_map"),
    ),
    Stage("reference_network", "Opening A", of_reference(network_key), of="network"),
    Stage("reference_label_map", "Running A", of_reference(label_map_key), of="label_map"),
    Stage(
        "reference_overlay_layer",
        "Drawing the layer of A",
        of_reference(overlay_layer_key),
        of="overlay_layer",
    ),
    Stage(
        "reference_metrics", "Comparing A with the target", of_reference(metrics_key), of="metrics"
    ),
    Stage(
        "disagreement",
        "Comparing A and B",
        disagreement_key,
        "comparison:disagreement",
        needing("reference_label_map", "label_map"),
    ),
    Stage("reference_figures", "Measuring A", of_reference(probs_key), of="figures"),
    Stage(
        "figures",
        "Measuring B",
        probs_key,
        "comparison:figures",
        needing("image", "network", "probs"),
        compares=True,
    ),
    Stage("lab", "Computing the lab", lab_key, "lab:lab", needs_of_lab),
    # Last, because nothing on screen waits for it; nothing in a session changes it.
    Stage("forms", "Listing the networks", lambda session: "forms", "network:forms", asked=True),
)
STAGES = {stage.name: stage for stage in TABLE}
# Parts of a stage that may take long enough to be named.
STEPS = {
    "features": "Running the backbone",
    "compiling": "Compiling the CRF, once on this machine",
    "slicing": "CRF at full resolution",
}
REFERENCE = "reference_"
COMPARISON_STAGES = tuple(
    stage.name for stage in TABLE if stage.of or stage.name in ("disagreement", "figures")
)


def stage_key(session: Session, name: str) -> Hashable:
    """Everything that stage `name` depends on; None where the session does not want it."""
    return STAGES[name].key(session)


def title_of(name: str) -> str:
    """What the window calls a stage, or a step of one, while it runs."""
    return STAGES[name].title if name in STAGES else STEPS[name]


def wanted_stages(session: Session, asked: frozenset[str] = frozenset()) -> list[Stage]:
    """The stages whose results the window shows for `session`, in their order."""
    return [
        stage
        for stage in TABLE
        if stage.shown
        and stage.key(session) is not None
        and (not stage.asked or stage.name in asked)
        and (not stage.compares or session.reference is not None)
    ]


def depends_on(stage: Stage, name: str, session: Session) -> bool:
    """Whether `stage`, or anything it needs, is or needs stage `name`.

    Parameters
    ----------
    stage : Stage
    name : str
    session : Session
        Decides what a stage needs.
    """
    if stage.of:
        return depends_on(STAGES[stage.of], name, session)
    return stage.name == name or any(
        depends_on(STAGES[needed], name, session) for needed in stage.needs(session)
    )
