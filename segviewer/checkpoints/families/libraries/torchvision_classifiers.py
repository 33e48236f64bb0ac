"""torchvision's image classifiers, opened as class maps.

Their Linear layers are convolutions here, with the same numbers in the same order.
"""

from __future__ import annotations

import re
from itertools import count as count_up
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count, has
from segviewer.checkpoints.key_table import Shape

AS_TRAINED = {"output_stride": 32, "global_pooling": True}
# Whether modules are bottlenecks, and how many the third stage has.
DEPTHS = {(False, 2): 18, (False, 6): 34, (True, 6): 50, (True, 23): 101, (True, 36): 152}
# The files that torchvision publishes still have the names of its first version.
_OLD_DENSE_LAYER = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


def _but_bands(shape: Shape) -> Shape:
    """Shape of a first layer without its number of input bands: grey pictures have one."""
    return (*shape[:1], *shape[2:])


def _is_resnet(shapes: Shapes) -> bool:
    # ResNeXt and wide ResNets have the same keys and more channels.
    return (
        _but_bands(shapes.get("conv1.weight", ())) == (64, 7, 7)
        and shapes.get("layer1.0.conv1.weight", (0,))[0] == 64
        and has("fc.weight", "layer4.0.conv1.weight")(shapes)
    )


def _resnet(shapes: Shapes) -> dict[str, Any]:
    units = count(shapes, "layer3.{}.conv1.weight")
    depth = DEPTHS["layer1.0.conv3.weight" in shapes, units]
    return {"depth": depth, "num_classes": shapes["fc.weight"][0], **AS_TRAINED}


def _rename_resnet(key: str) -> str:
    return key if key.startswith("fc.") else f"backbone.{key}"


def _rename_densenet(key: str) -> str:
    return _OLD_DENSE_LAYER.sub(r"\1\2.", key).replace("features.", "layers.", 1)


def _is_densenet(shapes: Shapes) -> bool:
    return has("features.denseblock4.denselayer1.conv1.weight")(shapes) or has(
        "features.denseblock4.denselayer1.conv.1.weight"
    )(shapes)


def _densenet(shapes: Shapes) -> dict[str, Any]:
    shapes = {_rename_densenet(key): shape for key, shape in shapes.items()}

    def layers(block: int) -> int:
        name = f"layers.denseblock{block}.denselayer{{}}.conv2.weight"
        return next(number for number in count_up(1) if name.format(number) not in shapes) - 1

    return {
        "block_layers": tuple(layers(block) for block in (1, 2, 3, 4)),
        "growth": shapes["layers.denseblock1.denselayer1.conv2.weight"][0],
        "num_classes": shapes["classifier.weight"][0],
        **AS_TRAINED,
    }


def _is_vgg(shapes: Shapes) -> bool:
    return _but_bands(shapes.get("features.0.weight", ()))[1:] == (3, 3) and has(
        "classifier.0.weight", "classifier.3.weight", "classifier.6.weight"
    )(shapes)


def _vgg(shapes: Shapes) -> dict[str, Any]:
    normalised = "features.1.running_mean" in shapes
    step = 3 if normalised else 2  # convolution, batch norm, ReLU
    places = sorted(
        int(key.split(".")[1])
        for key, shape in shapes.items()
        if key.startswith("features.") and key.endswith(".weight") and len(shape) == 4
    )
    stages = [1]
    for before, place in zip(places, places[1:], strict=False):
        if place - before == step:
            stages[-1] += 1
        else:  # a pooling lies between
            stages.append(1)
    return {
        "stage_layers": tuple(stages),
        "normalised": normalised,
        "width": shapes["features.0.weight"][0],
        "fc_channels": shapes["classifier.0.weight"][0],
        "num_classes": shapes["classifier.6.weight"][0],
        **AS_TRAINED,
    }


def _is_mobilenet_v3(shapes: Shapes) -> bool:
    return shapes.get("features.16.0.weight") == (960, 160, 1, 1) and has("classifier.3.weight")(
        shapes
    )


def _mobilenet_v3(shapes: Shapes) -> dict[str, Any]:
    return {
        "last_channels": shapes["classifier.0.weight"][0],
        "num_classes": shapes["classifier.3.weight"][0],
        **AS_TRAINED,
    }


FAMILIES = (
    Family(
        "ResNet classifier (torchvision)",
        "res_net",
        _is_resnet,
        _resnet,
        _rename_resnet,
        reshapes=True,
    ),
    Family(
        "DenseNet classifier (torchvision)",
        "dense_net",
        _is_densenet,
        _densenet,
        _rename_densenet,
        reshapes=True,
    ),
    Family(
        "VGG classifier (torchvision)",
        "vgg",
        _is_vgg,
        _vgg,
        lambda key: key.replace("features.", "layers.", 1),
        reshapes=True,
    ),
    Family(
        "MobileNetV3 classifier (torchvision)",
        "mobilenet_v3",
        _is_mobilenet_v3,
        _mobilenet_v3,
        lambda key: key.replace("features.", "backbone.", 1),
        reshapes=True,
    ),
)
