"""mateuszbuda/brain-segmentation-pytorch: the padded U-Net for tumours in brain scans.

One class. Its skips are joined behind what comes up. Scans are standardised volume by volume,
which a picture alone cannot be; its own mean and deviation come nearest.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, has
from segviewer.checkpoints.families.renaming import renaming

LEVELS = (1, 2, 3, 4)


def _read(shapes: Shapes) -> dict[str, Any]:
    return {
        "form": "padded",
        "width": shapes["encoder1.enc1conv1.weight"][0],
        "up": "transposed",
        "num_classes": shapes["conv.weight"][0],
    }


def _prepare(tensors: Tensors) -> Tensors:
    """Skips in front of what comes up."""
    rolled = {}
    for level in LEVELS:
        key = f"decoder{level}.dec{level}conv1.weight"
        rolled[key] = tensors[key].roll(tensors[key].shape[1] // 2, 1)
    return tensors | rolled


PLACE = {"conv1": 0, "norm1": 1, "conv2": 3, "norm2": 4}
_rename = renaming(
    (r"encoder(\d)\.enc\d(\w+)\.", lambda m: f"encoder.{int(m[1]) - 1}.{PLACE[m[2]]}."),
    (r"bottleneck\.bottleneck(\w+)\.", lambda m: f"encoder.4.{PLACE[m[1]]}."),
    (r"upconv(\d)\.", lambda m: f"ups.{4 - int(m[1])}."),
    (r"decoder(\d)\.dec\d(\w+)\.", lambda m: f"decoder.{4 - int(m[1])}.{PLACE[m[2]]}."),
    (r"conv\.", "classifier."),
)

FAMILIES = (
    Family(
        "U-Net (mateuszbuda)",
        "u_net",
        has("encoder1.enc1conv1.weight", "bottleneck.bottleneckconv1.weight", "conv.weight"),
        _read,
        _rename,
        long_side=256,
        prepare=_prepare,
    ),
)
