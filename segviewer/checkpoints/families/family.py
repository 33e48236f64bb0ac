"""A family of published files: how it is recognised and what is read off its shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segviewer.checkpoints.key_table import Shape
from segviewer.imaging.preprocessing import IMAGENET, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

Shapes = Mapping[str, Shape]
Tensors = dict[str, "Tensor"]


def as_it_is(key: str) -> str:
    """Rename of families whose keys are the network's own."""
    return key


def folds_nothing(key: str) -> str:
    """`folds` of families whose convolutions have no bias in front of a batch norm."""
    return ""


def folds_into_the_next(key: str) -> str:
    """`folds` where the batch norm stands behind the convolution in a sequence."""
    name, _, tensor = key.rpartition(".")
    rest, _, place = name.rpartition(".")
    if tensor != "bias" or not place.isdecimal():
        return ""
    return f"{rest}.{int(place) + 1}.running_mean"


class UnknownVariant(ValueError):
    """A program is recognised, and its network is in a form there is none of here.

    Parameters
    ----------
    differs, needed : str
        Without a full stop: "Its ResNet has 3, 4, 6, 4 units", "that depth in
        layers.resnet.UNITS".
    """

    def __init__(self, differs: str, needed: str):
        super().__init__(differs)
        self.differs, self.needed = differs, needed


@dataclass(frozen=True)
class Variant:
    """Files of a known program that do not open: one key that only they have, and why, as above."""

    key: str
    title: str
    differs: str
    needed: str


@dataclass(frozen=True)
class Family:
    """Files that one public program writes for one network.

    Attributes
    ----------
    title : str
        Network and whose files: "PSPNet (hszhao)".
    architecture : str
        Name in ``segviewer.networks.NETWORKS``; "" for files that `read` refuses, saying why.
    matches : callable
        Whether a file's shapes by key are of this family. Families are asked in order.
    read : callable
        Network settings from shapes by key, the usual geometry included. May raise KeyError
        or IndexError for a file that lacks what it is read off, and `UnknownVariant`.
    rename : callable
        The file's key to the network's; "" for a key that is known and changes nothing that
        the network computes. Whatever else has no place in the network is counted and said.
    preprocessing : Preprocessing
        What its published weights were trained with.
    long_side : int
        Usual long side of a picture in pixels; 0 = unknown.
    reshapes : bool
        Tensors may be viewed in the network's shape where they hold as many numbers
        (a Linear layer as a convolution).
    label_set : str
        Where the number of classes does not say it.
    folds : callable
        The network's key of a bias that it has no place for to the running mean of the batch
        norm behind it, from which the bias is taken off, or to another bias that is added to
        the same map, which then is the sum of both; "" for no such.
    says : tuple of str
        Sentences on what its files leave open beside their geometry, and what is assumed.
    prepare : callable or None
        The file's tensors by key to those that are renamed: for channels in another order,
        and for what the network holds in another form. Works on tensors without numbers
        (torch's ``meta`` device) too.
    read_with : callable or None
        In place of `read` where the program itself says something of the network beside the
        weights (`Declared.settings`): shapes and that mapping to network settings.
    """

    title: str
    architecture: str
    matches: Callable[[Shapes], bool]
    read: Callable[[Shapes], dict[str, Any]]
    rename: Callable[[str], str] = as_it_is
    preprocessing: Preprocessing = IMAGENET
    long_side: int = 0
    reshapes: bool = False
    label_set: str = ""
    folds: Callable[[str], str] = folds_nothing
    says: tuple[str, ...] = ()
    prepare: Callable[[Tensors], Tensors] | None = None
    read_with: Callable[[Shapes, Mapping[str, Any]], dict[str, Any]] | None = None


def has(*keys: str) -> Callable[[Shapes], bool]:
    """A `matches` that wants every one of `keys`."""
    return lambda shapes: all(key in shapes for key in keys)


def count(shapes: Shapes, pattern: str) -> int:
    """How many of ``pattern.format(0)``, ``pattern.format(1)``, … there are without a gap."""
    number = 0
    while pattern.format(number) in shapes:
        number += 1
    return number
