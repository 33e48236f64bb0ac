"""Tramac/awesome-semantic-segmentation-pytorch: FCN, PSPNet and DeepLab v3 on ResNets.

Its ResNets ("v1s") have a stem of three convolutions; everything is enlarged corner on corner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes
from segviewer.checkpoints.families.plain_resnet import plain_resnet
from segviewer.checkpoints.families.renaming import IGNORED, Rule, renaming

BINS = (1, 2, 3, 6)
STEM = "pretrained.conv1.6.weight"
SCORES = "head.block.4.weight"
LONG_SIDE = 520


def _shared(shapes: Shapes) -> dict[str, Any]:
    return {
        "backbone": f"{plain_resnet(shapes, 'pretrained.')}_deep",
        "num_classes": shapes[SCORES][0],
        "auxiliary": "auxlayer.block.4.weight" in shapes,
        "output_stride": 8,
        "first_unit_keeps_rate": True,
        "align_corners": True,
    }


def _fcn(shapes: Shapes) -> dict[str, Any]:
    return {**_shared(shapes), "head_channels": shapes["head.block.0.weight"][0]}


def _psp(shapes: Shapes) -> dict[str, Any]:
    return {
        **_shared(shapes),
        "bins": BINS,
        "levels": (True,) * len(BINS),
        "head_channels": shapes["head.block.0.weight"][0],
        "filling": "none",
    }


def _v3(shapes: Shapes) -> dict[str, Any]:
    return {
        **_shared(shapes),
        "aspp_channels": shapes["head.aspp.project.0.weight"][0],
        "atrous_rates": (12, 24, 36),
    }


def _matches(key: str, *without: str) -> Callable[[Shapes], bool]:
    def found(shapes: Shapes) -> bool:
        known = STEM in shapes and SCORES in shapes and key in shapes
        return (
            known and not set(without) & set(shapes) and bool(plain_resnet(shapes, "pretrained."))
        )

    return found


BACKBONE: tuple[Rule, ...] = (
    (r"pretrained\.conv1\.", "backbone.stem."),
    (r"pretrained\.bn1\.", "backbone.stem.7."),
    (r"pretrained\.layer", "backbone.layer"),
    (r"pretrained\.fc\.", IGNORED),  # of the image classifier
    (r"auxlayer\.block\.", "aux_classifier."),
)
PSP, ASPP = "head.psp.conv1.0.weight", "head.aspp.b0.0.weight"

FAMILIES = (
    Family(
        "PSPNet (Tramac)",
        "psp_net",
        _matches(PSP),
        _psp,
        renaming(
            *BACKBONE,
            (
                r"head\.psp\.conv(\d)\.([01])\.",
                lambda found: f"ppm.features.{int(found[1]) - 1}.{int(found[2]) + 1}.",
            ),
            (r"head\.block\.", "classifier."),
        ),
        long_side=LONG_SIDE,
    ),
    Family(
        "DeepLab v3 (Tramac)",
        "deeplab_v3",
        _matches(ASPP),
        _v3,
        renaming(
            *BACKBONE,
            (r"head\.aspp\.b0\.", "classifier.0.convs.0."),
            (r"head\.aspp\.b(\d)\.(?:block|gap)\.", r"classifier.0.convs.\1."),
            (r"head\.aspp\.project\.", "classifier.0.project."),
            (r"head\.block\.0\.", "classifier.1."),
            (r"head\.block\.1\.", "classifier.2."),
            (r"head\.block\.4\.", "classifier.4."),
        ),
        long_side=LONG_SIDE,
    ),
    Family(
        "FCN-ResNet (Tramac)",
        "fcn_resnet",
        _matches("head.block.0.weight", PSP, ASPP),
        _fcn,
        renaming(*BACKBONE, (r"head\.block\.", "classifier.")),
        long_side=LONG_SIDE,
    ),
)
