"""Files of a training program that calls its network “colours”."""

from __future__ import annotations

from segviewer.checkpoints.families.family import Family, Shapes, has
from segviewer.imaging.preprocessing import HALF

WEIGHT = "colours.weigh.weight"


def _read(shapes: Shapes) -> dict[str, int]:
    return {"num_classes": shapes[WEIGHT][0]}


FAMILIES = (
    Family(
        title="Colour net (template)",
        architecture="colour_net",
        matches=has(WEIGHT),
        read=_read,
        rename=lambda key: key.removeprefix("colours."),
        preprocessing=HALF,
    ),
)
