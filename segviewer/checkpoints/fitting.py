"""How a file's tensors go into a network: under which names, and what is done to them.

Most are taken as they are. A grey network's first layer is spread over three equal channels,
and a bias in front of a batch norm becomes part of its running mean (or of another bias that is
added to the same map): both leave the function as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from segviewer.checkpoints.families.family import Family
from segviewer.checkpoints.key_table import OPTIONAL_SUFFIX, KeyTable, Shape

COLOURS = 3
RUNNING_MEAN = "running_mean"


@dataclass(frozen=True)
class Fit:
    """What of a file fits a network.

    Attributes
    ----------
    keys : dict of str to str
        The file's key to the network's, for every tensor that is taken.
    table : KeyTable
        What does not fit.
    folded : dict of str to str
        The file's key of a bias to the network's running mean that it is taken off, or bias
        that it is added to.
    grey : tuple of str
        The file's keys of first layers with one channel.
    unused : tuple of str
        The file's keys of tensors that the network has no place for. Batch norm's counters do
        not count, nor what a family knows to change nothing.
    bands : (str, int) or None
        The file's key of a first layer that reads other bands than colours or grey, and how
        many.
    """

    keys: dict[str, str]
    table: KeyTable
    folded: dict[str, str] = field(default_factory=dict)
    grey: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    bands: tuple[str, int] | None = None

    @property
    def share(self) -> float:
        """How much of file and network agree, 0 to 1."""
        table = self.table
        return table.matching / max(1, table.wanted + len(table.unexpected))

    def tensors(
        self, found: Mapping[str, Tensor], shapes: Mapping[str, Shape]
    ) -> dict[str, Tensor]:
        """The network's tensors by its own keys, of `shapes`; copied only where they change."""
        tensors = {
            new: (_over_colours(found[old]) if old in self.grey else found[old]).view(shapes[new])
            # A Linear layer's weights, seen as those of a convolution, are the same numbers.
            for old, new in self.keys.items()
        }
        for bias, place in self.folded.items():
            if place not in tensors:
                continue
            # (x + b - m) / s is (x - (m - b)) / s; of two biases that are added the sum counts.
            sign = -1 if place.endswith(RUNNING_MEAN) else 1
            tensors[place] = tensors[place] + sign * found[bias]
        return tensors


def fit(family: Family | None, shapes: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> Fit:
    """Compare a file's shapes with those a network wants.

    A file may have this program's names already, whatever family its shapes are of: the names
    by which more of it fits are taken.

    Parameters
    ----------
    family : Family or None
        Whose names the file has; None for the network's own.
    shapes : mapping of str to tuple of int
        The file's, by its keys.
    wanted : mapping of str to tuple of int
        The network's, by its keys.
    """
    own = _fit_named(family, shapes, wanted, lambda key: key)
    if family is None:
        return own
    renamed = _fit_named(family, shapes, wanted, family.rename)
    return own if own.table.matching > renamed.table.matching else renamed


def _fit_named(
    family: Family | None,
    shapes: Mapping[str, Shape],
    wanted: Mapping[str, Shape],
    rename: Callable[[str], str],
) -> Fit:
    found: dict[str, Shape] = {}
    keys: dict[str, str] = {}
    folded: dict[str, str] = {}
    grey, unused, bands = [], [], None
    for key, shape in shapes.items():
        name = rename(key)
        if not name:
            continue
        target = wanted.get(name)
        if target is None and family is not None:
            place = family.folds(name)
            if place and wanted.get(place) == shape:
                folded[key] = place
                continue
        if target is None and not name.endswith(OPTIONAL_SUFFIX):
            unused.append(key)
        if target is not None and target != shape and _reads_pictures(shape, target):
            if shape[1] == 1:
                grey.append(key)
                shape = target
            else:
                bands = key, shape[1]
        elif target is not None and family is not None and family.reshapes:
            shape = target if _as_many(shape, target) else shape
        found[name] = shape
        if target == shape:
            keys[key] = name
    return Fit(keys, KeyTable.compare(found, wanted), folded, tuple(grey), tuple(unused), bands)


def _reads_pictures(shape: Shape, target: Shape) -> bool:
    """Whether `target` is a first layer, and `shape` the same one for other bands."""
    four = len(shape) == len(target) == 4
    return four and target[1] == COLOURS and (shape[0], *shape[2:]) == (target[0], *target[2:])


def _as_many(shape: Shape, other: Shape) -> bool:
    return torch.Size(shape).numel() == torch.Size(other).numel() and shape[:1] == other[:1]


def _over_colours(weight: Tensor) -> Tensor:
    """(C, 1, k, k) as (C, 3, k, k): of three equal channels the same sum."""
    return (weight / COLOURS).expand(-1, COLOURS, -1, -1).contiguous()
