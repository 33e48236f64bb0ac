"""The card beside a checkpoint: what its weights are, and what they were trained for.

A weights file says neither its strides and rates nor its colours order; whoever writes a
card says it once, and every later opening is right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from segviewer.errors import CheckpointError, from_validation
from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import read_regular, reason, shown_name
from segviewer.imaging.preprocessing import IMAGENET, Preprocessing
from segviewer.settings import Settings

MOST_BYTES = 1 << 20
"""Longest card that is read; those that ship take about two thousand bytes."""

_LINE = 300
_PARAGRAPH = 10_000

Title = Annotated[str, Field(max_length=_LINE)]
ClassName = Annotated[str, Field(max_length=_LINE)]
Activation = Literal["", "softmax", "sigmoid", "multi-label"]

Temperature = Annotated[float, Field(gt=0, le=100)]

Bands = tuple[
    Annotated[int, Field(ge=0, le=4096)],
    Annotated[int, Field(ge=0, le=4096)],
    Annotated[int, Field(ge=0, le=4096)],
]
_Byte = Annotated[int, Field(ge=0, le=255)]
CardColour = tuple[_Byte, _Byte, _Byte]


class ModelCard(Settings):
    """What is known about a checkpoint; a card written by hand may say as little as one thing.

    Attributes
    ----------
    title : str
        Short name for people.
    architecture : str
        Name in ``segviewer.networks.NETWORKS``; empty where the weights say it.
    config : dict
        Network settings it was trained with; left-out fields are read off the weights.
    label_set : str
        Name in ``segviewer.imaging.labels``; empty if its classes are in none.
    classes : tuple of str
        Class names by index; may be empty where `label_set` says them.
    colours : tuple of (int, int, int)
        sRGB by index, where they are not those of `label_set`.
    preprocessing : Preprocessing
        Channel order, scale, mean and standard deviation the network expects.
    bands : tuple of three int or None
        Of a network for other bands than three: which of them, from 0, are red, green and blue;
        the others are held at their mean.
    input_divisor : int
        Sides of what the network is shown are padded to multiples of it; 0 = any size.
    ignore_index : int or None
        Label of target masks that is void, beside 255.
    activation : {"", "softmax", "sigmoid", "multi-label"}
        What makes probabilities of scores; "" = a sigmoid for one class, else softmax.
    trained_on, data_notice, licence : str
        Data set, what its owners ask to be said, and the terms of the weights.
    iterations : int
        Training iterations; 0 = unknown.
    seed : int or None
        Seed of the training run.
    inference_long_side : int
        Long side in pixels of the pictures it was trained for; 0 = unknown.
    inference_enlarges : bool
        Smaller pictures were enlarged to that in training, and are when it runs.
    results : dict
        By split: ``{"test": {"miou": 0.68, "pixel_accuracy": 0.9, "iou": {"road": 0.9}}}``.
    temperature : float or None
        Of the softmax, fitted on pictures that were not trained on; None: not fitted. It says
        how sure the labels are, and changes none of them.
    weights : {"trained", "partly random", "random", "unknown"}
        Where the numbers come from. Anything but "trained" is said on the picture.
    source : str
        File, address or paper.
    base : str
        Reference of a checkpoint whose backbone this one shares: what the file does not hold
        itself is taken from there.
    """

    title: Title = ""
    architecture: str = ""
    config: dict[str, Any] = Field(default_factory=dict)
    label_set: str = ""
    classes: tuple[ClassName, ...] = ()
    colours: tuple[CardColour, ...] = ()
    preprocessing: Preprocessing = IMAGENET
    bands: Bands | None = None
    input_divisor: int = Field(0, ge=0, le=1024)
    ignore_index: Annotated[int, Field(ge=0, le=255)] | None = None
    activation: Activation = ""
    trained_on: str = Field("", max_length=_PARAGRAPH)
    data_notice: str = Field("", max_length=_PARAGRAPH)
    licence: str = Field("", max_length=_PARAGRAPH)
    iterations: int = Field(0, ge=0, lt=2**63)
    seed: int | None = Field(None, gt=-(2**63), lt=2**64)
    inference_long_side: int = Field(0, ge=0, le=1 << 20)
    inference_enlarges: bool = False
    results: dict[str, dict[str, Any]] = Field(default_factory=dict)
    temperature: Temperature | None = None
    weights: Literal["trained", "partly random", "random", "unknown"] = "trained"
    source: str = Field("", max_length=_PARAGRAPH)
    base: str = Field("", max_length=_PARAGRAPH)

    @field_validator("results")
    @classmethod
    def _figures(cls, results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for split, figures in results.items():
            numbers = [figures.get(name) for name in ("miou", "pixel_accuracy")]
            by_class = figures.get("iou") or {}
            if not isinstance(by_class, dict):
                raise ValueError(f"the iou of {split!r} is no table of numbers by class")
            for number in (*numbers, *by_class.values()):
                if number is not None and not (type(number) in (int, float) and 0 <= number <= 1):
                    raise ValueError(f"a figure of {split!r} is no number from 0 to 1")
        return results

    def __hash__(self) -> int:
        # Two of its fields are dicts; the JSON text says the same and can be hashed.
        return hash(self.model_dump_json())


def parse_card(text: str | bytes, name: str) -> ModelCard:
    """Read a card from JSON `text`; `name` stands in the error.

    Raises
    ------
    CheckpointError
        If the text is no card.
    """
    if len(text) > MOST_BYTES:
        raise CheckpointError(
            f"The model card {name} cannot be used.",
            f"It has {len(text):,} letters; at most {MOST_BYTES:,} are read.",
            "Remove it: the network is then found from the weights alone.",
        )
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        raise from_validation(
            CheckpointError,
            error,
            f"The model card {name} cannot be used.",
            "Mend the card, or remove it: the network is then found from the weights alone.",
            whole="JSON",
        ) from error


def read_card(path: Path) -> ModelCard:
    """Read a card file.

    Raises
    ------
    CheckpointError
        If the file is missing, unreadable or no card.
    """
    try:
        text = read_regular(path, MOST_BYTES)
    except OSError as error:
        raise CheckpointError(
            f"The model card {shown_name(path)} cannot be read.",
            reason(error),
            "Put the card back beside its weights.",
            details=str(path),
        ) from error
    return parse_card(text, shown_name(path))


def write_card(path: Path, card: ModelCard, *, only_said: bool = False) -> None:
    """Write `card` as JSON, atomically.

    Parameters
    ----------
    path : Path
    card : ModelCard
    only_said : bool
        Leave out what was not said, so that the weights go on saying it.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    text = card.model_dump_json(indent=1, exclude_unset=only_said)
    write_atomically(path, (text + "\n").encode())
