"""jfzhang95/pytorch-deeplab-xception: DeepLab v3+ on MobileNet v2, ResNet-101, Xception, DRN.

Maps and scores are enlarged corner on corner. A file says nothing of its output stride: 16 is
the usual one; with DRN it is always 8. A ResNet's last layer has unit rates 1, 2, 4.
"""

from __future__ import annotations

import re
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, has
from segviewer.checkpoints.families.renaming import renaming
from segviewer.checkpoints.families.resnet_depth import resnet_of

LONG_SIDE = 513
MOBILE = "backbone.{}features.17.conv.6.weight"
FEATURES = "backbone.features."
RATES = {8: (12, 24, 36), 16: (6, 12, 18)}
SCORES = ("decoder.last_conv.8.weight", "decoder.last_conv.6.weight")  # with dropout, without


def _backbone(shapes: Shapes) -> dict[str, Any]:
    if MOBILE.format("") in shapes or MOBILE.format("high_level_") in shapes:
        return {"backbone": "mobilenet_v2_lagging", "first_unit_keeps_rate": True}
    if "backbone.block20.rep.1.conv1.weight" in shapes:
        return {"backbone": "xception", "first_unit_keeps_rate": True}
    if "backbone.layer8.0.weight" in shapes:
        return {"backbone": "drn_d_54", "first_unit_keeps_rate": False, "output_stride": 8}
    name = resnet_of(shapes)
    return {"backbone": name, "first_unit_keeps_rate": False, "multi_grid": (1, 2, 4)}


def _read(shapes: Shapes) -> dict[str, Any]:
    values = {"output_stride": 16, **_backbone(shapes)}
    return {
        **values,
        "num_classes": next(shapes[key] for key in SCORES if key in shapes)[0],
        "aspp_channels": shapes["aspp.conv1.weight"][0],
        "low_level_channels": shapes["decoder.conv1.weight"][0],
        "atrous_rates": RATES[values["output_stride"]],
        "decoder_convolutions": 2,
        "low_level_first": False,
        "align_corners": True,
    }


def _prepare(tensors: Tensors) -> Tensors:
    """Without MobileNet's second copy of each tensor, and with the score layer under one name."""
    twice = any(key.startswith("backbone.high_level_features.") for key in tensors)
    kept = {k: t for k, t in tensors.items() if not (twice and k.startswith(FEATURES))}
    if SCORES[0] not in kept:  # older decoders have no dropout, and count on
        moved = {"decoder.last_conv.3.": "4.", "decoder.last_conv.4.": "5."}
        moved["decoder.last_conv.6."] = "8."
        for old, new in reversed(moved.items()):
            for key in [key for key in kept if key.startswith(old)]:
                kept["decoder.last_conv." + new + key.removeprefix(old)] = kept.pop(key)
    return kept


def mobile_unit(found: re.Match[str]) -> str:
    """Name of a part of a unit whose layers are numbered through, in ``MobileNetV2``."""
    unit, place = int(found[1]), int(found[2])
    part = "low" if unit <= 3 else "high"
    start = f"backbone.{part}_level_features.{unit}.conv."
    block, inner = divmod(place, 3)  # convolution, batch norm, ReLU
    last = 1 if unit == 1 else 2
    return f"{start}{last + inner}." if block == last else f"{start}{block}.{inner}."


MOBILE_UNITS = r"backbone\.(?:(?:low|high)_level_)?features\."
_rename = renaming(
    (MOBILE_UNITS + r"0\.", "backbone.low_level_features.0."),
    (MOBILE_UNITS + r"(\d+)\.conv\.(\d)\.", mobile_unit),
    (
        r"aspp\.aspp(\d)\.atrous_conv\.",
        lambda found: f"classifier.aspp.convs.{int(found[1]) - 1}.0.",
    ),
    (r"aspp\.aspp(\d)\.bn\.", lambda found: f"classifier.aspp.convs.{int(found[1]) - 1}.1."),
    (r"aspp\.global_avg_pool\.", "classifier.aspp.convs.4."),
    (r"aspp\.conv1\.", "classifier.aspp.project.0."),
    (r"aspp\.bn1\.", "classifier.aspp.project.1."),
    (r"decoder\.conv1\.", "classifier.project.0."),
    (r"decoder\.bn1\.", "classifier.project.1."),
    (r"decoder\.last_conv\.([01])\.", r"classifier.classifier.\1."),
    (r"decoder\.last_conv\.4\.", "classifier.classifier.3."),
    (r"decoder\.last_conv\.5\.", "classifier.classifier.4."),
    (r"decoder\.last_conv\.8\.", "classifier.classifier.6."),
)

FAMILIES = (
    Family(
        "DeepLab v3+ (jfzhang95)",
        "deeplab_v3_plus",
        has("aspp.aspp1.atrous_conv.weight", "decoder.last_conv.0.weight"),
        _read,
        _rename,
        long_side=LONG_SIDE,
        prepare=_prepare,
    ),
)
