"""milesial/Pytorch-UNet: the padded U-Net with batch norm, transposed or bilinear.

Its files carry ``mask_values``, the grey levels of its masks, which is no tensor and is
left behind on reading. Old releases have biases in front of the batch norms.
"""

from __future__ import annotations

import re
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Variant, has
from segviewer.imaging.preprocessing import Preprocessing

LONG_SIDE = 959  # half of a Carvana photograph, its default scale
UNIT = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))

_PLACES = (
    (re.compile(r"inc\.double_conv\."), lambda _: "encoder.0."),
    (re.compile(r"down(\d)\.maxpool_conv\.1\.double_conv\."), lambda m: f"encoder.{m[1]}."),
    (re.compile(r"up(\d)\.up\."), lambda m: f"ups.{int(m[1]) - 1}."),
    (re.compile(r"up(\d)\.conv\.double_conv\."), lambda m: f"decoder.{int(m[1]) - 1}."),
    (re.compile(r"outc\.conv\."), lambda _: "classifier."),
)

_BIAS = re.compile(r"((?:encoder|decoder)\.\d\.)([03])\.bias")


def _read(shapes: Shapes) -> dict[str, Any]:
    return {
        "form": "padded",
        "width": shapes["inc.double_conv.0.weight"][0],
        "up": "transposed" if "up1.up.weight" in shapes else "bilinear",
        "num_classes": shapes["outc.conv.weight"][0],
    }


def _rename(key: str) -> str:
    if key == "mask_values":
        return ""
    for pattern, place in _PLACES:
        key, changes = pattern.subn(place, key, count=1)
        if changes:
            break
    return key


def _folds(key: str) -> str:
    """The running mean behind a convolution of a step: layers 0 and 3, batch norms 1 and 4."""
    found = _BIAS.fullmatch(key)
    return f"{found[1]}{int(found[2]) + 1}.running_mean" if found else ""


FAMILIES = (
    Family(
        "U-Net (milesial)",
        "u_net",
        has("inc.double_conv.0.weight", "outc.conv.weight"),
        _read,
        _rename,
        preprocessing=UNIT,
        long_side=LONG_SIDE,
        folds=_folds,
    ),
)

OTHER_VARIANTS = (
    Variant(
        "inc.conv.conv.0.weight",
        "U-Net (milesial)",
        "Its keys are those of the first releases (inc.conv.conv), whose steps on the way up are "
        "narrower inside",
        "a U-Net of these widths; files of later releases (inc.double_conv) open",
    ),
)
