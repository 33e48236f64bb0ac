"""hszhao/semseg: PSPNet on ResNets with a stem of three convolutions.

Trained on pictures of 0 to 255 less ImageNet's mean, over its standard deviation, which is
the same as 0 to 1 with torchvision's numbers. The auxiliary head is in files saved by its
training, and absent where the network was built for evaluation.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, has

USUAL_BINS = (1, 2, 3, 6)
PARTS = {"layer0": "backbone.stem", "cls": "classifier", "aux": "aux_classifier"}
LAYERS = ("layer1", "layer2", "layer3", "layer4")
# One unit that only this depth has; the deepest first.
DEPTHS = {
    "resnet152_deep": "layer3.35.conv1.weight",
    "resnet101_deep": "layer3.22.conv1.weight",
    "resnet50_deep": "layer3.5.conv1.weight",
}


def _backbone(shapes: Shapes) -> str:
    found = next((name for name, key in DEPTHS.items() if key in shapes), None)
    if found is None:
        raise KeyError("layer3")
    return found


def _bins(shapes: Shapes) -> tuple[int, ...]:
    """The usual ones, or as many from 1 on as there are levels of another number.

    How many windows a level has is not in a file. Without reduction the pyramid has no
    parameters, and the number of levels is read off the classifier's input. Empty where the
    classifier reads the map alone.
    """
    channels = shapes["layer4.0.conv3.weight"][0]
    number = sum(key.startswith("ppm.features.") and key.endswith(".1.weight") for key in shapes)
    number = number or shapes["cls.0.weight"][1] // channels - 1
    return USUAL_BINS[:number] if number <= len(USUAL_BINS) else tuple(range(1, number + 1))


def _read(shapes: Shapes) -> dict[str, Any]:
    found = _bins(shapes)
    bins = found or USUAL_BINS
    return {
        "backbone": _backbone(shapes),
        "num_classes": shapes["cls.4.weight"][0],
        "bins": bins,
        "levels": (True,) * len(bins),
        "pyramid": bool(found),
        # Nothing in a file without a pyramid says which pyramid it lacks.
        "reduction": not found or "ppm.features.0.1.weight" in shapes,
        "head_channels": shapes["cls.0.weight"][0],
        "auxiliary": any(key.startswith("aux.") for key in shapes),
        "output_stride": 8,
        "first_unit_keeps_rate": False,
    }


def _rename(key: str) -> str:
    part, _, rest = key.partition(".")
    if part in LAYERS:
        return f"backbone.{key}"
    return f"{PARTS[part]}.{rest}" if part in PARTS else key


FAMILIES = (
    Family(
        "PSPNet (hszhao/semseg)",
        "psp_net",
        has("layer0.0.weight", "cls.0.weight", "cls.4.weight", "layer4.0.conv3.weight"),
        _read,
        _rename,
        long_side=512,  # its pictures of ADE20K; crops of 473
    ),
)
