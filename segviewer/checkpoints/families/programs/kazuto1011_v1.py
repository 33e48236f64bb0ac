"""kazuto1011/deeplab-pytorch: its DeepLab v1, a Caffe-style ResNet and one 1x1 classifier.

The multi-scale wrapper, with ``base.`` before every key, is not used for it there.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.checkpoints.families.programs.kazuto1011 import caffe_resnet_of, rename_resnet
from segviewer.imaging.preprocessing import CAFFE_BGR

LONG_SIDE = 513


def _read(shapes: Shapes) -> dict[str, Any]:
    return {
        "backbone": caffe_resnet_of(shapes),
        "num_classes": shapes["fc.weight"][0],
        "output_stride": 8,
    }


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
