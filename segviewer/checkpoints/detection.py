"""Which network a file of weights belongs to, from its keys and shapes alone.

Structure can be read off the shapes. Strides, rates and preprocessing cannot: for them the
card counts, or else the family's usual ones are taken and said in `Detection.notes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from segviewer.additions.installed import AdditionError
from segviewer.checkpoints.families import families_of
from segviewer.checkpoints.families.family import Family
from segviewer.checkpoints.fitting import Fit, fit
from segviewer.checkpoints.key_table import KeyTable, Shape
from segviewer.checkpoints.misfits import another, does_not_fit, not_whole, table_text, unknown
from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import CheckpointError, from_validation
from segviewer.imaging.labels import MAX_CLASSES, LabelSet, label_set, label_set_for
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import controls

# A file that fills less than this share of the network's keys is another network's.
ENOUGH_TO_OPEN = 0.5


@dataclass(frozen=True)
class Detection:
    """What a file of weights was found to be.

    Attributes
    ----------
    architecture : str
        Name in ``NETWORKS``.
    family : str
        Whose files look like this, or "" for this program's own.
    config : NetworkSettings
        As trained, as far as known.
    label_set : str
        Name in ``segviewer.imaging.labels``; guessed by the number of classes without a card,
        and empty above 255 classes.
    preprocessing : Preprocessing
    inference_long_side : int
        0 where unknown.
    notes : tuple of str
        What was assumed, in sentences.
    network : Network
        The network without numbers (on torch's ``meta`` device), into which the tensors fit.
    fit : Fit
        Where the file's tensors go, and what does not fit.
    alternatives : tuple of str
        Other names of ``NETWORKS`` whose files look just the same and fit as well. Empty
        where a card says what it is.
    tensors : mapping of str to Tensor
        Those of the file, channels in this program's order: what `keys` is about.
    """

    architecture: str
    family: str
    config: NetworkSettings
    label_set: str
    preprocessing: Preprocessing
    inference_long_side: int
    notes: tuple[str, ...]
    network: Network
    fit: Fit = field(default_factory=lambda: Fit({}, KeyTable((), (), (), 0)))
    alternatives: tuple[str, ...] = ()
    tensors: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, str]:
        """The file's key to the network's, for every tensor that fits."""
        return self.fit.keys

    @property
    def table(self) -> KeyTable:
        """What does not fit."""
        return self.fit.table


def detect(
    tensors: Mapping[str, Tensor],
    card: ModelCard | None = None,
    architecture: str = "",
    declared: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Detection:
    """Find architecture, settings and preprocessing of `tensors`.

    Parameters
    ----------
    tensors : mapping of str to Tensor
    card : ModelCard, optional
        What it says counts more than what would be assumed.
    architecture : str
        Of files that look alike (`Detection.alternatives`), the one that is meant. Ignored
        where a card says it.
    declared : mapping, optional
        What the program that wrote the file says of its settings (`Declared.settings`).
    settings : mapping, optional
        Settings of this program's network that a person says; they count more than all else.

    Raises
    ------
    CheckpointError
        If the keys or shapes fit no network; `details` holds the whole table.
    """
    shapes = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    if card is not None and card.architecture not in NETWORKS:
        raise CheckpointError(
            f"The card names an unknown network, “{card.architecture[:80]}”.",
            f"This version knows {', '.join(NETWORKS)}.",
            "Update the program, or mend the card.",
        )
    chosen = _choose(shapes, card, architecture, declared or {}, settings or {})
    family, network, found = chosen.family, chosen.network, chosen.fit
    table, architecture, config = found.table, chosen.architecture, chosen.config
    if family is not None and family.prepare is not None:
        tensors = family.prepare(dict(tensors))
    if table.matching < ENOUGH_TO_OPEN * table.wanted:
        raise does_not_fit(network, config, table)
    title = family.title if family else ""
    notes = [] if table.fills else [_what_lacks(table)]
    if found.folded:
        notes.append(
            f"{len(found.folded)} biases that the network has no place for became part of its "
            "batch norms or other biases: it computes the same."
        )
    if card is not None:
        preprocessing = card.preprocessing.for_grey() if found.grey else card.preprocessing
        return Detection(
            architecture,
            title,
            config,
            card.label_set,
            preprocessing,
            card.inference_long_side,
            tuple(notes),
            network,
            found,
            tensors=tensors,
        )
    assert family is not None
    preprocessing = family.preprocessing.for_grey() if found.grey else family.preprocessing
    guessed = family.label_set or getattr(guess_label_set(config.num_classes), "name", "")
    notes += _assumptions(family, config, preprocessing, guessed)
    return Detection(
        architecture,
        title,
        config,
        guessed,
        preprocessing,
        family.long_side,
        tuple(notes),
        network,
        found,
        _alternatives(shapes, architecture),
        tensors,
    )


@dataclass(frozen=True)
class _Choice:
    """A network built for a file, and how the file's tensors fit it."""

    family: Family | None
    architecture: str
    config: NetworkSettings
    network: Network
    fit: Fit


def _choose(
    shapes: Mapping[str, Shape],
    card: ModelCard | None,
    architecture: str,
    declared: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> _Choice:
    """The first family that matches and fits in full, else the one that fits best."""
    families = families_of(shapes, architecture if card is None else card.architecture)
    if card is not None:
        family = families[0] if families else None
        values = _read(family, shapes, declared) if family is not None else {}
        values = {**values, **card.config, **settings}
        return _built(shapes, family, card.architecture, values)
    if not families:
        raise another(shapes, architecture) if architecture else unknown(shapes)
    found: list[_Choice] = []
    refusals: list[CheckpointError | AdditionError] = []
    for family in families:
        try:
            values = {**_read(family, shapes, declared), **settings}
            choice = _built(shapes, family, family.architecture, values)
        except (CheckpointError, AdditionError) as error:
            refusals.append(error)
            continue
        if choice.fit.table.fits:
            return choice
        found.append(choice)
    if not found:
        raise refusals[0]
    return max(found, key=lambda choice: choice.fit.share)


def _built(
    shapes: Mapping[str, Shape], family: Family | None, architecture: str, values: dict[str, Any]
) -> _Choice:
    config = _checked_config(architecture, values)
    network = build_without_numbers(architecture, config)
    if family is not None and family.prepare is not None:
        empty = {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
        shapes = {key: tuple(t.shape) for key, t in family.prepare(empty).items()}
    # A library's network says its strides and rates only once it is built.
    config = network.config
    return _Choice(family, architecture, config, network, fit(family, shapes, shapes_of(network)))


def build_without_numbers(architecture: str, config: NetworkSettings) -> Network:
    """Build a network on torch's ``meta`` device: every shape, no memory, no random draws."""
    with torch.device("meta"):
        return network_class(architecture)(config)


def shapes_of(network: Network) -> dict[str, Shape]:
    """Shapes of a network's parameters and buffers by key."""
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def guess_label_set(num_classes: int) -> LabelSet | None:
    """Label set usually meant by a number of classes.

    None above what a label map holds, and for one, which is foreground or not.
    """
    return label_set_for(num_classes) if 1 < num_classes <= MAX_CLASSES else None


def _alternatives(shapes: Mapping[str, Shape], chosen: str) -> tuple[str, ...]:
    """Architectures besides the chosen one whose families match `shapes` and fit in full."""
    found: list[str] = []
    for family in families_of(shapes):
        architecture = family.architecture
        if architecture == chosen or architecture in found:
            continue
        try:
            other = _built(shapes, family, architecture, _read(family, shapes, {}))
        except (CheckpointError, AdditionError):
            continue
        if other.fit.table.fits:
            found.append(architecture)
    return tuple(found)


def _read(
    family: Family, shapes: Mapping[str, Shape], declared: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        if family.read_with is not None and declared:
            return family.read_with(shapes, declared)
        return family.read(shapes)
    except (KeyError, IndexError, ValueError) as error:
        raise not_whole(family, shapes, error) from error


def _what_lacks(table: KeyTable) -> str:
    return (
        f"The file fits only in part ({table.summary()}); what it lacks has random weights:\n"
        + table_text(table)
    )


def _assumptions(
    family: Family, config: NetworkSettings, p: Preprocessing, guessed: str
) -> list[str]:
    geometry = ", ".join(
        f"{c.label[:1].lower()}{c.label[1:]} {_say(c.default)}"
        for c in controls(config)
        if c.kind == "geometry" and c.type in ("int", "choice")
    )
    notes = list(family.says)
    if geometry:
        notes.append(
            f"The file does not say its geometry: assumed {geometry}, as {family.title} "
            "is published."
        )
    mean, std = (", ".join(f"{v:g}" for v in values) for values in (p.mean, p.std))
    notes.append(
        f"Assumed {p.channel_order} pictures, {'0 to 1' if p.scale == 'unit' else '0 to 255'}, "
        f"with mean {mean} and standard deviation {std}."
    )
    if guessed:
        notes.append(
            f"The file does not name its classes: {label_set(guessed).title} assumed for "
            f"{config.num_classes} of them."
        )
    return notes


def _say(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _checked_config(architecture: str, values: dict[str, Any]) -> NetworkSettings:
    try:
        return network_class(architecture).Config.model_validate(values)
    except ValidationError as error:
        raise from_validation(
            CheckpointError,
            error,
            "The network settings of this checkpoint cannot be used.",
            "Mend its card, or open another checkpoint.",
        ) from error
