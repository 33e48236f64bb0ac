"""Which network of a file is opened, and what must be said of all the rest that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from torch import Tensor

from segviewer.checkpoints.detection import Detection, detect
from segviewer.checkpoints.key_table import KeyTable
from segviewer.checkpoints.misfits import table_text
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.parts import Part, left_beside, part_named, parts_beside, parts_of
from segviewer.checkpoints.reading.reading import StateDict, WeightsFile
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import Preprocessing

_MEANS = ("mean", "pixel_mean", "image_mean", "img_mean", "norm_mean")
_BYTE_MEAN = 1.5  # a mean above it is of values 0 to 255


@dataclass(frozen=True)
class Meant:
    """The network that is opened.

    Attributes
    ----------
    state : StateDict
    part : Part or None
        Where it lies; None where a card says what the file is, or no family knows it.
    others : tuple of Part
        The other networks of the file.
    """

    state: StateDict
    part: Part | None = None
    others: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """Dotted names of the part."""
        return self.part.name if self.part else ""


@dataclass(frozen=True)
class Rest:
    """What a file holds besides the tensors that its network took.

    Attributes
    ----------
    unused : tuple of str
        Keys of tensors that belong to the function and are not used.
    parts : tuple of str
        Names of the other networks.
    preprocessing : Preprocessing or None
        Mean and standard deviation, where they lie beside the weights.
    notes : tuple of str
        All this in sentences.
    """

    unused: tuple[str, ...]
    parts: tuple[str, ...]
    preprocessing: Preprocessing | None
    notes: tuple[str, ...]


def find_meant(
    file: WeightsFile, card: ModelCard | None, architecture: str = "", part: str = ""
) -> Meant:
    """Choose the network of a file that is meant.

    Parameters
    ----------
    file : WeightsFile
    card : ModelCard or None
        What the file is, where somebody said it: it is read as a whole then.
    architecture : str
        Name in ``NETWORKS`` of what it is meant to be; "" for the likeliest.
    part : str
        Dotted names of the one that is meant, or the last of them; "" for the likeliest.

    Raises
    ------
    CheckpointError
        If there is no such part, or its weights cannot be used.
    """
    parts = parts_of(file.dictionaries, card.architecture if card else architecture)
    if part:
        chosen = part_named(parts, part, str(file.path))
    elif card is not None or not parts:
        return Meant(file.state_dict())
    else:
        chosen = _first_that_fits(parts, architecture)
    state = file.state_dict(chosen.dictionary, chosen.prefix)
    return Meant(state, chosen, tuple(other for other in parts if other != chosen))


def what_is_left(meant: Meant, found: Detection, architecture: str = "") -> Rest:
    """Account for every tensor of the file that the network did not take.

    Parameters
    ----------
    meant : Meant
    found : Detection
        Of its state.
    architecture : str
        As it was opened.
    """
    part, state = meant.part, meant.state
    if part is None:
        all_unused = found.fit.unused
        return Rest(all_unused, (), None, (*_unused_notes(found, all_unused), *_how_found(state)))
    tensors = part.dictionary.tensors
    further, unused = parts_beside(
        part, (part.prefix + key for key in found.fit.unused), architecture
    )
    others = (*meant.others, *further)
    unused += left_beside(part, others)
    preprocessing, used = _own_preprocessing(
        {key: tensors[key] for key in unused}, found.preprocessing
    )
    unused = [key for key in unused if key not in used]
    notes = list(_unused_notes(found, unused))
    if preprocessing is not None:
        notes.append(
            f"Mean and standard deviation lie beside the weights ({', '.join(used)}) and are used."
        )
    names = tuple(other.name or "the file itself" for other in others)
    if names:
        notes.append(
            f"The file holds {len(names) + 1} networks. Opened as "
            f"“{part.name or 'the file itself'}”; there is also "
            f"{', '.join(f'“{name}”' for name in names)}."
        )
    selectable = tuple(other.name for other in others if other.name)
    return Rest(tuple(unused), selectable, preprocessing, (*notes, *_how_found(state)))


def _first_that_fits(parts: Iterable[Part], architecture: str) -> Part:
    """The first that is a network in full; the first of all where none is."""
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    for part in parts:
        try:
            found = detect(dict(_on_meta(part)), architecture=architecture)
        except CheckpointError:
            continue
        if found.table.fills:
            return part
    return parts[0]


def _on_meta(part: Part) -> Mapping[str, Tensor]:
    return {key.removeprefix(part.prefix): part.dictionary.tensors[key] for key in part.keys}


def _unused_notes(found: Detection, unused: Iterable[str]) -> tuple[str, ...]:
    unused = tuple(unused)
    if not unused:
        return ()
    shapes = dict(found.table.unexpected)
    table = KeyTable((), tuple((key, shapes.get(key, ())) for key in unused), (), 0)
    what = "a tensor" if len(unused) == 1 else f"{len(unused)} tensors"
    return (
        f"The file also holds {what} that this network does not use "
        f"({found.table.summary()}): what it was trained as may label otherwise.\n"
        + table_text(table),
    )


def _own_preprocessing(
    left: Mapping[str, Tensor], usual: Preprocessing
) -> tuple[Preprocessing | None, tuple[str, ...]]:
    """Mean and standard deviation of the wrapper, and the keys they lie under."""
    for key, mean in left.items():
        before, _, last = key.rpartition(".")
        if last not in _MEANS:
            continue
        other = f"{before}." * bool(before) + last.replace("mean", "std")
        if other not in left or mean.numel() not in (1, 3) or left[other].numel() != mean.numel():
            continue
        means, stds = (
            [float(value) for value in tensor.flatten()] * (3 // tensor.numel())
            for tensor in (mean, left[other])
        )
        scale = "byte" if max(means) > _BYTE_MEAN else "unit"
        try:
            own = Preprocessing(
                channel_order=usual.channel_order, scale=scale, mean=tuple(means), std=tuple(stds)
            )
        except ValidationError:
            continue
        return own, (key, other)
    return None, ()


def _how_found(state: StateDict) -> list[str]:
    notes = []
    if state.nested_under:
        notes.append(f"The weights lay under “{state.nested_under}” in the file.")
    if state.stripped_prefix:
        notes.append(f"“{state.stripped_prefix}” was taken off the front of every key.")
    return notes
