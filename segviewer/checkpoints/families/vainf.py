"""VainF/DeepLabV3Plus-Pytorch: DeepLab v3 and v3+ on ResNets v1.5 and MobileNet v2.

The published files are of output stride 16 with the paper's rates for it.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count, has

LONG_SIDE = 513
BACKBONE_KEYS = {
    "resnet101": "backbone.layer3.22.conv1.weight",
    "resnet50": "backbone.layer3.5.conv1.weight",
    "mobilenet_v2": "backbone.high_level_features.17.conv.2.weight",
}
V3 = "classifier.classifier."
V3_PLUS = "classifier.aspp."


def _geometry(shapes: Shapes, aspp: str) -> dict[str, Any]:
    found = (name for name, key in BACKBONE_KEYS.items() if key in shapes)
    backbone = next(found, None)
    if backbone is None:
        raise KeyError("backbone")
    num_rates = count(shapes, aspp + "convs.{}.0.weight") - 1 or 3
    return {
        "backbone": backbone,
        "aspp_channels": shapes[f"{aspp}project.0.weight"][0],
        "output_stride": 16,
        "atrous_rates": tuple(min(48, 6 * (index + 1)) for index in range(num_rates)),
        "branches": (True,) * (num_rates + 1),
        "first_unit_keeps_rate": True,
    }


def _v3(shapes: Shapes) -> dict[str, Any]:
    return {
        **_geometry(shapes, f"{V3}0."),
        "num_classes": shapes[f"{V3}4.weight"][0],
        "auxiliary": False,
    }


def _rename_v3(key: str) -> str:
    return f"classifier.{key.removeprefix(V3)}" if key.startswith(V3) else key


def _is_v3_plus(shapes: Shapes) -> bool:
    # This program's own files have these names too, on other backbones.
    known = any(key in shapes for key in BACKBONE_KEYS.values())
    return known and f"{V3_PLUS}convs.0.0.weight" in shapes


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    return {
        **_geometry(shapes, V3_PLUS),
        "num_classes": shapes["classifier.classifier.3.weight"][0],
        "low_level_channels": shapes["classifier.project.0.weight"][0],
    }


FAMILIES = (
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
