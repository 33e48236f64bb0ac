"""VainF/DeepLabV3Plus-Pytorch: DeepLab v3 and v3+ on ResNets v1.5 and MobileNet v2.

The published files are of output stride 16 with the paper's rates for it. With
``--separable_conv`` every 3x3 convolution of the classifier became a depthwise and a 1x1 one,
with nothing between them.
"""

from __future__ import annotations

import re
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count, has
from segviewer.checkpoints.families.resnet_depth import resnet_of

LONG_SIDE = 513
MOBILENET = "backbone.high_level_features.17.conv.2.weight"
RESNET = "backbone.layer1.0.conv1.weight"
V3 = "classifier.classifier."
V3_PLUS = "classifier.aspp."
# Both halves of a separable convolution, and the batch norm behind it, in a branch of ASPP.
_HALF = re.compile(r"(classifier\..*)\.0\.body\.([01])\.(\w+)")
_BEHIND = re.compile(r"(classifier\..*convs\.[123])\.1\.(\w+)")
_HEAD_HALF = re.compile(r"classifier\.classifier\.1\.body\.([01])\.(\w+)")


def _geometry(shapes: Shapes, aspp: str) -> dict[str, Any]:
    separable = f"{aspp}convs.1.0.body.0.weight" in shapes
    num_rates = 3 if separable else count(shapes, aspp + "convs.{}.0.weight") - 1 or 3
    return {
        "backbone": "mobilenet_v2" if MOBILENET in shapes else resnet_of(shapes),
        "aspp_channels": shapes[f"{aspp}project.0.weight"][0],
        "separable": separable,
        "separable_norm": not separable,
        "output_stride": 16,
        "atrous_rates": tuple(min(48, 6 * (index + 1)) for index in range(num_rates)),
        "branches": (True,) * (num_rates + 1),
        "first_unit_keeps_rate": True,
    }


def _v3(shapes: Shapes) -> dict[str, Any]:
    return {
        **_geometry(shapes, f"{V3}0."),
        "num_classes": shapes[f"{V3}4.weight"][0],
        "head_separable": f"{V3}1.body.0.weight" in shapes,
        "auxiliary": False,
    }


def _rename_v3(key: str) -> str:
    return f"classifier.{key.removeprefix(V3)}" if key.startswith(V3) else key


def _rename_separable(key: str) -> str:
    """Names of ASPP's branches: convolutions 0 and 1, batch norm 2."""
    if found := _HALF.fullmatch(key):
        return f"{found[1]}.{found[2]}.{found[3]}"
    if found := _BEHIND.fullmatch(key):
        return f"{found[1]}.2.{found[2]}"
    return key


def _rename_separable_v3(key: str) -> str:
    if found := _HEAD_HALF.fullmatch(key):
        return f"classifier.1.{found[1]}.{found[2]}"
    return _rename_v3(_rename_separable(key))


def _rename_separable_v3_plus(key: str) -> str:
    for place, new in (("1", "2"), ("3", "4")):  # behind the two convolutions
        if key.startswith(f"{V3}{place}."):
            return f"{V3}{new}.{key.removeprefix(f'{V3}{place}.')}"
    return _rename_separable(key)


def _is_v3_plus(shapes: Shapes) -> bool:
    # This program's own files have these names too, on other backbones.
    return (MOBILENET in shapes or RESNET in shapes) and f"{V3_PLUS}convs.0.0.weight" in shapes


def _is_separable_v3_plus(shapes: Shapes) -> bool:
    return _is_v3_plus(shapes) and f"{V3_PLUS}convs.1.0.body.0.weight" in shapes


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    return {
        **_geometry(shapes, V3_PLUS),
        "num_classes": shapes["classifier.classifier.3.weight"][0],
        "low_level_channels": shapes["classifier.project.0.weight"][0],
    }


FAMILIES = (
    Family(
        "DeepLab v3 (VainF, separable)",
        "deeplab_v3",
        has(f"{V3}0.convs.1.0.body.0.weight"),
        _v3,
        _rename_separable_v3,
        long_side=LONG_SIDE,
    ),
    Family(
        "DeepLab v3+ (VainF, separable)",
        "deeplab_v3_plus",
        _is_separable_v3_plus,
        _v3_plus,
        _rename_separable_v3_plus,
        long_side=LONG_SIDE,
    ),
    Family(
        "DeepLab v3 (VainF)",
        "deeplab_v3",
        has(f"{V3}0.convs.0.0.weight"),
        _v3,
        _rename_v3,
        long_side=LONG_SIDE,
    ),
    Family("DeepLab v3+ (VainF)", "deeplab_v3_plus", _is_v3_plus, _v3_plus, long_side=LONG_SIDE),
)
