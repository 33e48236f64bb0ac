"""bubbliiiing/deeplabv3-plus-pytorch: DeepLab v3+ on MobileNet v2.

Its convolutions have biases in front of their batch norms, which is the same as other means
there. Pictures are taken from 0 to 1 as they are. Its Xception is another than this program's.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, folds_into_the_next, has
from segviewer.checkpoints.families.programs.jfzhang95 import MOBILE, mobile_unit
from segviewer.checkpoints.families.renaming import renaming
from segviewer.imaging.preprocessing import Preprocessing

UNIT = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def _read(shapes: Shapes) -> dict[str, Any]:
    if MOBILE.format("") not in shapes:
        raise KeyError("MobileNet v2")
    return {
        "backbone": "mobilenet_v2_plain",
        "num_classes": shapes["cls_conv.weight"][0],
        "aspp_channels": shapes["aspp.conv_cat.0.weight"][0],
        "low_level_channels": shapes["shortcut_conv.0.weight"][0],
        "output_stride": 16,
        "atrous_rates": (6, 12, 18),
        "first_unit_keeps_rate": True,
        "decoder_convolutions": 2,
        "low_level_first": False,
        "align_corners": True,
    }


_rename = renaming(
    (r"backbone\.features\.0\.", "backbone.low_level_features.0."),
    (r"backbone\.features\.(\d+)\.conv\.(\d)\.", mobile_unit),
    (r"aspp\.branch(\d)\.", lambda found: f"classifier.aspp.convs.{int(found[1]) - 1}."),
    (r"aspp\.branch5_conv\.", "classifier.aspp.convs.4.1."),
    (r"aspp\.branch5_bn\.", "classifier.aspp.convs.4.2."),
    (r"aspp\.conv_cat\.", "classifier.aspp.project."),
    (r"shortcut_conv\.", "classifier.project."),
    (r"cat_conv\.([01])\.", r"classifier.classifier.\1."),
    (r"cat_conv\.4\.", "classifier.classifier.3."),
    (r"cat_conv\.5\.", "classifier.classifier.4."),
    (r"cls_conv\.", "classifier.classifier.6."),
)

FAMILIES = (
    Family(
        "DeepLab v3+ (bubbliiiing)",
        "deeplab_v3_plus",
        has("aspp.branch1.0.weight", "shortcut_conv.0.weight", "cls_conv.weight"),
        _read,
        _rename,
        preprocessing=UNIT,
        long_side=512,
        folds=folds_into_the_next,
    ),
)
