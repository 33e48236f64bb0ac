"""What a person says of a checkpoint: names, colours, preprocessing, activation; nothing is a must.

A sheet holds what was said and no more, so that it can lie over what a file or its card say. It
stands in the session (undo, figures that reopen) and is kept as a card.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from segviewer.checkpoints.model_card import (
    Activation,
    Bands,
    CardColour,
    ClassName,
    ModelCard,
    Temperature,
    Title,
)
from segviewer.errors import CheckpointError
from segviewer.imaging.labels import Colour, label_set, label_set_names
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.settings import Settings

Value = bool | int | float | str | tuple[bool | int | float | str, ...]

Labels = Literal["softmax", "binary", "multi"]
"""One class a pixel, foreground or not, or a sigmoid for each class."""

BACKGROUND, FOREGROUND = "background", "foreground"  # of a network with one class
NONE_OF_THEM = "none of them"
"""The last class of a network with a sigmoid for each class: none is over the threshold."""
NONE_COLOUR: Colour = (96, 96, 96)


class ModelSheet(Settings):
    """What was said; a field at its default says nothing.

    Attributes
    ----------
    title : str
    classes : tuple of str
        Names by index.
    colours : tuple of (int, int, int)
        sRGB by index; as many as there are classes.
    preprocessing : Preprocessing or None
    inference_long_side : int
        Long side in pixels of the pictures it was trained for; 0: not said.
    inference_enlarges : bool or None
        Whether smaller pictures are enlarged to it; None: not said.
    bands : tuple of three int or None
        Of a network for other bands than three: which of them, from 0, are red, green and blue.
    input_divisor : int
        Sides of what the network is shown are padded to multiples of it; 0: not said.
    ignore_index : int or None
        Label of target masks that is void, beside 255.
    activation : {"", "softmax", "sigmoid", "multi-label"}
        What makes probabilities of scores; "": a sigmoid for one class, else softmax.
    temperature : float or None
        Fitted temperature of the softmax.
    config : tuple of (name, value)
        Network settings it was trained with.
    """

    title: Title = ""
    classes: tuple[ClassName, ...] = ()
    colours: tuple[CardColour, ...] = ()
    preprocessing: Preprocessing | None = None
    inference_long_side: int = Field(0, ge=0, le=1 << 20)
    inference_enlarges: bool | None = None
    bands: Bands | None = None
    input_divisor: int = Field(0, ge=0, le=1024)
    ignore_index: Annotated[int, Field(ge=0, le=255)] | None = None
    activation: Activation = ""
    temperature: Temperature | None = None
    config: tuple[tuple[str, Value], ...] = ()

    def said(self) -> dict[str, Any]:
        """Name and value of every field that says something."""
        return {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if getattr(self, name) != field.default
        }

    def over(self, card: ModelCard) -> ModelCard:
        """`card` with what this sheet says in place of what it says.

        Classes of other names are another label set's: colours that nobody named stay.
        """
        values = self.said()
        if "config" in values:
            values["config"] = {**card.config, **dict(self.config)}
        names = values.get("classes", card.classes)
        if names != card.classes or "colours" in values:
            values["label_set"] = _label_set_of(names) if "colours" not in values else ""
            if not values["label_set"]:
                values.setdefault("colours", colours_of(card, len(names)))
        return card.changed(**values)

    def of_network(self) -> ModelSheet:
        """What of it decides which network is built of the file."""
        return ModelSheet(bands=self.bands, config=self.config)


EMPTY = ModelSheet()


def sheet_of(card: ModelCard) -> ModelSheet:
    """What a card says of the things that a sheet can say."""
    values = {
        name: getattr(card, name)
        for name in ModelSheet.model_fields
        if name != "config" and name in card.model_fields_set
    }
    config = tuple(sorted((name, _plain(value)) for name, value in card.config.items()))
    return ModelSheet(**values, config=config)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def colours_of(card: ModelCard, count: int) -> tuple[Colour, ...]:
    """Colours that a card says, itself or by its label set, if they are `count`; else none."""
    if len(card.colours) == count:
        return card.colours
    if len(card.colours) == count + 1 and card.classes[-1:] == (NONE_OF_THEM,):
        return card.colours[:count]
    known = label_set(card.label_set).colours if card.label_set else ()
    return known if len(known) == count else ()


def _label_set_of(names: tuple[str, ...]) -> str:
    """The label set of exactly these classes, or "".

    Asked of names a person gave: a set decides colours and which numbers of a mask are void.
    """
    return next((name for name in label_set_names() if label_set(name).classes == names), "")


def completed_classes(card: ModelCard, num_classes: int, name: str) -> ModelCard:
    """`card` with a name for every plane of the probabilities of `num_classes` scores.

    One score parts two classes; with a sigmoid for each class there may be none of them.

    Parameters
    ----------
    card : ModelCard
    num_classes : int
        Scores of the network.
    name : str
        Of the file; stands in the error.

    Raises
    ------
    CheckpointError
        If the card names another number of classes.
    """
    classes, colours = card.classes, card.colours
    if num_classes == 1:
        if len(classes) < 2:
            classes = (BACKGROUND, classes[0] if classes else FOREGROUND)
        colours = (NONE_COLOUR, colours[0]) if len(colours) == 1 else colours
        wanted, changed = 2, {"label_set": ""}
    else:
        wanted = num_classes
        changed = {}
        classes = classes or tuple(f"class {index}" for index in range(num_classes))
        if is_multi_label(card, num_classes):
            wanted += 1
            if len(classes) == num_classes:
                classes = (*classes, NONE_OF_THEM)
            colours = colours_of(card, num_classes) or colours
            if len(colours) == num_classes:
                colours = (*colours, NONE_COLOUR)
            changed = {"label_set": ""}
        elif classes[-1] == NONE_OF_THEM and len(classes) == num_classes + 1:
            classes = classes[:-1]  # it was multi-label before
            colours = colours[:num_classes]
    if len(classes) != wanted:
        raise CheckpointError(
            f"The card of {name} does not fit its weights.",
            f"It names {len(classes)} classes and the weights have {num_classes}.",
            "Mend the card.",
        )
    if colours and len(colours) != wanted:
        raise CheckpointError(
            f"The card of {name} does not fit its weights.",
            f"It has {len(colours)} colours for {wanted} classes.",
            "Give as many colours as classes, or none.",
        )
    return card.changed(classes=classes, colours=colours, **changed)


def is_multi_label(card: ModelCard, num_classes: int) -> bool:
    """Whether each class has a sigmoid of its own."""
    return num_classes > 1 and card.activation in ("sigmoid", "multi-label")


def kind_of_labels(card: ModelCard, num_classes: int) -> Labels:
    """How scores become probabilities and labels."""
    if num_classes == 1:
        return "binary"
    return "multi" if is_multi_label(card, num_classes) else "softmax"
