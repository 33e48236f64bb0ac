"""SegNet by the layer names of its authors' prototxt: ``conv1_1``, ``conv1_1_bn``, ``conv1_1_D``.

Pictures are taken as they are, BGR of 0 to 255: the tutorial's data layers know no mean.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.imaging.preprocessing import Preprocessing

RAW_BGR = Preprocessing(
    channel_order="BGR", scale="byte", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
)
LONG_SIDE = 480  # of a CamVid picture there


def _read(shapes: Shapes) -> dict[str, Any]:
    return {
        "width": shapes["conv1_1.weight"][0],
        "num_classes": shapes["conv1_1_D.weight"][0],
        "unpooling": "stored indices",
    }


def _rename(key: str) -> str:
    layer = key.partition(".")[0].removesuffix("_bn")
    return f"decoder.{key}" if layer.endswith("_D") else f"encoder.{key}"


FAMILIES = (
    Family(
        "SegNet (Caffe's layer names)",
        "seg_net",
        has("conv1_1.weight", "conv1_1_D.weight", "conv5_3_D.weight"),
        _read,
        _rename,
        RAW_BGR,
        LONG_SIDE,
    ),
)
