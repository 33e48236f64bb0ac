"""usuyama/pytorch-unet: the tutorial's U-Net on ResNet-18, which many projects copied.

Its files hold the backbone twice: as `base_model`, and as the layers that are run. The latter
count. Its last layer is trained as one sigmoid a class; which of both a copy had is not in the
file.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, UnknownVariant, has
from segviewer.checkpoints.families.renaming import renaming

LONG_SIDE = 224
UNITS = 2  # of each layer of a ResNet-18
STEM, NORM = "layer0.0.weight", "layer0.1.weight"


def _read(shapes: Shapes) -> dict[str, Any]:
    if "layer1.1.0.conv3.weight" in shapes or f"layer3.{UNITS}.conv1.weight" in shapes:
        raise UnknownVariant("Its backbone is no ResNet-18", "the channels that it comes up with")
    return {"num_classes": shapes["conv_last.weight"][0], "backbone": "resnet18"}


def _prepare(tensors: Tensors) -> Tensors:
    """Without the backbone that is not run."""
    return {key: one for key, one in tensors.items() if not key.startswith("base_model.")}


LEVELS = {"0": "stride2", "1": "low_level", "2": "stride8", "3": "auxiliary", "4": "out"}
_rename = renaming(
    (r"layer0\.0\.", "backbone.conv1."),
    (r"layer0\.1\.", "backbone.bn1."),
    (r"layer1\.1\.", "backbone.layer1."),
    (r"layer([234])\.(\d)", r"backbone.layer\1.\2"),
    (r"layer(\d)_1x1\.", lambda m: f"reduce.{LEVELS[m[1]]}."),
    (r"conv_up(\d)\.", lambda m: f"decoder.{LEVELS[m[1]]}."),
    (r"conv_original_size0\.", "picture."),
    (r"conv_original_size1\.0\.", "picture.2."),
    (r"conv_original_size2\.", "last."),
    (r"conv_last\.", "classifier."),
)

FAMILIES = (
    Family(
        "U-Net on ResNet-18 (usuyama)",
        "full_size_u_net",
        has(STEM, NORM, "conv_original_size2.0.weight", "layer4_1x1.0.weight", "conv_last.weight"),
        _read,
        _rename,
        long_side=LONG_SIDE,
        prepare=_prepare,
        says=(
            "Its tutorial trains one sigmoid a class; if yours does, say so in the model sheet "
            "(activation).",
        ),
    ),
)
