"""Hugging Face: MobileNet v2 with a DeepLab head (Google's ``deeplabv3_mobilenet_v2``).

The head is ASPP without rates: a 1x1 branch behind the image pooling. Padding and batch norms
are TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, UnknownVariant, has
from segviewer.checkpoints.families.renaming import IGNORED, renaming
from segviewer.imaging.preprocessing import HALF

SCORES = "segmentation_head.classifier.convolution.weight"
LAST = "mobilenet_v2.layer.15.reduce_1x1.convolution.weight"
PROJECTION = "segmentation_head.conv_projection.convolution.weight"
PLACE = {"convolution": 0, "normalization": 1}


def _read(shapes: Shapes) -> dict[str, Any]:
    if shapes[LAST][0] != 320 or "mobilenet_v2.conv_stem.expand_1x1.convolution.weight" in shapes:
        raise UnknownVariant(
            f"Its MobileNet v2 ends in {shapes[LAST][0]} channels", "a MobileNet v2 of that width"
        )
    return {
        "backbone": "mobilenet_v2_tf",
        "num_classes": shapes[SCORES][0],
        "aspp_channels": shapes[PROJECTION][0],
        "output_stride": 32,
        "atrous_rates": (),
        "branches": (True,),
        "first_unit_keeps_rate": True,
        "head_conv": False,
        "auxiliary": False,
    }


def _pooling_last(tensors: Tensors) -> Tensors:
    weight = tensors[PROJECTION]
    return tensors | {PROJECTION: weight.roll(weight.shape[1] // 2, 1)}


def _unit(number: int, part: str, kind: str) -> str:
    where = "low" if number <= 3 else "high"
    start = f"backbone.{where}_level_features.{number}.conv."
    parts = ("expand_1x1", "conv_3x3", "reduce_1x1")[number == 1 :]
    place = parts.index(part)
    if part == "reduce_1x1":
        return f"{start}{place + PLACE[kind]}."
    return f"{start}{place}.{PLACE[kind]}."


KIND = r"\.(convolution|normalization)\."
_rename = renaming(
    (
        r"mobilenet_v2\.conv_stem\.first_conv" + KIND,
        lambda m: f"backbone.low_level_features.0.{PLACE[m[1]]}.",
    ),
    (r"mobilenet_v2\.conv_stem\.(\w+)" + KIND, lambda m: _unit(1, m[1], m[2])),
    (r"mobilenet_v2\.layer\.(\d+)\.(\w+)" + KIND, lambda m: _unit(int(m[1]) + 2, m[2], m[3])),
    (r"mobilenet_v2\.conv_1x1\.", IGNORED),  # of the image classifier
    (r"segmentation_head\.conv_aspp" + KIND, lambda m: f"classifier.0.convs.0.{PLACE[m[1]]}."),
    (r"segmentation_head\.conv_pool" + KIND, lambda m: f"classifier.0.convs.1.{PLACE[m[1]] + 1}."),
    (
        r"segmentation_head\.conv_projection" + KIND,
        lambda m: f"classifier.0.project.{PLACE[m[1]]}.",
    ),
    (r"segmentation_head\.classifier\.convolution\.", "classifier.1."),
)


def _declared(config: Mapping[str, Any]) -> dict[str, Any]:
    stride = config.get("output_stride")
    return {"output_stride": stride} if stride in (8, 16, 32) else {}


FAMILIES = (
    Family(
        "DeepLab v3 on MobileNet v2 (Hugging Face)",
        "deeplab_v3",
        has(SCORES, LAST),
        _read,
        _rename,
        HALF,
        513,
        prepare=_pooling_last,
        read_with=lambda shapes, config: {**_read(shapes), **_declared(config)},
    ),
)
