"""From a reference to a network that is ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from segviewer.checkpoints.card_files import find_card
from segviewer.checkpoints.declared import Declared, declared_beside
from segviewer.checkpoints.detection import Detection, detect, guess_label_set, shapes_of
from segviewer.checkpoints.fitting import Fit
from segviewer.checkpoints.imagenet_classes import imagenet_classes
from segviewer.checkpoints.meant import find_meant, what_is_left
from segviewer.checkpoints.misfits import bands_left_out, other_bands
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet, completed_classes, sheet_of
from segviewer.checkpoints.pairs import with_other_half
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.checkpoints.reading.folder import weights_in
from segviewer.checkpoints.reading.reading import StateDict, read_state_dict
from segviewer.checkpoints.reading.refusals import check_declared, check_memory
from segviewer.checkpoints.reading.shards import read_weights
from segviewer.checkpoints.scores.opening import (
    NoNetwork,
    Scores,
    ScoresSettings,
    card_of,
    find_scores,
    read_scores,
)
from segviewer.checkpoints.whole_models.kinds import KINDS, whole_model_kind
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name
from segviewer.imaging.labels import label_set
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.references import Reference

IMAGENET_CLASSES = 1000
RANDOM_NOTE = "The weights are random: the labels mean nothing."
BACKBONE = "backbone."
ONE_CLASS_NOTE = (
    "The network has one class: its score goes through a sigmoid and parts foreground from "
    "background."
)


@dataclass(frozen=True)
class OpenedNetwork:
    """A network with its weights, and all that is known about it.

    Attributes
    ----------
    network : Network
        On the CPU, in eval mode, parameters without gradient.
    card : ModelCard
        Complete: `config`, `classes` and `preprocessing` are filled in.
    config : NetworkSettings
        As trained; what runs now is ``network.config``.
    notes : tuple of str
        What was assumed, in sentences.
    alternatives : tuple of str
        Other networks that the file could be just as well; `open_network` takes one of them
        as `architecture`.
    part : str
        Which of the networks in the file it is, as `open_network` takes it; empty for a file
        that is one network.
    parts : tuple of str
        The others.
    unused : int
        Tensors of the file that belong to the network's function and are not used here. They
        are named in `notes`.
    scores : Scores or None
        What a file says in the network's place: there is none then that could be run.
    """

    network: Network
    card: ModelCard
    config: NetworkSettings
    notes: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    part: str = ""
    parts: tuple[str, ...] = ()
    unused: int = 0
    scores: Scores | None = None


def open_network(
    reference: str, architecture: str = "", part: str = "", sheet: ModelSheet = EMPTY
) -> OpenedNetwork:
    """Open a checkpoint.

    Parameters
    ----------
    reference : str
        A path, ``bundled:NAME``, or ``random:ARCHITECTURE`` for untrained weights, with
        ``:PRESET`` behind it for another form than its first. ``untrained:REFERENCE`` is the
        network of another reference with random weights.
    architecture : str
        Name in ``NETWORKS`` of what a file without a card is meant to be, where it could be
        several (`OpenedNetwork.alternatives`); "" takes the likeliest.
    part : str
        Which network is meant of a file that holds several (`OpenedNetwork.parts`), by all its
        dotted names or the last of them; "" takes the likeliest.
    sheet : ModelSheet
        What a person says of it; counts more than file and card.

    Raises
    ------
    CheckpointError
        If it cannot be read or fits no network.
    """
    opened = _opened(reference, architecture, part, sheet.of_network())
    return with_sheet(opened, sheet)


def _opened(reference: str, architecture: str, part: str, sheet: ModelSheet) -> OpenedNetwork:
    named = Reference.checkpoint(reference)
    if named.untrained:
        return _without_training(_opened(str(named.trained()), architecture, part, sheet))
    if named.kind == "random":
        return _open_random(named)
    path = weights_in(resolve_reference(reference))
    kind = whole_model_kind(path)
    if kind:
        return _open_whole(path, kind)
    name = shown_name(path)
    file = with_other_half(read_weights(path))
    cards = find_card(path, file.metadata)
    card = cards.card
    meant = find_meant(file, card, architecture, part)
    state = meant.state
    if card is not None and card.base:
        state = _with_shared_backbone(state, card.base)
    said = declared_beside(path, file.beside)
    settings = {**dict(cards.sheet.config), **dict(sheet.config)}

    def detected(tensors: Mapping[str, Tensor]) -> Detection:
        return detect(tensors, card, architecture, said.settings, settings)

    found = detected(state.tensors)
    bands = sheet.bands or cards.sheet.bands or (card.bands if card is not None else None)
    left_out: tuple[str, ...] = ()
    if found.fit.bands is not None:
        key, count = found.fit.bands
        if bands is None or max(bands) >= count or len(set(bands)) < len(bands):
            raise other_bands(found.family or found.network.title, key, count)
        left_out = (bands_left_out(key, count, bands),)
        found = detected({**state.tensors, key: state.tensors[key][:, list(bands)]})
    state = replace(state, tensors=dict(found.tensors))
    network = found.network
    _check_numbers(network, state, found.keys, name)
    if not found.table.fills:
        _check_missing(path, network, state)
    if not found.table.fills or _computes_buffers(network):
        network = _random_network(found.architecture, found.config)
    _fill(network, state, found.fit)
    rest = what_is_left(meant, found, architecture)
    if card is None:
        card = ModelCard(
            title=name,
            architecture=found.architecture,
            label_set=said.label_set(found.config.num_classes) or found.label_set,
            classes=said.classes_of(found.config.num_classes),
            colours=said.colours_of(found.config.num_classes),
            preprocessing=rest.preprocessing or said.preprocessing or found.preprocessing,
            inference_long_side=found.inference_long_side,
            weights="unknown",
            source=str(path),
        )
    if found.fit.grey:
        card = card.changed(preprocessing=card.preprocessing.for_grey())
    if not found.table.fills:
        card = card.changed(weights="partly random")
    card = _complete(cards.sheet.changed(config=()).over(card), found.config, name)
    one_class = (ONE_CLASS_NOTE,) * _is_binary(found.config)
    notes = (*left_out, *cards.notes, *rest.notes, *found.notes, *one_class)
    return OpenedNetwork(
        network,
        card,
        found.config,
        notes,
        found.alternatives,
        meant.name,
        rest.parts,
        len(rest.unused) + len(left_out),
    )


def _open_whole(path: Path, kind: str) -> OpenedNetwork:
    from segviewer.checkpoints.whole_models.opening import open_whole_model

    cards = find_card(path, {})
    whole = open_whole_model(path, kind, cards.card or cards.said(kind))
    card, config = whole.card, whole.network.config
    if card is None or not card.title:
        made = ModelCard(
            title=shown_name(path),
            architecture=kind,
            label_set=Declared(whole.classes).label_set(config.num_classes),
            classes=whole.classes,
            weights="unknown",
            source=str(path),
        )
        card = made if card is None else sheet_of(card).changed(config=()).over(made)
    elif not card.classes:
        card = card.changed(classes=whole.classes)
    card = card.changed(
        preprocessing=whole.preprocessing,
        inference_long_side=card.inference_long_side or whole.long_side,
    )
    card = _complete(cards.sheet.changed(config=()).over(card), config, shown_name(path))
    notes = (*cards.notes, *whole.notes, *((ONE_CLASS_NOTE,) * _is_binary(config)))
    return OpenedNetwork(whole.network, card, config, notes)


def open_scores(reference: str, picture: str, size: tuple[int, int]) -> OpenedNetwork:
    """Open the scores of a photograph in a network's place.

    Parameters
    ----------
    reference : str
        ``scores:PATH``, of a file or a folder.
    picture : str
        The photograph's name without ending.
    size : (int, int)
        Its height and width.

    Raises
    ------
    CheckpointError
        If they cannot be read, or are not of this photograph's aspect.
    """
    scores = read_scores(find_scores(resolve_reference(reference), picture), size)
    card = card_of(scores)
    config = ScoresSettings(**card.config)
    notes: tuple[str, ...] = (f"The scores were read as {scores.said}.",)
    notes += (ONE_CLASS_NOTE,) * _is_binary(config)
    return OpenedNetwork(NoNetwork(config), card, config, notes, scores=scores)


def _is_binary(config: NetworkSettings) -> bool:
    return config.num_classes == 1


def _open_random(reference: Reference) -> OpenedNetwork:
    architecture, preset = reference.architecture, reference.form
    if architecture not in NETWORKS:
        raise CheckpointError(
            f"There is no network named “{shown_name(architecture)}”.",
            f"This version knows {', '.join(NETWORKS)}.",
            "Choose one of these.",
        )
    network_type = network_class(architecture)
    preset = preset or next(iter(network_type.presets))
    if preset not in network_type.presets:
        raise CheckpointError(
            f"{network_type.title} has no form named “{shown_name(preset)}”.",
            f"Its forms are {', '.join(network_type.presets)}.",
            "Choose one of these.",
        )
    config = network_type.Config(**network_type.presets[preset])
    guessed = guess_label_set(config.num_classes)
    card = ModelCard(
        title=f"{preset} · random weights",
        architecture=architecture,
        label_set=guessed.name if guessed else "",
        weights="random",
    )
    card = _complete(card, config, architecture)
    network = _random_network(architecture, config).eval().requires_grad_(False)
    return OpenedNetwork(network, card, config, (RANDOM_NOTE,))


def _without_training(opened: OpenedNetwork) -> OpenedNetwork:
    """The same network, classes and preprocessing, with random weights."""
    if opened.card.architecture in KINDS:
        raise CheckpointError(
            f"{opened.card.title} has no random weights.",
            f"It is a {KINDS[opened.card.architecture].title}: a closed program with its numbers "
            "inside.",
            "Open the program itself, or the network with random weights in Model ▸ Untrained.",
        )
    card = opened.card.changed(
        title=f"{opened.card.title} · random weights",
        weights="random",
        trained_on="",
        iterations=0,
        results={},
        data_notice="",
        licence="",
        base="",
    )
    network = _random_network(card.architecture, opened.config).eval().requires_grad_(False)
    return OpenedNetwork(network, card, opened.config, (RANDOM_NOTE,))


def _random_network(architecture: str, config: NetworkSettings) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # the same random network each time, so that pictures repeat
        return network_class(architecture)(config)


def _with_shared_backbone(state: StateDict, base: str) -> StateDict:
    """`state` and the backbone tensors of `base` that it does not hold itself."""
    shared = read_state_dict(resolve_reference(base)).tensors
    backbone = {key: tensor for key, tensor in shared.items() if key.startswith(BACKBONE)}
    return replace(state, tensors={**backbone, **state.tensors})


def _computes_buffers(network: Network) -> bool:
    """Whether some buffer comes from no file, and was not computed for want of numbers."""
    saved = set(network.state_dict())
    return any(buffer.is_meta and key not in saved for key, buffer in network.named_buffers())


def _check_missing(path: Path, network: Network, state: StateDict) -> None:
    """Refuse weights too few for the network that one of their shapes claims."""
    needed = sum(4 * tensor.numel() for tensor in network.state_dict().values())
    check_memory(path, needed)
    held = sum(4 * tensor.numel() for tensor in state.tensors.values())
    check_declared(path, needed, held, "The network that its shapes describe would")


def _check_numbers(network: Network, state: StateDict, keys: dict[str, str], name: str) -> None:
    wanted = network.state_dict()
    for key, target in keys.items():
        tensor = state.tensors[key]
        if wanted[target].is_floating_point() and not tensor.is_floating_point():
            raise CheckpointError(
                f"{name} is stored in whole numbers.",
                f"{key} is {tensor.dtype}: the network was quantised, and its scales are needed.",
                "Open the network as it was before quantisation.",
            )


def _fill(network: Network, state: StateDict, fit: Fit) -> None:
    """Give a network its numbers, without copying those that stay as they are."""
    tensors = fit.tensors(state.tensors, shapes_of(network))
    network.load_state_dict(tensors, strict=False, assign=True)
    for module in network.modules():
        for key, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta:  # batch norm's counter, where the file leaves it out
                setattr(module, key, torch.zeros(buffer.shape, dtype=buffer.dtype))
    network.eval().requires_grad_(False)


def _complete(card: ModelCard, config: NetworkSettings, name: str) -> ModelCard:
    classes = card.classes
    if not classes and card.label_set and not _is_binary(config):
        known = label_set(card.label_set).classes
        classes = known if len(known) == config.num_classes else ()
    if not classes and config.num_classes == IMAGENET_CLASSES:
        classes = imagenet_classes()
    card = card.changed(classes=classes, config=config.model_dump())
    return completed_classes(card, config.num_classes, name)


def with_sheet(opened: OpenedNetwork, sheet: ModelSheet) -> OpenedNetwork:
    """`opened` with what a person says of it; its network is the same one.

    Raises
    ------
    CheckpointError
        If names or colours are not as many as its classes.
    """
    if not sheet.said():
        return opened
    card = sheet.changed(config=()).over(opened.card)
    name = shown_name(opened.card.title)
    return replace(opened, card=completed_classes(card, opened.config.num_classes, name))
