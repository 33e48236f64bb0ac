"""torchvision's segmentation networks, and this program's own files of the same names.

torchvision's DeepLab v3 keeps rates 12, 24, 36 for MobileNet at output stride 16 too. FCN
and LR-ASPP on EfficientNet-Lite have torchvision's names, but are never without a card.
EfficientNet-Lite is this program's own, with the paper's rates for its stride; its forms have the
same names, and differ in the channels of their last stage.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.checkpoints.families.resnet_depth import resnet_of
from segviewer.imaging.preprocessing import HALF
from segviewer.layers.efficientnet_lite import FORMS
from segviewer.layers.resnet import BASIC, UNITS

LONG_SIDE = 693  # torchvision's short side of 520, on a 4:3 picture
# One key that only this backbone has; a ResNet is known by its units.
BACKBONE_KEYS = {
    "mobilenet_v3_large": "backbone.16.0.weight",
    "mobilenet_v2": "backbone.high_level_features.17.conv.2.weight",
}
LITE_KEY = "backbone.stages.6.0.project.0.weight"
LITES = {stages[-1][3]: name for name, stages in FORMS.items()}
ATROUS = {
    # torchvision's basic units take no rate, so that these networks keep their strides.
    **{name: {"output_stride": 32, "first_unit_keeps_rate": True} for name in BASIC},
    **{
        name: {"output_stride": 8, "first_unit_keeps_rate": True}
        for name in UNITS
        if name not in BASIC
    },
    "mobilenet_v3_large": {"output_stride": 16, "first_unit_keeps_rate": False},
    "mobilenet_v2": {"output_stride": 16, "first_unit_keeps_rate": True},
    **{name: {"output_stride": 16, "first_unit_keeps_rate": True} for name in FORMS},
}
RATES = (12, 24, 36)
LITE_RATES = (6, 12, 18)


def backbone_of(shapes: Shapes) -> str:
    """Name of the backbone under ``backbone.``.

    Raises
    ------
    KeyError, ValueError
        If the keys that only it has are not there, or are those of a variant there is none of here.
    """
    if LITE_KEY in shapes:
        return LITES[shapes[LITE_KEY][0]]
    for name, key in BACKBONE_KEYS.items():
        if key in shapes:
            return name
    return resnet_of(shapes)


def _is_deeplab_v3(shapes: Shapes) -> bool:
    return "classifier.0.convs.0.0.weight" in shapes


def _deeplab_v3(shapes: Shapes) -> dict[str, Any]:
    def outputs(key: str, fallback: int) -> int:
        return shapes[key][0] if shapes.get(key) else fallback

    backbone = backbone_of(shapes)
    parts = {key.split(".")[3] for key in shapes if key.startswith("classifier.0.convs.")}
    # The 1x1 branch comes first and the image pooling last; rates lie between.
    num_rates = len(parts) - 2 if len(parts) >= 2 else 3
    head_conv = "classifier.2.weight" in shapes or "classifier.1.bias" not in shapes
    rates: tuple[int, ...] = LITE_RATES if backbone in FORMS else RATES
    if num_rates != len(rates):
        rates = tuple(min(48, 6 * (index + 1)) for index in range(num_rates))
    return {
        "backbone": backbone,
        "num_classes": outputs("classifier.4.weight" if head_conv else "classifier.1.weight", 21),
        "aspp_channels": outputs("classifier.0.convs.0.0.weight", 256),
        "separable": "classifier.0.convs.1.3.weight" in shapes,
        "head_conv": head_conv,
        "auxiliary": any(key.startswith("aux_classifier.") for key in shapes),
        "low_level_channels": outputs("low_level.reduce.0.weight", 0),
        "atrous_rates": rates,
        "branches": (True,) * (num_rates + 1),
        **ATROUS[backbone],
    }


def _is_lite(shapes: Shapes) -> bool:
    return _is_deeplab_v3(shapes) and shapes.get(LITE_KEY, (0,))[0] in LITES


def _is_fcn(shapes: Shapes) -> bool:
    # A classifier of a 3x3 and a 1x1 convolution, nothing behind it.
    wanted = ("backbone.conv1.weight", "classifier.1.running_mean", "classifier.4.weight")
    first = shapes.get("classifier.0.weight", ())
    return first[2:] == (3, 3) and all(key in shapes for key in wanted)


def _fcn(shapes: Shapes) -> dict[str, Any]:
    backbone = backbone_of(shapes)
    return {
        "backbone": backbone,
        "num_classes": shapes["classifier.4.weight"][0],
        "auxiliary": any(key.startswith("aux_classifier.") for key in shapes),
        **ATROUS[backbone],
    }


def _lr_aspp(shapes: Shapes) -> dict[str, Any]:
    return {
        "backbone": backbone_of(shapes),
        "num_classes": shapes["classifier.low_classifier.weight"][0],
        "head_channels": shapes["classifier.cbr.0.weight"][0],
        **ATROUS["mobilenet_v3_large"],
    }


FAMILIES = (
    Family(
        "DeepLab v3 on EfficientNet-Lite (segviewer)",
        "deeplab_v3",
        _is_lite,
        _deeplab_v3,
        preprocessing=HALF,
    ),
    Family(
        "DeepLab v3 (torchvision)", "deeplab_v3", _is_deeplab_v3, _deeplab_v3, long_side=LONG_SIDE
    ),
    Family("FCN-ResNet (torchvision)", "fcn_resnet", _is_fcn, _fcn, long_side=LONG_SIDE),
    Family(
        "LR-ASPP (torchvision)",
        "lr_aspp",
        has("backbone.16.0.weight", "classifier.cbr.0.weight", "classifier.low_classifier.weight"),
        _lr_aspp,
        long_side=LONG_SIDE,
    ),
)
