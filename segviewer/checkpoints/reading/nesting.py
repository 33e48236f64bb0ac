"""Where in a training program's checkpoint the weights lie: one list for reader and conversion.

A program saves its network in a dictionary, beside an optimizer's state, averaged copies and
scores. Every dictionary of tensors in it is found here, the one that is meant first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from segviewer.checkpoints.reading.harmless import NumpyArray

_FEWEST_ARRAYS = 4  # that are taken for weights
MOST_NESTED = 16
MOST_DICTIONARIES = 64
# Best first: an average of the weights is what such a program evaluates with.
NESTED_NAMES = (
    "average",
    "model_ema",
    "ema",
    "ema_model",
    "ema_state_dict",
    "state_dict_ema",
    "state_dict",
    "model_state",
    "model_state_dict",
    "net_state_dict",
    "network_state_dict",
    "model",
    "network",
    "net",
    "generator",
    "student",
    "weights",
    "params",
    "parameters",
    "module",
)
NOT_WEIGHTS = (
    "optimizer",
    "optim",
    "optimizer_state",
    "optimizer_state_dict",
    "optimizers",
    "optimizer_states",
    "scheduler",
    "scheduler_state",
    "lr_scheduler",
    "lr_schedulers",
    "scaler",
    "amp",
    "loops",
    "callbacks",
)


@dataclass(frozen=True)
class Dictionary:
    """Tensors by name, and the dotted names of the dicts they lay in ("" at the top)."""

    nested_under: str
    tensors: dict[str, Tensor]


def dictionaries_in(content: Any) -> tuple[Dictionary, ...]:
    """Every dictionary of tensors in what a training program saved, the likeliest first.

    Each dict is looked into once, since a file can share one dict a billion times, or let it
    hold itself.
    """
    if isinstance(content, list | tuple):  # as (network, optimizer) of many a tutorial
        # Tensors that stand in it by themselves have no names, and so are no network's.
        first = enumerate(content[:MOST_DICTIONARIES])
        content = {str(place): one for place, one in first if not isinstance(one, Tensor)}
    found: list[Dictionary] = []
    _collect(content, "", 0, set(), found)
    tensors, place = _likeliest(content, 0, {})
    likeliest = [Dictionary(place, tensors)] if tensors else []
    # The same dict under a second name is the same network.
    known = {_identity(one.tensors) for one in likeliest}
    others = []
    for one in sorted(found, key=lambda one: _preference(one.nested_under)):
        if _identity(one.tensors) not in known:
            known.add(_identity(one.tensors))
            others.append(one)
    return (*likeliest, *others)


def _identity(tensors: Mapping[str, Tensor]) -> tuple[tuple[str, int], ...]:
    return tuple((key, id(tensor)) for key, tensor in tensors.items())


def _preference(place: str) -> int:
    name = place.rpartition(".")[2]
    return NESTED_NAMES.index(name) if name in NESTED_NAMES else len(NESTED_NAMES)


def _tensors_of(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    named = {name: value for name, value in content.items() if isinstance(name, str)}
    tensors = {name: value for name, value in named.items() if isinstance(value, Tensor)}
    if tensors:
        return tensors
    # Weights that were saved as numpy's arrays; a random generator's state is one, too.
    arrays = {
        name: tensor
        for name, value in named.items()
        if isinstance(value, NumpyArray) and (tensor := value.tensor()) is not None
    }
    return arrays if len(arrays) >= max(_FEWEST_ARRAYS, len(content) / 2) else {}


def _collect(
    content: Any, place: str, depth: int, known: set[int], found: list[Dictionary]
) -> None:
    if not isinstance(content, Mapping) or depth > MOST_NESTED or id(content) in known:
        return
    known.add(id(content))
    tensors = _tensors_of(content)
    if tensors and len(found) < MOST_DICTIONARIES:
        found.append(Dictionary(place, tensors))
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, Mapping) and name not in NOT_WEIGHTS:
            _collect(value, f"{place}.{name}" if place else name, depth + 1, known, found)


def _likeliest(
    content: Any, depth: int, known: dict[int, tuple[dict[str, Tensor], str]]
) -> tuple[dict[str, Tensor], str]:
    """The dict of tensors that is meant, and where it lay."""
    if not isinstance(content, Mapping) or depth > MOST_NESTED:
        return {}, ""
    if id(content) in known:
        return known[id(content)]
    known[id(content)] = ({}, "")  # what it is found to be inside itself
    inner = {
        name: _likeliest(value, depth + 1, known)
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Mapping) and name not in NOT_WEIGHTS
    }
    inner = {name: found for name, found in inner.items() if found[0]}
    direct = _tensors_of(content)
    chosen = next((name for name in NESTED_NAMES if name in inner), None)
    if chosen is None and inner and not direct:
        chosen = max(inner, key=lambda name: len(inner[name][0]))
    found = direct, ""
    if chosen is not None:
        tensors, below = inner[chosen]
        found = tensors, f"{chosen}.{below}" if below else chosen
    known[id(content)] = found
    return found
