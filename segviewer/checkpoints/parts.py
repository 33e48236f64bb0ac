"""Which networks lie in a file: a wrapper puts a name before every key, and others beside it.

Lightning keeps a network as ``model.`` next to ``criterion.``, a mean teacher has ``student.``
and ``teacher.``, a program saves its network in a dictionary beside an averaged copy. A part
is whatever stands under one such name and looks like a family's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from segviewer.checkpoints.families import families_of
from segviewer.checkpoints.key_table import OPTIONAL_SUFFIX, Shape
from segviewer.checkpoints.reading.nesting import Dictionary
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

MOST_TENSORS = 20_000  # of a dictionary that is looked into; the reader refuses more
_MOST_DEEP = 6  # names before a network's own keys: "module.model.net._orig_mod.0."
_FEWEST = 4  # tensors of a network
# Names of what training has beside its network, and nothing of it is run to label a picture.
_FOR_TRAINING = re.compile(
    r"criterion|loss|metric|discriminator|accuracy|confusion|(^|_)m?iou|perceptual|lpips", re.I
)
_AVERAGED = re.compile(r"(^|_)(ema|average|averaged|swa)(_|$)", re.I)
_TEACHER = re.compile(r"teacher|target_|momentum|encoder_k|key_encoder", re.I)


@dataclass(frozen=True)
class Part:
    """A network in a file.

    Attributes
    ----------
    dictionary : Dictionary
        Where it lies.
    prefix : str
        What stands before its keys there, with the dot; perhaps empty.
    """

    dictionary: Dictionary
    prefix: str

    @property
    def name(self) -> str:
        """Dotted names from the top of the file; empty for a file that is a network."""
        return f"{self.dictionary.nested_under}.{self.prefix}".strip(".")

    @property
    def keys(self) -> list[str]:
        """Its keys in the dictionary."""
        return [key for key in self.dictionary.tensors if key.startswith(self.prefix)]

    def shapes(self) -> dict[str, Shape]:
        """Shapes of its tensors, by their keys without the prefix."""
        return _shapes(self.dictionary.tensors, self.prefix)


def parts_of(dictionaries: Sequence[Dictionary], architecture: str = "") -> tuple[Part, ...]:
    """Every network found, the likeliest first.

    Of one dictionary an average comes first, then the network itself, then a teacher, which
    may be an average or a larger network. A part that is less than half of what lies about it,
    loss functions and the like left out, is a piece of an unknown network and no part.
    """
    found = []
    for dictionary in dictionaries:
        if len(dictionary.tensors) > MOST_TENSORS:
            continue
        parts = [
            Part(dictionary, prefix)
            for prefix in _prefixes(_shapes(dictionary.tensors, ""), "", architecture, 0)
        ]
        if parts and _are_most(dictionary, parts):
            found += sorted(parts, key=lambda part: (_rank(part.prefix), -len(part.keys)))
    return tuple(found)


def part_named(parts: Sequence[Part], name: str, path: str) -> Part:
    """The part that is meant by its whole name, or by the last of its names.

    Parameters
    ----------
    parts : sequence of Part
        What there is.
    name : str
        What was asked for; a dot at an end does not count.
    path : str
        The file, for the sentence.

    Raises
    ------
    CheckpointError
        If there is none, or there are several.
    """
    wanted = name.strip(".")
    meant = [part for part in parts if part.name == wanted] or [
        part for part in parts if f".{part.name}".endswith(f".{wanted}")
    ]
    if len(meant) == 1 and wanted:
        return meant[0]
    raise CheckpointError(
        f"There is no one network named “{shown_name(name)}” in {shown_name(path)}.",
        "It holds: " + (", ".join(part.name or "the file itself" for part in parts) or "none"),
        "Name one of these, or leave the name out for the likeliest.",
        path,
    )


def left_beside(part: Part, others: Iterable[Part]) -> list[str]:
    """Keys of its dictionary outside it and other parts, which may belong to the function.

    Counters, loss functions and the like do not.
    """
    prefixes = tuple(
        other.prefix for other in others if other.dictionary is part.dictionary and other != part
    )
    return [
        key
        for key, tensor in part.dictionary.tensors.items()
        if not key.startswith(part.prefix)
        and not (prefixes and key.startswith(prefixes))
        and not _is_for_training(key, tensor)
    ]


def parts_beside(
    part: Part, unused: Iterable[str], architecture: str = ""
) -> tuple[tuple[Part, ...], list[str]]:
    """Further networks among the keys of a part that it has no use for, and the keys left over.

    Parameters
    ----------
    part : Part
    unused : iterable of str
        Keys of its dictionary that its network has no place for.
    architecture : str
        Name in ``NETWORKS``; "" for any.
    """
    unused = list(unused)
    tensors = {key: part.dictionary.tensors[key] for key in unused}
    shapes = _shapes(tensors, "")
    prefixes = [
        prefix
        for group in _groups(shapes)
        if group
        for prefix in _prefixes(_shapes(tensors, group), group, architecture, 1)
    ]
    parts = tuple(Part(part.dictionary, prefix) for prefix in prefixes)
    left = [
        key
        for key in unused
        if not (prefixes and key.startswith(tuple(prefixes)))
        and not _is_for_training(key.removeprefix(part.prefix), tensors[key])
    ]
    return parts, left


def _shapes(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Shape]:
    return {
        key.removeprefix(prefix): tuple(tensor.shape)
        for key, tensor in tensors.items()
        if key.startswith(prefix)
    }


def _groups(shapes: Mapping[str, Shape]) -> dict[str, dict[str, Shape]]:
    """Shapes by the first name of their keys, with its dot; "" for keys of one name."""
    groups: dict[str, dict[str, Shape]] = {}
    for key, shape in shapes.items():
        first, dot, rest = key.partition(".")
        group = groups.setdefault(f"{first}." if dot else "", {})
        group[rest if dot else key] = shape
    return groups


def _prefixes(shapes: Mapping[str, Shape], prefix: str, architecture: str, depth: int) -> list[str]:
    """Names under which a family is found: the shallowest ones, for a network may hold another."""
    if len(shapes) < _FEWEST and depth:
        return []
    if families_of(shapes, architecture):
        return [prefix]
    if depth >= _MOST_DEEP:
        return []
    return [
        found
        for name, inner in _groups(shapes).items()
        if name and not _FOR_TRAINING.search(name)
        for found in _prefixes(inner, prefix + name, architecture, depth + 1)
    ]


def _are_most(dictionary: Dictionary, parts: list[Part]) -> bool:
    prefixes = tuple(part.prefix for part in parts)
    about = [
        key
        for key, tensor in dictionary.tensors.items()
        if key.startswith(prefixes) or not _is_for_training(key, tensor)
    ]
    return 2 * sum(key.startswith(prefixes) for key in about) >= len(about)


def _is_for_training(key: str, tensor: Tensor) -> bool:
    names = key.split(".")[:-1]
    counter = key.endswith(OPTIONAL_SUFFIX) or tensor.dim() == 0
    return counter or any(_FOR_TRAINING.search(name) for name in names)


def _rank(prefix: str) -> int:
    names = prefix.split(".")
    if any(_AVERAGED.search(name) for name in names):
        return 0
    return 2 if any(_TEACHER.search(name) for name in names) else 1
