"""kazuto1011/deeplab-pytorch: DeepLab v2, v3 and v3+ on a Caffe-style ResNet.

Trained with BGR pictures of 0 to 255 less the mean. Files of the multi-scale wrapper have
``base.`` before every key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count
from segviewer.checkpoints.families.resnet_depth import resnet_of
from segviewer.imaging.preprocessing import CAFFE_BGR

LONG_SIDE = 513
USUAL_RATES = 3
WRAPPER = "base."
STEM = re.compile(r"layer1\.conv1\.(conv|bn)\.(\w+)")
UNIT = re.compile(r"layer([2-5])\.block(\d+)\.(reduce|conv3x3|increase|shortcut)\.(conv|bn)\.(\w+)")
BRANCH = re.compile(r"aspp\.stages\.(c\d+|imagepool\.conv)\.(conv|bn)\.(\w+)")
PAIR = re.compile(r"(fc1|reduce|fc2\.conv[12])\.(conv|bn)\.(\w+)")
CONVOLUTIONS = {"reduce": 1, "conv3x3": 2, "increase": 3}
SMALL = (
    "Its DeepLabV2S has the same keys and rates 3, 6, 9, 12: set these if the file is one of it."
)
# Places of a convolution and the batch norm behind it in a sequence.
PLACES = {"conv": 0, "bn": 1}


def rename_resnet(key: str) -> str:
    """Name in ``layers.resnet.ResNet`` of a backbone key, or "" for a key of another part.

    Parameters
    ----------
    key : str
        With or without the multi-scale wrapper's ``base.``:
        ``layer1.conv1.{conv,bn}.*`` is the stem, ``layerN.blockM.*`` with N = 2..5 and M from
        1 are the units.

    Returns
    -------
    str
        ``conv1.*``, ``bn1.*`` or ``layer1.0.conv1.*`` …, without a prefix.
    """
    key = key.removeprefix(WRAPPER)
    if found := STEM.fullmatch(key):
        return "{}1.{}".format(*found.groups())
    if found := UNIT.fullmatch(key):
        layer, block, name, kind, tensor = found.groups()
        unit = f"layer{int(layer) - 1}.{int(block) - 1}"
        if name == "shortcut":
            return f"{unit}.downsample.{PLACES[kind]}.{tensor}"
        return f"{unit}.{kind}{CONVOLUTIONS[name]}.{tensor}"
    return ""


def _prefix(shapes: Shapes) -> str:
    return WRAPPER if any(key.startswith(WRAPPER) for key in shapes) else ""


def _matches(*keys: str, without: tuple[str, ...] = ()) -> Callable[[Shapes], bool]:
    """A `matches` for keys with or without the wrapper's prefix."""

    def found(shapes: Shapes) -> bool:
        prefix = _prefix(shapes)
        lacks = not any(prefix + key in shapes for key in without)
        return lacks and all(prefix + key in shapes for key in keys)

    return found


def _backbone(shapes: Shapes) -> dict[str, Any]:
    prefix = _prefix(shapes)
    return {"backbone": caffe_resnet_of(shapes, prefix), "first_unit_keeps_rate": False}


def caffe_resnet_of(shapes: Shapes, prefix: str = "") -> str:
    """Name of the backbone, by the units of its four layers.

    Raises
    ------
    KeyError, ValueError
        As :func:`segviewer.checkpoints.families.resnet_depth.resnet_of`.
    """
    renamed = {
        f"backbone.{name}": shape
        for key, shape in shapes.items()
        if key.startswith(prefix) and (name := rename_resnet(key))
    }
    return f"{resnet_of(renamed)}_caffe"


def _rates(number: int) -> tuple[int, ...]:
    return tuple(min(48, 6 * (index + 1)) for index in range(number))


def _v2(shapes: Shapes) -> dict[str, Any]:
    prefix = _prefix(shapes)
    number = count(shapes, prefix + "aspp.c{}.weight")
    return {
        **_backbone(shapes),
        "num_classes": shapes[f"{prefix}aspp.c0.weight"][0],
        "output_stride": 8,
        "atrous_rates": _rates(number),
        "branches": (True,) * number,
        "multi_scale": bool(prefix),
    }


def _rename_v2(key: str) -> str:
    key = key.removeprefix(WRAPPER)
    if key.startswith("aspp.c"):
        return key.replace("aspp.c", "aspp.convs.", 1)
    return _in_backbone(key)


def _in_backbone(key: str) -> str:
    name = rename_resnet(key)
    return f"backbone.{name}" if name else key


def _pyramid(shapes: Shapes) -> dict[str, Any]:
    prefix = _prefix(shapes)
    number = count(shapes, prefix + "aspp.stages.c{}.conv.weight") - 1
    return {
        **_backbone(shapes),
        "aspp_channels": shapes[f"{prefix}fc1.conv.weight"][0],
        "output_stride": 16,
        "atrous_rates": _rates(number),
        "branches": (True,) * (number + 1),
        "multi_grid": (1, 2, 4),
    }


def _v3(shapes: Shapes) -> dict[str, Any]:
    prefix = _prefix(shapes)
    return {
        **_pyramid(shapes),
        "num_classes": shapes[f"{prefix}fc2.weight"][0],
        "head_conv": False,
        "auxiliary": False,
        "multi_scale": bool(prefix),
    }


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    prefix = _prefix(shapes)
    return {
        **_pyramid(shapes),
        "num_classes": shapes[f"{prefix}fc2.conv3.weight"][0],
        "low_level_channels": shapes[f"{prefix}reduce.conv.weight"][0],
        "decoder_convolutions": 2,
        "low_level_first": False,
        "multi_scale": bool(prefix),
    }


def _in_pyramid(key: str, aspp: str, num_rates: int) -> str:
    """Name of a key of the pyramid, or of the fusion behind it, in an ``ASPP`` at `aspp`."""
    if found := BRANCH.fullmatch(key):
        branch, kind, tensor = found.groups()
        if branch == "imagepool.conv":  # behind the rates; its layer 0 is the pooling itself
            return f"{aspp}.convs.{num_rates + 1}.{PLACES[kind] + 1}.{tensor}"
        return f"{aspp}.convs.{branch[1:]}.{PLACES[kind]}.{tensor}"
    if (found := PAIR.fullmatch(key)) and found[1] == "fc1":
        return f"{aspp}.project.{PLACES[found[2]]}.{found[3]}"
    return ""


def _rename_v3(key: str, num_rates: int) -> str:
    key = key.removeprefix(WRAPPER)
    if key in ("fc2.weight", "fc2.bias"):
        return key.replace("fc2", "classifier.1")
    return _in_pyramid(key, "classifier.0", num_rates) or _in_backbone(key)


def _rename_v3_plus(key: str, num_rates: int) -> str:
    key = key.removeprefix(WRAPPER)
    if key in ("fc2.conv3.weight", "fc2.conv3.bias"):
        return key.replace("fc2.conv3", "classifier.classifier.6")
    if (found := PAIR.fullmatch(key)) and found[1] != "fc1":
        part, kind, tensor = found.groups()
        # Convolution, batch norm, ReLU: the second 3x3 convolution is layer 3.
        place = {"reduce": "project", "fc2.conv1": "classifier", "fc2.conv2": "classifier"}[part]
        return f"classifier.{place}.{PLACES[kind] + 3 * (part == 'fc2.conv2')}.{tensor}"
    return _in_pyramid(key, "classifier.aspp", num_rates) or _in_backbone(key)


def _pyramid_families(num_rates: int) -> tuple[Family, Family]:
    """v3 and v3+ of so many rates; the place of the image pooling depends on the number."""
    of = "" if num_rates == USUAL_RATES else f", {num_rates} rates"
    last, next_one = (f"aspp.stages.c{number}.conv.weight" for number in (num_rates, num_rates + 1))
    decoder = "fc2.conv3.weight"
    return (
        Family(
            f"DeepLab v3 (kazuto1011{of})",
            "deeplab_v3",
            _matches(last, "fc1.conv.weight", without=(next_one, decoder)),
            _v3,
            partial(_rename_v3, num_rates=num_rates),
            CAFFE_BGR,
            LONG_SIDE,
        ),
        Family(
            f"DeepLab v3+ (kazuto1011{of})",
            "deeplab_v3_plus",
            _matches(last, decoder, without=(next_one,)),
            _v3_plus,
            partial(_rename_v3_plus, num_rates=num_rates),
            CAFFE_BGR,
            LONG_SIDE,
        ),
    )


FAMILIES = (
    Family(
        "DeepLab v2 (kazuto1011)",
        "deeplab_v2",
        _matches("aspp.c0.weight", "layer5.block1.reduce.conv.weight"),
        _v2,
        _rename_v2,
        CAFFE_BGR,
        LONG_SIDE,
        says=(SMALL,),
    ),
    *_pyramid_families(USUAL_RATES),
    *_pyramid_families(4),
)
