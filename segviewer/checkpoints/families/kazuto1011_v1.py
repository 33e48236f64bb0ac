"""kazuto1011/deeplab-pytorch: its DeepLab v1, a Caffe-style ResNet and one 1x1 classifier.

The multi-scale wrapper, with ``base.`` before every key, is not used for it there.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.checkpoints.families.kazuto1011 import rename_resnet
from segviewer.imaging.preprocessing import CAFFE_BGR

LONG_SIDE = 513
DEEPEST = {"resnet101_caffe": 23, "resnet50_caffe": 6}  # units of its fourth layer


def _read(shapes: Shapes) -> dict[str, Any]:
    for backbone, unit in DEEPEST.items():
        if f"layer4.block{unit}.reduce.conv.weight" in shapes:
            return {"backbone": backbone, "num_classes": shapes["fc.weight"][0], "output_stride": 8}
    raise KeyError("layer4")


def _rename(key: str) -> str:
    name = rename_resnet(key)
    return f"backbone.{name}" if name else key


FAMILIES = (
    Family(
        "DeepLab v1 (kazuto1011)",
        "deeplab_v1",
        has("fc.weight", "layer5.block1.reduce.conv.weight"),
        _read,
        _rename,
        CAFFE_BGR,
        LONG_SIDE,
    ),
)
