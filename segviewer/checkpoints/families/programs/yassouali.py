"""yassouali/pytorch-segmentation: PSPNet and DeepLab v3+ on ResNets, and SegNet.

PSPNet enlarges its levels corner on corner and its scores over equal areas, DeepLab v3+
everything corner on corner. SegNet has one convolution more at the pixels than the paper's.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, UnknownVariant, has
from segviewer.checkpoints.families.renaming import IGNORED, renaming
from segviewer.checkpoints.families.resnet_depth import resnet_of

BINS = (1, 2, 3, 6)
PSP_SCORES = "master_branch.1.weight"
LONG_SIDE = 480


def _psp(shapes: Shapes) -> dict[str, Any]:
    name = resnet_of(shapes, "")
    if "initial.0.6.weight" not in shapes:
        raise UnknownVariant("Its stem is one convolution", "PSPNet on that ResNet")
    return {
        "backbone": f"{name}_deep",
        "num_classes": shapes[PSP_SCORES][0],
        "bins": BINS,
        "levels": (True,) * len(BINS),
        "level_channels": shapes["master_branch.0.stages.0.1.weight"][0],
        "head_channels": shapes["master_branch.0.bottleneck.0.weight"][0],
        "auxiliary": False,
        "output_stride": 8,
        "first_unit_keeps_rate": True,
        "scores_like_levels": False,
        "filling": "none",
    }


_rename_psp = renaming(
    (r"initial\.0\.", "backbone.stem."),
    (r"initial\.1\.", "backbone.stem.7."),
    (r"layer", "backbone.layer"),
    (r"master_branch\.0\.stages\.", "ppm.features."),
    (r"master_branch\.0\.bottleneck\.", "classifier."),
    (r"master_branch\.1\.", "classifier.4."),
    (r"auxiliary_branch\.", IGNORED),  # twice as wide as this program's, and training's alone
)


def _is_v3_plus(shapes: Shapes) -> bool:
    return "ASSP.aspp1.0.weight" in shapes and "backbone.layer0.0.weight" in shapes


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    return {
        "backbone": resnet_of(shapes),
        "num_classes": shapes["decoder.output.7.weight"][0],
        "aspp_channels": shapes["ASSP.conv1.weight"][0],
        "low_level_channels": shapes["decoder.conv1.weight"][0],
        "output_stride": 16,
        "atrous_rates": (6, 12, 18),
        "first_unit_keeps_rate": False,
        "decoder_convolutions": 2,
        "low_level_first": True,
        "align_corners": True,
    }


_rename_v3_plus = renaming(
    (r"backbone\.layer0\.0\.", "backbone.conv1."),
    (r"backbone\.layer0\.1\.", "backbone.bn1."),
    (r"ASSP\.aspp(\d)\.", lambda found: f"classifier.aspp.convs.{int(found[1]) - 1}."),
    (r"ASSP\.avg_pool\.", "classifier.aspp.convs.4."),
    (r"ASSP\.conv1\.", "classifier.aspp.project.0."),
    (r"ASSP\.bn1\.", "classifier.aspp.project.1."),
    (r"decoder\.conv1\.", "classifier.project.0."),
    (r"decoder\.bn1\.", "classifier.project.1."),
    (r"decoder\.output\.7\.", "classifier.classifier.6."),
    (r"decoder\.output\.", "classifier.classifier."),
)


def _seg_net(shapes: Shapes) -> dict[str, Any]:
    return {
        "width": shapes["stage1_encoder.0.weight"][0],
        "num_classes": shapes["stage5_decoder.6.weight"][0],
        "last_convolutions": 1,
        "poolings_round": "down",
        "unpooling": "stored indices",
    }


CONVOLUTIONS = (2, 2, 3, 3, 3)  # of VGG-16's stages
SUFFIX = ("", "_bn")


def _encoder_layer(found: Any) -> str:
    convolution, kind = divmod(int(found[2]), 3)  # convolution, batch norm, ReLU
    return f"encoder.conv{found[1]}_{convolution + 1}{SUFFIX[kind]}."


def _decoder_layer(found: Any) -> str:
    stage = 6 - int(found[1])
    convolution, kind = divmod(int(found[2]), 3)
    number = CONVOLUTIONS[stage - 1] - convolution
    if stage == 1:  # one more than the stage has; the last is without a batch norm
        name = ("conv1_2_D", "conv1_0_D", "conv1_1_D")[convolution]
    else:
        name = f"conv{stage}_{number}_D"
    return f"decoder.{name}{SUFFIX[kind]}."


_rename_seg_net = renaming(
    (r"stage(\d)_encoder\.(\d)\.", _encoder_layer), (r"stage(\d)_decoder\.(\d)\.", _decoder_layer)
)

FAMILIES = (
    Family(
        "PSPNet (yassouali)",
        "psp_net",
        has("initial.0.0.weight", "master_branch.0.stages.0.1.weight", PSP_SCORES),
        _psp,
        _rename_psp,
        long_side=LONG_SIDE,
    ),
    Family(
        "DeepLab v3+ (yassouali)",
        "deeplab_v3_plus",
        _is_v3_plus,
        _v3_plus,
        _rename_v3_plus,
        long_side=LONG_SIDE,
    ),
    Family(
        "SegNet (yassouali)",
        "seg_net",
        has("stage1_encoder.0.weight", "stage5_decoder.6.weight"),
        _seg_net,
        _rename_seg_net,
        long_side=LONG_SIDE,
    ),
)
