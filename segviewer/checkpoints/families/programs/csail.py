"""CSAILVision/semantic-segmentation-pytorch: an encoder and a decoder, in a file each.

The two lie beside each other as ``encoder_epoch_20.pth`` and ``decoder_epoch_20.pth``; opening
either opens both (`checkpoints.pairs`), its keys behind ``encoder.`` and ``decoder.``. ADE20K's 150
classes. Second heads ("deepsup") are training's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes
from segviewer.checkpoints.families.plain_resnet import plain_resnet
from segviewer.checkpoints.families.programs.jfzhang95 import mobile_unit
from segviewer.checkpoints.families.renaming import IGNORED, Rule, renaming

BINS = (1, 2, 3, 6)
MOBILE = "encoder.features.17.conv.6.weight"
LONG_SIDE = 600
# The running sums of a synchronised batch norm, which its means are worked out from.
SUMS = (r".*\._(?:tmp_running_mean|tmp_running_var|running_iter)$", IGNORED)
DEEPSUP = (r"decoder\.(?:cbr_deepsup|conv_last_deepsup)\.", IGNORED)


def _backbone(shapes: Shapes) -> dict[str, Any]:
    if MOBILE in shapes:
        name = "mobilenet_v2_plain"
    elif "encoder.conv3.weight" in shapes and (depth := plain_resnet(shapes, "encoder.")):
        name = f"{depth}_deep"
    else:
        raise KeyError("a ResNet with a stem of three convolutions")
    return {"backbone": name, "output_stride": 8, "first_unit_keeps_rate": True}


def _with_encoder(*keys: str) -> Callable[[Shapes], bool]:
    def found(shapes: Shapes) -> bool:
        encoder = "encoder.conv3.weight" in shapes or MOBILE in shapes
        return encoder and all(key in shapes for key in keys)

    return found


def _ppm(shapes: Shapes) -> dict[str, Any]:
    return {
        **_backbone(shapes),
        "num_classes": shapes["decoder.conv_last.4.weight"][0],
        "bins": BINS,
        "levels": (True,) * len(BINS),
        "level_channels": shapes["decoder.ppm.0.1.weight"][0],
        "head_channels": shapes["decoder.conv_last.0.weight"][0],
        "auxiliary": False,
        "align_corners": False,
        "filling": "none",
    }


def _c1(shapes: Shapes) -> dict[str, Any]:
    return {
        **_backbone(shapes),
        "num_classes": shapes["decoder.conv_last.weight"][0],
        "head_channels": shapes["decoder.cbr.0.weight"][0],
        "auxiliary": False,
    }


BACKBONE: tuple[Rule, ...] = (
    SUMS,
    DEEPSUP,
    (r"encoder\.features\.0\.", "backbone.low_level_features.0."),
    (r"encoder\.features\.(\d+)\.conv\.(\d)\.", mobile_unit),
    (r"encoder\.conv(\d)\.", lambda found: f"backbone.stem.{3 * int(found[1]) - 3}."),
    (r"encoder\.bn(\d)\.", lambda found: f"backbone.stem.{3 * int(found[1]) - 2}."),
    (r"encoder\.layer", "backbone.layer"),
)

FAMILIES = (
    Family(
        "PSPNet (CSAILVision, PPM)",
        "psp_net",
        _with_encoder("decoder.ppm.0.1.weight", "decoder.conv_last.4.weight"),
        _ppm,
        renaming(
            *BACKBONE,
            (r"decoder\.ppm\.", "ppm.features."),
            (r"decoder\.conv_last\.", "classifier."),
        ),
        long_side=LONG_SIDE,
        label_set="ade20k150",
    ),
    Family(
        "FCN-ResNet (CSAILVision, C1)",
        "fcn_resnet",
        _with_encoder("decoder.cbr.0.weight", "decoder.conv_last.weight"),
        _c1,
        renaming(
            *BACKBONE,
            (r"decoder\.cbr\.", "classifier."),
            (r"decoder\.conv_last\.", "classifier.4."),
        ),
        long_side=LONG_SIDE,
        label_set="ade20k150",
    ),
)
