"""speedinghzl/Pytorch-Deeplab, isht7/pytorch-deeplab-resnet and their kin: DeepLab v2, ResNet-101.

Trained with BGR pictures of 0 to 255 less the mean. speedinghzl's classifier returns inside
its loop, so only its first two rates were ever trained and run, as in AdaptSegNet and other
programs that took it over; isht7's, whose keys begin with ``Scale.``, runs all four, at three
scales.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count
from segviewer.checkpoints.families.plain_resnet import plain_resnet
from segviewer.checkpoints.families.renaming import renaming
from segviewer.imaging.preprocessing import CAFFE_BGR

LONG_SIDE = 513
USED = 2  # rates that speedinghzl's classifier adds up


def _matches(prefix: str) -> Any:
    def found(shapes: Shapes) -> bool:
        wanted = f"{prefix}layer5.conv2d_list.0.weight" in shapes
        return wanted and plain_resnet(shapes, prefix) in ("resnet50", "resnet101")

    return found


def _read(shapes: Shapes, prefix: str) -> dict[str, Any]:
    number = count(shapes, prefix + "layer5.conv2d_list.{}.weight")
    used = USED if not prefix else number
    return {
        "backbone": f"{plain_resnet(shapes, prefix)}_caffe",
        "num_classes": shapes[f"{prefix}layer5.conv2d_list.0.weight"][0],
        "output_stride": 8,
        "atrous_rates": tuple(6 * index for index in range(1, number + 1)),
        "branches": tuple(index < used for index in range(number)),
        "first_unit_keeps_rate": False,
        "multi_scale": bool(prefix),
    }


_RULES = (
    (r"(?:Scale\.)?layer5\.conv2d_list\.", "aspp.convs."),
    (r"(?:Scale\.)?(conv1|bn1|layer[1-4])\.", r"backbone.\1."),
)


def _family(title: str, prefix: str) -> Family:
    return Family(
        title,
        "deeplab_v2",
        _matches(prefix),
        lambda shapes: _read(shapes, prefix),
        renaming(*_RULES),
        CAFFE_BGR,
        LONG_SIDE,
    )


FAMILIES = (
    _family("DeepLab v2 (speedinghzl, two rates)", ""),
    _family("DeepLab v2 (isht7, three scales)", "Scale."),
)
