"""Eromera/erfnet_pytorch: ERFNet, and nothing of its encoder's own classifier.

Its files of 20 classes are Cityscapes' 19 and void. Pictures are RGB of 0 to 1, without mean or
deviation, 512 pixels high.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, UnknownVariant, has
from segviewer.checkpoints.families.renaming import renaming
from segviewer.imaging.preprocessing import Preprocessing

AS_IT_IS = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
LONG_SIDE = 1024
UNITS = 5, 8  # at stride 4, at stride 8: the numbers stand in its code, not in its files' names

UNIT = {"conv3x1_1": 0, "conv1x3_1": 2, "bn1": 3, "conv3x1_2": 5, "conv1x3_2": 7, "bn2": 8}
FIRST, SECOND = 0, 1 + UNITS[0]  # of the encoder's layers, those that halve maps


def _read(shapes: Shapes) -> dict[str, Any]:
    last = 1 + sum(UNITS)
    known = f"encoder.layers.{last}.bn2.weight" in shapes
    if not known or f"encoder.layers.{last + 1}.bn2.weight" in shapes:
        raise UnknownVariant("Its encoder has other units", "their number and rates")
    return {"num_classes": shapes["decoder.output_conv.weight"][1]}


def _encoder(layer: int) -> str:
    """Where a layer of the file's encoder stands."""
    if layer <= SECOND:
        return f"encoder.{layer + 1}"
    return f"dilated.{layer - SECOND - 1}"


_NORM = {"conv": "conv", "bn": "norm"}
_UP = {"conv": 0, "bn": 1}
_rename = renaming(
    (r"encoder\.output_conv\.\w+", ""),  # for training the encoder alone
    (r"encoder\.initial_block\.(conv|bn)\.", lambda m: f"encoder.0.{_NORM[m[1]]}."),
    (r"encoder\.layers\.(\d+)\.(conv|bn)\.", lambda m: f"{_encoder(int(m[1]))}.{_NORM[m[2]]}."),
    (r"encoder\.layers\.(\d+)\.(\w+)\.", lambda m: f"{_encoder(int(m[1]))}.{UNIT[m[2]]}."),
    (r"decoder\.layers\.(\d+)\.(conv|bn)\.", lambda m: f"decoder.{m[1]}.{_UP[m[2]]}."),
    (r"decoder\.layers\.(\d+)\.(\w+)\.", lambda m: f"decoder.{m[1]}.{UNIT[m[2]]}."),
    (r"decoder\.output_conv\.", "classifier."),
)

FAMILIES = (
    Family(
        "ERFNet (Eromera)",
        "erf_net",
        has(
            "encoder.initial_block.conv.weight",
            "encoder.initial_block.bn.weight",
            "decoder.output_conv.weight",
        ),
        _read,
        _rename,
        AS_IT_IS,
        LONG_SIDE,
    ),
)
