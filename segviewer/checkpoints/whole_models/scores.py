"""What a program gives, brought to one form: scores before softmax, (B, K, h, w)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

NAMES = ("out", "logits", "scores", "probs", "probabilities", "pred", "output", "masks")
"""Under which a dictionary's map of scores is looked for, torchvision's name first."""

MOST_CLASSES = 10_000
CERTAIN = 0.999
"""Probability that a label is given where a program names labels alone."""

_ENOUGH = 1e-3  # from 1, of a sum of probabilities in half precision
_SMALLEST = 1e-6

Content = Literal["logits", "probabilities", "independent", "labels"]


class NoScores(ValueError):
    """What a program gave is no map of scores; the text says what it is."""


@dataclass(frozen=True)
class Form:
    """How a program's answer is to be read.

    Attributes
    ----------
    content : {"logits", "probabilities", "independent", "labels"}
        Scores of any size; numbers that sum to 1 over the classes; such that each class has a
        probability of its own; whole numbers that name classes.
    channels_last : bool
        (B, h, w, K).
    num_classes : int
        K; for labels as many as there are assumed to be.
    """

    content: Content
    channels_last: bool
    num_classes: int


def tensor_of(answer: Any) -> Tensor:
    """The one tensor of a program's answer that is a map.

    Raises
    ------
    NoScores
    """
    found = _maps(answer)
    if not found:
        raise NoScores(f"it gives {_said(answer)}")
    return found[0]


def form_of(output: Tensor, height: int, width: int, num_classes: int = 0) -> Form:
    """Read the form off one answer to a picture of noise.

    Parameters
    ----------
    output : Tensor
    height, width : int
        Of that picture; better not the same.
    num_classes : int
        K, where something says it; labels alone do not.

    Raises
    ------
    NoScores
    """
    if _is_labels(output):
        return Form("labels", False, num_classes or int(output.max()) + 1)
    output = _batched(output)
    channels_last = _channels_last(output.shape, height, width)
    values = (output.movedim(-1, 1) if channels_last else output).float()
    return Form(_content(values), channels_last, values.shape[1])


def scores_of(output: Tensor, form: Form) -> Tensor:
    """Scores (B, K, h, w) whose softmax (sigmoid for K = 1) are the program's probabilities.

    Raises
    ------
    NoScores
        For a label that is none of the K.
    """
    if form.content == "labels":
        return _of_labels(output, form.num_classes)
    output = _batched(output)
    values = (output.movedim(-1, 1) if form.channels_last else output).float()
    if form.content == "logits":
        return values
    if form.num_classes == 1:
        return torch.logit(values, eps=_SMALLEST)
    return values.clamp_min(_SMALLEST).log()


def _batched(output: Tensor) -> Tensor:
    """(B, K, h, w) of what leaves out the batch, or the one channel, of a single picture."""
    if output.dim() == 4:
        return output
    return output[:, None] if output.shape[0] == 1 else output[None]


def _of_labels(output: Tensor, num_classes: int) -> Tensor:
    if output.dim() == 4:
        output = output[:, 0] if output.shape[1] == 1 else output[..., 0]
    labels = output.round().long()
    if int(labels.max()) >= num_classes or int(labels.min()) < 0:
        seen = int(labels.max()) if int(labels.max()) >= num_classes else int(labels.min())
        raise NoScores(f"it gives label {seen}, and {num_classes} classes are known")
    rest = (1 - CERTAIN) / max(1, num_classes - 1)
    probs = F.one_hot(labels, num_classes).movedim(-1, 1).float() * (CERTAIN - rest) + rest
    return probs.log()


def _maps(answer: Any) -> list[Tensor]:
    """Tensors that may be maps, the likeliest first."""
    if isinstance(answer, Tensor):
        return [answer] if answer.dim() in (3, 4) else []
    if isinstance(answer, Mapping):
        named = [answer[name] for name in NAMES if name in answer]
        parts = [*named, *answer.values()]
    elif isinstance(answer, tuple | list):
        parts = list(answer)
    else:
        return []
    return [found for part in parts for found in _maps(part)]


def _is_labels(output: Tensor) -> bool:
    """Whole numbers, one a pixel. Of scores without a channel some lie between."""
    sides = output.shape
    if sides[0] != 1 if output.dim() == 3 else 1 not in (sides[1], sides[-1]):
        return False
    if not output.is_floating_point():
        return True
    return bool((output == output.round()).all()) and float(output.max()) > 1


def _channels_last(shape: torch.Size, height: int, width: int) -> bool:
    """Whether the middle two sides go with the picture's better than the last two do."""
    _, first, second, third = shape

    def off(h: int, w: int) -> float:
        return abs(h * width - w * height) / max(1, h * width, w * height)

    last, middle = off(second, third), off(first, second)
    if last == middle:
        return first > third  # classes are fewer than pixels
    return middle < last


def _content(values: Tensor) -> Content:
    if values.shape[1] > MOST_CLASSES:
        raise NoScores(f"it gives {values.shape[1]:,} channels")
    low, high = float(values.min()), float(values.max())
    if low < -_ENOUGH or high > 1 + _ENOUGH or low == high:
        return "logits"
    if values.shape[1] == 1:
        return "probabilities"
    sums = values.sum(1)
    return "probabilities" if bool(((sums - 1).abs() < _ENOUGH * 10).all()) else "independent"


def _said(answer: Any) -> str:
    if isinstance(answer, Tensor):
        return f"one tensor of shape {'×'.join(map(str, answer.shape)) or 'none'}"
    if isinstance(answer, Mapping | tuple | list):
        return f"{len(answer)} values without a map among them"
    return f"a {type(answer).__name__}"
