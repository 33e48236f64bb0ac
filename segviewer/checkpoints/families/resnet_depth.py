"""Which ResNet a file holds, from the units of its four layers under torchvision's names."""

from __future__ import annotations

from segviewer.checkpoints.families.family import Shapes, UnknownVariant, count
from segviewer.layers.resnet import BASIC, UNITS, WIDTHS

# Depths that programs have and there are no presets of here, by bottlenecks and units.
ELSEWHERE: dict[tuple[bool, tuple[int, ...]], str] = {
    (False, (1, 1, 1, 1)): "ResNet-10",
    (True, (1, 1, 1, 1)): "ResNet-14",
    (True, (2, 2, 2, 2)): "ResNet-26",
    (True, (3, 24, 36, 3)): "ResNet-200",
    (True, (3, 30, 48, 8)): "ResNet-269",
}


def resnet_of(shapes: Shapes, prefix: str = "backbone.") -> str:
    """Name in ``layers.resnet.UNITS`` of the ResNet whose keys begin with `prefix`.

    Raises
    ------
    KeyError
        If there is none.
    UnknownVariant
        If its units are of another kind: grouped, wider, or of another number.
    ValueError
        If its units are those of no ResNet.
    """
    layers = [f"{prefix}layer{number}.{{}}.conv1.weight" for number in (1, 2, 3, 4)]
    units = tuple(count(shapes, layer) for layer in layers)
    if not all(units):
        raise KeyError(layers[units.index(0)].format(0))
    bottlenecks = f"{prefix}layer1.0.conv3.weight" in shapes
    _check_unit(shapes, f"{prefix}layer1.0.", bottlenecks)
    for name, wanted in UNITS.items():
        if wanted == units and (name not in BASIC) == bottlenecks:
            return name
    said = ", ".join(map(str, units))
    if (bottlenecks, units) in ELSEWHERE:
        raise UnknownVariant(
            f"Its backbone is a {ELSEWHERE[bottlenecks, units]}, of {said} units",
            f"these numbers of units beside those of {', '.join(UNITS)}",
        )
    raise ValueError(f"layers of {said} units")


def _check_unit(shapes: Shapes, unit: str, bottlenecks: bool) -> None:
    """Refuse units that are no plain ResNet's."""
    inner = shapes.get(f"{unit}conv2.weight", ())
    usual = WIDTHS[0]
    if len(inner) != 4 or inner[:2] == (usual, usual):
        return
    if inner[1] < inner[0]:
        raise UnknownVariant(
            f"Its backbone is a ResNeXt: {inner[0] // max(1, inner[1])} groups of {inner[1]} "
            "channels in each 3×3 convolution",
            "grouped 3×3 convolutions in the ResNet's units",
        )
    raise UnknownVariant(
        f"Its backbone is a wide ResNet: its units have {inner[0]} channels inside, not {usual}",
        "wider units in the ResNet",
    )
