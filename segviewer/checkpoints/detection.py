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

from segviewer.checkpoints.families import FAMILIES, family_of, known_elsewhere
from segviewer.checkpoints.families.family import Family
from segviewer.checkpoints.key_table import KeyTable, Shape
from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import CheckpointError
from segviewer.imaging.labels import MAX_CLASSES, LabelSet, label_set, label_set_for
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import controls

LINES_IN_MESSAGE = 12
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
    keys : dict of str to str
        The file's key to the network's, for every tensor that fits.
    table : KeyTable
        What does not fit.
    alternatives : tuple of str
        Other names of ``NETWORKS`` whose files look just the same and fit as well. Empty
        where a card says what it is.
    """

    architecture: str
    family: str
    config: NetworkSettings
    label_set: str
    preprocessing: Preprocessing
    inference_long_side: int
    notes: tuple[str, ...]
    network: Network
    keys: dict[str, str] = field(default_factory=dict)
    table: KeyTable = field(default_factory=lambda: KeyTable((), (), (), 0))
    alternatives: tuple[str, ...] = ()


def detect(
    tensors: Mapping[str, Tensor], card: ModelCard | None = None, architecture: str = ""
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
    family = family_of(shapes, architecture if card is None else card.architecture)
    if card is not None:
        architecture = card.architecture
    elif family is not None:
        architecture = family.architecture
    else:
        raise _another(shapes, architecture) if architecture else _unknown(shapes)
    values = _read(family, shapes) if family is not None else {}
    if card is not None:
        values = {**values, **card.config}
    config = _checked_config(architecture, values)
    network = build_without_numbers(architecture, config)
    wanted = shapes_of(network)
    keys, table = _fit(family, shapes, wanted)
    if table.matching < ENOUGH_TO_OPEN * table.wanted:
        raise _does_not_fit(network, config, table)
    notes = [] if table.fits else [_what_differs(table)]
    if card is not None:
        return Detection(
            architecture,
            family.title if family else "",
            config,
            card.label_set,
            card.preprocessing,
            card.inference_long_side,
            tuple(notes),
            network,
            keys,
            table,
        )
    assert family is not None  # else it was refused above
    alternatives = _alternatives(shapes, architecture)
    guessed = family.label_set or getattr(guess_label_set(config.num_classes), "name", "")
    notes += _assumptions(family, config, guessed)
    return Detection(
        architecture,
        family.title,
        config,
        guessed,
        family.preprocessing,
        family.long_side,
        tuple(notes),
        network,
        keys,
        table,
        alternatives,
    )


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
    for family in FAMILIES:
        architecture = family.architecture
        if architecture == chosen or architecture in found or not family.matches(shapes):
            continue
        try:
            config = _checked_config(architecture, _read(family, shapes))
        except CheckpointError:
            continue
        if _fit(family, shapes, shapes_of(build_without_numbers(architecture, config)))[1].fits:
            found.append(architecture)
    return tuple(found)


def _read(family: Family, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    try:
        return family.read(shapes)
    except (KeyError, IndexError, ValueError) as error:
        raise CheckpointError(
            f"This looks like {family.title}, but it is not whole.",
            f"What its depth or width is read off is missing or has another shape ({error}).",
            "Use a file saved from that very network; its keys are in the details.",
            _listing(shapes),
        ) from error


def _fit(
    family: Family | None, shapes: Mapping[str, Shape], wanted: Mapping[str, Shape]
) -> tuple[dict[str, str], KeyTable]:
    """Keys of the file by what they fill, and the table of what does not fit."""
    found, keys = {}, {}
    for key, shape in shapes.items():
        name = key if key in wanted or family is None else family.rename(key)
        if not name:
            continue
        target = wanted.get(name)
        if target is not None and family is not None and family.reshapes:
            shape = target if _as_many(shape, target) else shape
        found[name] = shape
        if target == shape:
            keys[key] = name
    return keys, KeyTable.compare(found, wanted)


def _as_many(shape: Shape, other: Shape) -> bool:
    return torch.Size(shape).numel() == torch.Size(other).numel() and shape[:1] == other[:1]


def _what_differs(table: KeyTable) -> str:
    if table.fills:
        return (
            f"The file also holds what the network has no place for ({table.summary()}):\n"
            + _shown(table)
        )
    return (
        f"The file fits only in part ({table.summary()}); what it lacks has random weights:\n"
        + _shown(table)
    )


def _assumptions(family: Family, config: NetworkSettings, guessed: str) -> list[str]:
    geometry = ", ".join(
        f"{c.label[:1].lower()}{c.label[1:]} {_say(c.default)}"
        for c in controls(config)
        if c.kind == "geometry" and c.type in ("int", "choice")
    )
    notes = []
    if geometry:
        notes.append(
            f"The file does not say its geometry: assumed {geometry}, as {family.title} "
            "is published."
        )
    p = family.preprocessing
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
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        raise CheckpointError(
            "The network settings of this checkpoint cannot be used.",
            f"{place}: {first['msg']}.",
            "Mend its card, or open another checkpoint.",
            str(error),
        ) from error


def _shown(table: KeyTable) -> str:
    lines = table.lines()
    more = len(lines) - LINES_IN_MESSAGE
    shown = "\n".join(lines[:LINES_IN_MESSAGE])
    return shown + (f"\n… and {more} more" if more > 0 else "")


def _listing(shapes: Mapping[str, Shape]) -> str:
    return "\n".join(f"{key}  {shape}" for key, shape in shapes.items())


def _does_not_fit(network: Network, config: NetworkSettings, table: KeyTable) -> CheckpointError:
    on = f" on {config.backbone}" if hasattr(config, "backbone") else ""
    return CheckpointError(
        f"This file fits {network.title}{on} only in part.",
        f"{table.summary()}:\n{_shown(table)}\n",
        "Use a file saved from that very network; the whole table is in the details.",
        table.summary() + "\n" + "\n".join(table.lines()),
    )


def _another(shapes: Mapping[str, Shape], architecture: str) -> CheckpointError:
    family = family_of(shapes)
    return CheckpointError(
        f"This file is no {NETWORKS.get(architecture, architecture)}.",
        f"Its keys and shapes are those of {family.title if family else 'another network'}.",
        "Open it without naming a network.",
        _listing(shapes),
    )


def _unknown(shapes: Mapping[str, Shape]) -> CheckpointError:
    elsewhere = known_elsewhere(shapes)
    if elsewhere:
        return CheckpointError(
            f"This looks like {elsewhere}, which this version cannot open.",
            "Its keys are that program's, and no network here has them.",
            "Open a file of one of the networks that “segviewer networks” lists.",
            _listing(shapes),
        )
    titles = ", ".join(family.title for family in FAMILIES)
    return CheckpointError(
        "This file belongs to no network this version knows.",
        f"Its {len(shapes)} keys look like none of: {titles}.",
        "Open a file of one of these; the keys of this one are in the details.",
        _listing(shapes),
    )
