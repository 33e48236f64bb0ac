"""sacmehta/ESPNet: ESPNet with its decoder, and ESPNet-C, the encoder alone.

Its files of 20 classes are Cityscapes' 19 and void. Pictures are BGR, less a mean, over a
deviation of 0 to 255, and then over 255.
"""

from __future__ import annotations

from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, count
from segviewer.checkpoints.families.renaming import Rule, renaming
from segviewer.imaging.preprocessing import Preprocessing

CITYSCAPES = Preprocessing(
    channel_order="BGR",
    scale="byte",
    mean=(72.3923187, 82.90893555, 73.15840149),
    std=(45.3192215 * 255, 46.15289307 * 255, 44.91483307 * 255),
)
LONG_SIDE = 1024
BRANCHES = ("d1", "d2", "d4", "d8", "d16")
DECODER, ENCODER = "level3_C.conv.weight", "level2_0.d16.conv.weight"


def _read(shapes: Shapes) -> dict[str, Any]:
    decoder = DECODER in shapes
    prefix = "encoder." if decoder else ""
    scores = "classifier.weight" if decoder else "classifier.conv.weight"
    return {
        "level2_blocks": count(shapes, prefix + "level2.{}.c1.conv.weight"),
        "level3_blocks": count(shapes, prefix + "level3.{}.c1.conv.weight"),
        "num_classes": shapes[scores][0 if not decoder else 1],
        "decoder": decoder,
    }


def _block(place: str, to: str) -> tuple[Rule, ...]:
    """Rules of a unit whose batch norm has a PReLU in one module with it, or beside it."""
    return (
        (place + r"\.c1\.conv\.", to + ".reduce."),
        (place + r"\.bn\.(bn|act)\.", lambda m: f"{m.expand(to)}.{m[m.lastindex or 0]}."),
        (place + r"\.(bn|act)\.", lambda m: f"{m.expand(to)}.{m[m.lastindex or 0]}."),
        (
            place + r"\.(d\d+)\.conv\.",
            lambda m: f"{m.expand(to)}.branches.{BRANCHES.index(m[m.lastindex or 0])}.",
        ),
    )


def _pair(place: str, to: str, start: int = 0) -> tuple[Rule, ...]:
    return ((place + r"\.bn\.", f"{to}.{start}."), (place + r"\.act\.", f"{to}.{start + 1}."))


E = r"(?:encoder\.)?"
_rename = renaming(
    (E + r"level1\.conv\.", "level1.0."),
    *_pair(E + r"level1", "level1", 1),
    *_pair(E + r"b1", "join1"),
    *_pair(E + r"b2", "join2"),
    *_pair(E + r"b3", "join3"),
    *_block(E + r"level2_0", "level2_down"),
    *_block(E + r"level3_0", "level3_down"),
    *_block(E + r"level2\.(\d+)", r"level2.\1"),
    *_block(E + r"level3\.(\d+)", r"level3.\1"),
    (E + r"classifier\.conv\.", "scores3."),
    (r"level3_C\.conv\.", "scores2."),
    (r"br\.", "norm3."),
    (r"up_l3\.0\.", "up3."),
    *_pair(r"combine_l2_l3\.0", "merge3.0"),
    *_block(r"combine_l2_l3\.1", "merge3.1"),
    (r"up_l2\.0\.", "up2."),
    *_pair(r"up_l2\.1", "norm2"),
    (r"conv\.conv\.", "merge2.0."),
    *_pair(r"conv", "merge2", 1),
    (r"classifier\.", "up1."),
)

FAMILIES = (
    Family(
        "ESPNet (sacmehta)",
        "esp_net",
        lambda shapes: ENCODER in shapes or DECODER in shapes,
        _read,
        _rename,
        CITYSCAPES,
        LONG_SIDE,
    ),
)
