"""Which network a file of weights belongs to, from its keys and shapes alone.

Structure can be read off the shapes. Strides, rates and preprocessing cannot: for them the
card counts, or else the family's usual ones are taken and said in `Detection.notes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from segviewer.checkpoints.families import recognise
from segviewer.checkpoints.key_table import KeyTable, Shape
from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import CheckpointError
from segviewer.imaging.labels import MAX_CLASSES, LabelSet, label_set_for
from segviewer.imaging.preprocessing import HALF, IMAGENET, Preprocessing
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.settings import NetworkSettings

# One key that only this backbone has, and the stride, rates and preprocessing its published
# weights are trained with (torchvision's; EfficientNet-Lite's own for the last).
BACKBONE_KEYS = {
    "resnet101": "backbone.layer3.22.conv1.weight",
    "resnet50": "backbone.layer3.5.conv1.weight",
    "mobilenet_v3_large": "backbone.16.0.weight",
    "efficientnet_lite0": "backbone.stages.6.0.project.0.weight",
}
USUAL_GEOMETRY = {
    "resnet101": {"output_stride": 8, "first_unit_keeps_rate": True},
    "resnet50": {"output_stride": 8, "first_unit_keeps_rate": True},
    "mobilenet_v3_large": {"output_stride": 16, "first_unit_keeps_rate": False},
    "efficientnet_lite0": {"output_stride": 16, "first_unit_keeps_rate": True},
}
USUAL_RATES = {"efficientnet_lite0": (6, 12, 18)}
TORCHVISION_RATES = (12, 24, 36)
USUAL_LONG_SIDE = 693  # torchvision's short side of 520, on a 4:3 picture
LINES_IN_MESSAGE = 12
ENOUGH_TO_BE_MEANT = 0.1


@dataclass(frozen=True)
class Detection:
    """What a file of weights was found to be.

    Attributes
    ----------
    architecture : str
        Name in ``NETWORKS``.
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
    network : nn.Module
        The network without numbers (on torch's ``meta`` device), into which the tensors fit.
    """

    architecture: str
    config: NetworkSettings
    label_set: str
    preprocessing: Preprocessing
    inference_long_side: int
    notes: tuple[str, ...]
    network: nn.Module


def detect(tensors: Mapping[str, Tensor], card: ModelCard | None = None) -> Detection:
    """Find architecture, settings and preprocessing of `tensors`.

    Parameters
    ----------
    tensors : mapping of str to Tensor
    card : ModelCard, optional
        What it says counts more than what would be assumed.

    Raises
    ------
    CheckpointError
        If the keys or shapes fit no network; `details` holds the whole table.
    """
    shapes = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    architecture = card.architecture if card is not None else "deeplab_v3"
    if architecture not in NETWORKS:
        raise CheckpointError(
            f"The card names an unknown network, “{architecture}”.",
            f"This version knows {', '.join(NETWORKS)}.",
            "Update the program, or mend the card.",
        )
    family = recognise(shapes)
    if family and not _has_head(shapes):
        raise CheckpointError(
            f"This looks like {family}, which this version cannot open yet.",
            "Its keys are that family's, and no network here has them.",
            "Open a DeepLab v3 with one of the backbones " + ", ".join(BACKBONE_KEYS) + ".",
            "\n".join(f"{key}  {shape}" for key, shape in shapes.items()),
        )
    backbone = _backbone(shapes)
    values, notes = _deeplab_v3_values(shapes, backbone, card)
    config = _checked_config(architecture, values)
    network = build_without_numbers(architecture, config)
    table = KeyTable.compare(shapes, shapes_of(network))
    if not table.fits:
        raise _does_not_fit(network, config, table)
    if card is not None:
        label_set, preprocessing = card.label_set, card.preprocessing
        long_side = card.inference_long_side
    else:
        guessed = guess_label_set(config.num_classes)
        label_set = guessed.name if guessed else ""
        lite = config.backbone == "efficientnet_lite0"
        preprocessing = HALF if lite else IMAGENET
        long_side = 0 if lite else USUAL_LONG_SIDE
        notes += _assumptions_without_card(config, guessed)
    return Detection(
        architecture, config, label_set, preprocessing, long_side, tuple(notes), network
    )


def build_without_numbers(architecture: str, config: NetworkSettings) -> nn.Module:
    """Build a network on torch's ``meta`` device: every shape, no memory, no random draws."""
    with torch.device("meta"):
        return network_class(architecture)(config)


def shapes_of(network: nn.Module) -> dict[str, Shape]:
    """Shapes of a network's parameters and buffers by key."""
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def _has_head(shapes: Mapping[str, Shape]) -> bool:
    return "classifier.0.convs.0.0.weight" in shapes


def _backbone(shapes: Mapping[str, Shape]) -> str:
    for name, key in BACKBONE_KEYS.items():
        if key in shapes:
            return name
    # None is whole: take the one that shares most keys, so that the table says what lacks.
    tables = {name: KeyTable.compare(shapes, shapes_of(_skeleton(name))) for name in BACKBONE_KEYS}
    best = max(tables, key=lambda name: tables[name].share)
    if tables[best].share < ENOUGH_TO_BE_MEANT:
        raise _nothing_alike(shapes, best, tables[best])
    return best


def _skeleton(backbone: str) -> nn.Module:
    config = _checked_config("deeplab_v3", {"backbone": backbone})
    return build_without_numbers("deeplab_v3", config)


def _deeplab_v3_values(
    shapes: Mapping[str, Shape], backbone: str, card: ModelCard | None
) -> tuple[dict[str, Any], list[str]]:
    """Read DeepLabV3Config's values off `shapes`, then lay the card's over them."""

    def outputs(key: str, fallback: int) -> int:
        return shapes[key][0] if shapes.get(key) else fallback

    parts = {key.split(".")[3] for key in shapes if key.startswith("classifier.0.convs.")}
    # The 1x1 branch comes first and the image pooling last; rates lie between.
    num_rates = len(parts) - 2 if len(parts) >= 2 else 3
    head_conv = "classifier.2.weight" in shapes or "classifier.1.bias" not in shapes
    rates = USUAL_RATES.get(backbone, TORCHVISION_RATES)
    if num_rates != len(rates):
        rates = tuple(min(48, 6 * (index + 1)) for index in range(num_rates))
    values = {
        "backbone": backbone,
        "num_classes": outputs("classifier.4.weight" if head_conv else "classifier.1.weight", 21),
        "aspp_channels": outputs("classifier.0.convs.0.0.weight", 256),
        "separable": "classifier.0.convs.1.3.weight" in shapes,
        "head_conv": head_conv,
        "auxiliary": any(key.startswith("aux_classifier.") for key in shapes),
        "low_level_channels": outputs("low_level.reduce.0.weight", 0),
        "atrous_rates": rates,
        "branches": (True,) * (num_rates + 1),
        **USUAL_GEOMETRY[backbone],
    }
    said = set(card.config) if card is not None else set()
    values.update(card.config if card is not None else {})
    notes = []
    if not {"output_stride", "atrous_rates", "first_unit_keeps_rate"} <= said:
        shown = ", ".join(str(rate) for rate in values["atrous_rates"])
        notes.append(
            f"The file does not say its strides and rates: assumed output stride "
            f"{values['output_stride']} and rates {shown}, as published for {backbone}."
        )
    return values, notes


def guess_label_set(num_classes: int) -> LabelSet | None:
    """Label set usually meant by a number of classes; None above what a label map holds."""
    return label_set_for(num_classes) if num_classes <= MAX_CLASSES else None


def _assumptions_without_card(config: NetworkSettings, guessed: LabelSet | None) -> list[str]:
    scaling = "0.5 and 0.5" if config.backbone == "efficientnet_lite0" else "ImageNet's"
    notes = [f"Assumed RGB pictures normalised with {scaling} mean and standard deviation."]
    if guessed is not None:
        notes.append(
            f"The file does not name its classes: {guessed.title} assumed for "
            f"{config.num_classes} of them."
        )
    return notes


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


def _does_not_fit(network: nn.Module, config: NetworkSettings, table: KeyTable) -> CheckpointError:
    return CheckpointError(
        f"This file fits {network.title} on {config.backbone} only in part.",
        f"{table.summary()}:\n{_shown(table)}\n",
        "Use a file saved from that very network; the whole table is in the details.",
        table.summary() + "\n" + "\n".join(table.lines()),
    )


def _nothing_alike(shapes: Mapping[str, Shape], best: str, table: KeyTable) -> CheckpointError:
    return CheckpointError(
        "This file belongs to no network this version knows.",
        f"Nearest is DeepLab v3 on {best}, of which {table.summary()}:\n{_shown(table)}\n",
        "Open a DeepLab v3 with one of the backbones " + ", ".join(BACKBONE_KEYS) + ".",
        table.summary() + "\n" + "\n".join(table.lines()),
    )
