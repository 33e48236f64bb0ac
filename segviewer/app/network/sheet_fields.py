"""A model sheet as a person edits it: text and choices, and back to what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.model_sheet import NONE_OF_THEM, ModelSheet, colours_of, kind_of_labels
from segviewer.errors import SettingsError, from_validation
from segviewer.imaging.class_list import ClassList, class_list
from segviewer.imaging.labels import MAX_CLASSES, Colour, label_set_for
from segviewer.imaging.preprocessing import Preprocessing


@dataclass(frozen=True)
class SheetFields:
    """What stands in the fields, as text where a person writes.

    Attributes
    ----------
    title, classes, mean, std : str
        `classes` has a line for each: ``name #rrggbb``.
    channel_order, scale, activation : str
        As in :class:`ModelSheet`.
    long_side, divisor : int
        0: not said.
    enlarges : bool
        Whether smaller pictures are enlarged to `long_side`.
    ignore_index : int
        -1: not said.
    """

    title: str = ""
    classes: str = ""
    mean: str = ""
    std: str = ""
    channel_order: str = "RGB"
    scale: str = "unit"
    activation: str = "softmax"
    long_side: int = 0
    enlarges: bool = False
    divisor: int = 0
    ignore_index: int = -1


def fields_of(card: ModelCard, num_classes: int) -> SheetFields:
    """The fields of an open network's card."""
    names = card.classes
    if names[-1:] == (NONE_OF_THEM,):
        names = names[:-1]
    colours = colours_of(card, len(names))
    if not colours and 1 <= len(names) <= MAX_CLASSES:
        colours = label_set_for(len(names)).colours
    p = card.preprocessing
    kind = kind_of_labels(card, num_classes)
    return SheetFields(
        title=card.title,
        classes=classes_text((names, colours)),
        mean=numbers_text(p.mean),
        std=numbers_text(p.std),
        channel_order=p.channel_order,
        scale=p.scale,
        activation={"binary": "sigmoid", "multi": "multi-label"}.get(kind, "softmax"),
        long_side=card.inference_long_side,
        enlarges=card.inference_enlarges,
        divisor=card.input_divisor,
        ignore_index=-1 if card.ignore_index is None else card.ignore_index,
    )


def changed_sheet(
    sheet: ModelSheet, before: SheetFields, now: SheetFields, num_classes: int
) -> ModelSheet:
    """`sheet` with what was edited; what was left alone stays unsaid, for the file to say.

    Raises
    ------
    SettingsError
        For text that cannot be read, or another number of classes.
    """
    values: dict[str, Any] = {}
    if now.title.strip() and now.title != before.title:
        values["title"] = now.title.strip()
    if now.classes != before.classes:
        names, colours = class_list(now.classes, "the field of classes")
        wanted = (1, 2) if num_classes == 1 else (num_classes,)
        if len(names) not in wanted:
            raise SettingsError(
                f"There are {len(names)} names for {num_classes} classes.",
                "Each class of the network has one name, in the order of its numbers.",
                "Write a line for each class.",
            )
        before_names, before_colours = class_list(before.classes)
        if names != before_names:
            values["classes"] = names
        if colours and colours != before_colours:
            values["colours"] = colours
    shown = ("mean", "std", "channel_order", "scale")
    if any(getattr(now, name) != getattr(before, name) for name in shown):
        values["preprocessing"] = preprocessing_of(now)
    for field, name, unsaid in (
        ("long_side", "inference_long_side", None),
        ("enlarges", "inference_enlarges", None),
        ("divisor", "input_divisor", None),
        ("ignore_index", "ignore_index", -1),
        ("activation", "activation", None),
    ):
        value = getattr(now, field)
        if value != getattr(before, field):
            values[name] = None if value == unsaid else value
    try:
        return sheet.changed(**values)
    except ValidationError as error:
        raise from_validation(
            SettingsError, error, "This cannot be said of {place}.", "Give another value."
        ) from error


def preprocessing_of(fields: SheetFields) -> Preprocessing:
    """What the fields say of it.

    Raises
    ------
    SettingsError
    """
    try:
        return Preprocessing.model_validate(
            {
                "channel_order": fields.channel_order,
                "scale": fields.scale,
                "mean": _three(fields.mean, "mean"),
                "std": _three(fields.std, "standard deviation"),
            }
        )
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The preprocessing cannot be used.",
            "Write three numbers, such as 0.485, 0.456, 0.406.",
        ) from error


def classes_text(found: ClassList) -> str:
    """A line for each class: name and colour."""
    names, colours = found
    if len(colours) != len(names):
        return "\n".join(names)
    return "\n".join(f"{name} {hexed(c)}" for name, c in zip(names, colours, strict=True))


def hexed(colour: Colour) -> str:
    """``#rrggbb``."""
    return f"#{bytes(colour).hex()}"


def numbers_text(values: tuple[float, ...]) -> str:
    """Numbers as a person writes them."""
    return ", ".join(f"{value:.7g}" for value in values)


def _three(text: str, what: str) -> tuple[float, float, float]:
    try:
        values = tuple(float(item) for item in text.replace(";", ",").split(","))
    except ValueError:
        values = ()
    if len(values) == 1:
        values *= 3
    if len(values) != 3:
        raise SettingsError(
            f"The {what} cannot be read.",
            f"“{text[:40]}” is not three numbers.",
            "Write three numbers with commas between, or one for all three.",
        )
    return values[0], values[1], values[2]
