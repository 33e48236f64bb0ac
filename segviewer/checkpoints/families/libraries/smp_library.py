"""Networks of Segmentation Models PyTorch that the library itself runs.

The decoder is known by its keys, the encoder by a fingerprint of its keys and shapes, which
``resources/tables/smp_encoders.json`` lists for every encoder of the library (timm's own, ``tu-``,
have to be named by a ``config.json`` or by hyper parameters).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, UnknownVariant, count
from segviewer.checkpoints.families.renaming import IGNORED, renaming
from segviewer.checkpoints.key_table import OPTIONAL_SUFFIX
from segviewer.networks.smp_options import OPTIONS
from segviewer.resource_files import resource_path

ENCODER, SCORES = "encoder.", "segmentation_head.0.weight"
# A beginning of keys that only this decoder has; the first that is there counts.
DECODERS = {
    "decoder.blocks.x_0_0.": "UnetPlusPlus",
    "decoder.center.top_conv.": "MAnet",
    "decoder.blocks.0.block.0.": "Linknet",
    "decoder.blocks.0.conv1.": "Unet",
    "decoder.seg_blocks.": "FPN",
    "decoder.feature_norms.": "UPerNet",
    "decoder.fpn_lateral_blocks.": "UPerNet",
    "decoder.psp.blocks.0.pool.": "PSPNet",
    "decoder.fpa.": "PAN",
    "decoder.aspp.0.": "DeepLabV3Plus",
    "decoder.aspp.": "DeepLabV3",
    "decoder.0.project.": "DeepLabV3",
    "decoder.mlp_stage.": "Segformer",
}


def signature(shapes: Shapes) -> str:
    """Fingerprint of an encoder: its keys and shapes, batch norm's counters left out."""
    lines = sorted(
        f"{key} {'x'.join(map(str, shape))}"
        for key, shape in shapes.items()
        if key.startswith(ENCODER) and not key.endswith(OPTIONAL_SUFFIX)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@cache
def encoders() -> dict[str, str]:
    """The library's names of encoders by their fingerprints."""
    found: dict[str, str] = json.loads(
        resource_path("tables", "smp_encoders.json").read_text("utf-8")
    )
    return found


def decoder_of(shapes: Shapes) -> str:
    """The library's name of the decoder, or ""."""
    for start, name in DECODERS.items():
        if any(key.startswith(start) for key in shapes):
            return name
    return ""


def _matches(shapes: Shapes) -> bool:
    return SCORES in shapes and any(key.startswith(ENCODER) for key in shapes)


def _read(shapes: Shapes, declared: Mapping[str, Any] | None = None) -> dict[str, Any]:
    declared = declared or {}
    decoder = decoder_of(shapes)
    if not decoder:
        raise UnknownVariant("Its decoder is none that is known here", "that decoder")
    encoder = str(declared.get("encoder_name") or encoders().get(signature(shapes), ""))
    if not encoder:
        raise UnknownVariant(
            f"It is a {decoder}, and its encoder is none of the library's {len(encoders())} own",
            "the encoder's name, in a config.json beside the file (save_pretrained writes one)",
        )
    options = {**_options(shapes, decoder), **{k: v for k, v in declared.items() if k in OPTIONS}}
    depth = declared.get("encoder_depth")
    if encoder.startswith("mit_"):  # four stages, and no other depth
        depth = 5
    return {
        "decoder": decoder,
        "encoder": encoder,
        "encoder_depth": depth if isinstance(depth, int) else _depth(shapes, decoder),
        "num_classes": shapes[SCORES][0],
        "options": json.dumps(options, sort_keys=True),
    }


def _depth(shapes: Shapes, decoder: str) -> int:
    blocks = {
        "Unet": "decoder.blocks.{}.conv1.0.weight",
        "MAnet": "decoder.blocks.{}.conv1.0.weight",
        "UnetPlusPlus": "decoder.blocks.x_0_{}.conv1.0.weight",
        "Linknet": "decoder.blocks.{}.block.0.0.weight",
        "Segformer": "decoder.mlp_stage.{}.linear.weight",
    }.get(decoder)
    if blocks is None:
        return 3 if decoder == "PSPNet" else 5
    number = count(shapes, blocks)
    if decoder == "MAnet":  # those with a skip have other names
        number = len({key.split(".")[2] for key in shapes if key.startswith("decoder.blocks.")})
    return number


def _options(shapes: Shapes, decoder: str) -> dict[str, Any]:
    """Arguments that the shapes show and that differ from the library's own."""

    def outputs(pattern: str) -> list[int]:
        return [shapes[pattern.format(n)][0] for n in range(count(shapes, pattern))]

    if decoder == "Unet":
        channels = outputs("decoder.blocks.{}.conv1.0.weight")
        scse = any(".attention1.attention." in key for key in shapes)
        return {"decoder_channels": channels} | ({"decoder_attention_type": "scse"} if scse else {})
    if decoder == "UnetPlusPlus":
        channels = outputs("decoder.blocks.x_0_{}.conv1.0.weight")
        scse = any(".attention1.attention." in key for key in shapes)
        return {"decoder_channels": channels} | ({"decoder_attention_type": "scse"} if scse else {})
    if decoder == "MAnet":
        number = _depth(shapes, decoder)
        keys = [f"decoder.blocks.{n}.conv2.0.weight" for n in range(number)]
        channels = [shapes[key][0] for key in keys if key in shapes]
        pab = shapes["decoder.center.top_conv.weight"][0]
        same = {"decoder_channels": channels} if len(channels) == number else {}
        return same | {"decoder_pab_channels": pab}
    if decoder == "FPN":
        head = shapes["decoder.seg_blocks.0.block.0.block.0.weight"]
        merged = "add" if shapes[SCORES][1] == head[0] else "cat"
        return {
            "decoder_pyramid_channels": head[1],
            "decoder_segmentation_channels": head[0],
            "decoder_merge_policy": merged,
        }
    if decoder in ("DeepLabV3", "DeepLabV3Plus"):
        separable = any(".convs.1.0.0.weight" in key for key in shapes)
        return {"decoder_channels": shapes[SCORES][1], "decoder_aspp_separable": separable}
    if decoder == "PAN":
        return {"decoder_channels": shapes["decoder.fpa.branch1.1.conv.weight"][0]}
    if decoder == "PSPNet":
        return {"psp_out_channels": shapes["decoder.conv.0.weight"][0]}
    if decoder == "Segformer":
        return {"decoder_segmentation_channels": shapes[SCORES][1]}
    return {"decoder_channels": shapes[SCORES][1]} if decoder == "UPerNet" else {}


FAMILIES = (
    Family(
        "Segmentation Models PyTorch, by the library",
        "smp_network",
        _matches,
        _read,
        renaming((r"classification_head\.", IGNORED), (r"", "model.")),
        read_with=_read,
    ),
)
