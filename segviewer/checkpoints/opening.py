"""From a reference to a network that is ready to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from segviewer.checkpoints.catalogue import CARD_SUFFIX, resolve_reference
from segviewer.checkpoints.detection import detect, guess_label_set
from segviewer.checkpoints.model_card import ModelCard, parse_card, read_card
from segviewer.checkpoints.reading import StateDict, read_state_dict
from segviewer.errors import CheckpointError
from segviewer.imaging.labels import label_set
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.settings import NetworkSettings

RANDOM = "random:"
CARD_KEY = "segviewer"  # of a safetensors header, holding the card's JSON


@dataclass(frozen=True)
class OpenedNetwork:
    """A network with its weights, and all that is known about it.

    Attributes
    ----------
    network : nn.Module
        On the CPU, in eval mode, parameters without gradient.
    card : ModelCard
        Complete: `config`, `classes` and `preprocessing` are filled in.
    config : NetworkSettings
        As trained; what runs now is ``network.config``.
    notes : tuple of str
        What was assumed, in sentences.
    """

    network: nn.Module
    card: ModelCard
    config: NetworkSettings
    notes: tuple[str, ...]


def open_network(reference: str) -> OpenedNetwork:
    """Open a checkpoint.

    Parameters
    ----------
    reference : str
        A path, ``bundled:NAME``, or ``random:ARCHITECTURE`` for untrained weights.

    Raises
    ------
    CheckpointError
        If it cannot be read or fits no network.
    """
    if reference.startswith(RANDOM):
        return _open_random(reference.removeprefix(RANDOM))
    path = resolve_reference(reference)
    state = read_state_dict(path)
    card = _card_of(path, state)
    found = detect(state.tensors, card)
    network = found.network
    _fill(network, state, path.name)
    if card is None:
        card = ModelCard(
            title=path.name,
            architecture=found.architecture,
            label_set=found.label_set,
            preprocessing=found.preprocessing,
            inference_long_side=found.inference_long_side,
            weights="unknown",
            source=str(path),
        )
    card = _complete(card, found.config, path.name)
    return OpenedNetwork(network, card, found.config, (*found.notes, *_how_found(state)))


def _open_random(architecture: str) -> OpenedNetwork:
    if architecture not in NETWORKS:
        raise CheckpointError(
            f"There is no network named “{architecture}”.",
            f"This version knows {', '.join(NETWORKS)}.",
            "Choose one of these.",
        )
    network_type = network_class(architecture)
    config = network_type.Config()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # the same random network each time, so that pictures repeat
        network = network_type(config)
    card = ModelCard(
        title=f"{network_type.title} · random weights",
        architecture=architecture,
        label_set=guess_label_set(config.num_classes).name,
        weights="random",
    )
    card = _complete(card, config, architecture)
    note = "The weights are random: the labels mean nothing."
    return OpenedNetwork(network.eval().requires_grad_(False), card, config, (note,))


def _card_of(path: Path, state: StateDict) -> ModelCard | None:
    """Card beside the file, else the one in its header, else none."""
    beside = path.with_suffix(CARD_SUFFIX)
    if beside.is_file():
        try:
            return read_card(beside)
        except CheckpointError:
            # Many programs put a config.json of their own beside weights; only a file that
            # means to be a card may stop the opening.
            text = beside.read_bytes()
            if b'"architecture"' in text and b'"preprocessing"' in text:
                raise
    if CARD_KEY in state.metadata:
        return parse_card(state.metadata[CARD_KEY], f"in {path.name}")
    return None


def _fill(network: nn.Module, state: StateDict, name: str) -> None:
    """Give a network on the meta device its numbers, without copying them."""
    for key, parameter in network.state_dict().items():
        tensor = state.tensors.get(key, parameter)
        if parameter.is_floating_point() and not tensor.is_floating_point():
            raise CheckpointError(
                f"{name} is stored in whole numbers.",
                f"{key} is {tensor.dtype}: the network was quantised, and its scales are needed.",
                "Open the network as it was before quantisation.",
            )
    network.load_state_dict(state.tensors, strict=False, assign=True)
    for module in network.modules():
        for key, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta:  # batch norm's counter, where the file leaves it out
                setattr(module, key, torch.zeros(buffer.shape, dtype=buffer.dtype))
    network.eval().requires_grad_(False)


def _complete(card: ModelCard, config: NetworkSettings, name: str) -> ModelCard:
    classes = card.classes
    if not classes and card.label_set:
        known = label_set(card.label_set).classes
        classes = known if len(known) == config.num_classes else ()
    if not classes:
        classes = tuple(f"class {index}" for index in range(config.num_classes))
    if len(classes) != config.num_classes:
        raise CheckpointError(
            f"The card of {name} does not fit its weights.",
            f"It names {len(classes)} classes and the weights have {config.num_classes}.",
            "Mend the card.",
        )
    return card.changed(classes=classes, config=config.model_dump())


def _how_found(state: StateDict) -> list[str]:
    notes = []
    if state.nested_under:
        notes.append(f"The weights lay under “{state.nested_under}” in the file.")
    if state.stripped_prefix:
        notes.append(f"“{state.stripped_prefix}” was taken off the front of every key.")
    return notes
