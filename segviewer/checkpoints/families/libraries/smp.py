"""Segmentation Models PyTorch on ResNets: DeepLab v3 and v3+, PSPNet, U-Net, FPN.

Its scores, and in DeepLab v3+ the pyramid, are enlarged corner on corner, and it takes
pictures of whole output strides only. Separable convolutions have no batch norm inside.
Other encoders and decoders are run by the library itself: see `smp_library`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, count
from segviewer.checkpoints.families.plain_resnet import plain_resnet
from segviewer.checkpoints.families.renaming import IGNORED, renaming

ENCODER = "encoder."
SCORES = "segmentation_head.0.weight"
BINS = (1, 2, 3, 6)
RATES = (12, 24, 36)
LAYER_OF_DEPTH = {3: 2, 4: 3, 5: 4}
# A classifier of whole pictures beside the network (`aux_params`) has no say in its labels.
BESIDE = (r"classification_head\.", IGNORED)
ALIGNED = {"align_corners": True, "filling": "strides", "first_unit_keeps_rate": False}


def _matches(*keys: str, without: tuple[str, ...] = ()) -> Callable[[Shapes], bool]:
    def found(shapes: Shapes) -> bool:
        return (
            SCORES in shapes
            and any(key in shapes for key in keys)
            and not any(part in key for part in without for key in shapes)
            and bool(plain_resnet(shapes, ENCODER))
        )

    return found


def _pyramid(shapes: Shapes, project: tuple[str, ...], output_stride: int) -> dict[str, Any]:
    key = next(key for key in project if key in shapes)
    branches = key.replace("project.0.weight", "convs.{}.1.weight")
    number = count(shapes, branches) - 2  # between the 1x1 branch and the image pooling
    return {
        "backbone": plain_resnet(shapes, ENCODER),
        "num_classes": shapes[SCORES][0],
        "aspp_channels": shapes[key][0],
        "output_stride": output_stride,
        "atrous_rates": RATES if number == len(RATES) else (1,) * number,
        "branches": (True,) * (number + 1),
        "separable_norm": False,
        **ALIGNED,
    }


V3_PROJECT = ("decoder.aspp.project.0.weight", "decoder.0.project.0.weight")
V3_PLUS_PROJECT = ("decoder.aspp.0.project.0.weight",)


def _v3(shapes: Shapes) -> dict[str, Any]:
    separable = any(".convs.1.0.0.weight" in key for key in shapes)
    return {
        **_pyramid(shapes, V3_PROJECT, output_stride=8),
        "separable": separable,
        "auxiliary": False,
    }


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    return {
        **_pyramid(shapes, V3_PLUS_PROJECT, output_stride=16),
        "low_level_channels": shapes["decoder.block1.0.weight"][0],
        "decoder_convolutions": 1,
        "low_level_first": False,
        "separable": True,
        "pyramid_convolution": True,
    }


def _separable(place: str, to: str) -> tuple[tuple[str, str], ...]:
    """Rules for a separable convolution and the batch norm behind it."""
    return (
        (place + r"\.0\.0\.weight", to + ".0.weight"),
        (place + r"\.0\.1\.weight", to + ".1.weight"),
        (place + r"\.1\.", to + ".2."),
    )


_V3_RULES = (
    (r"encoder\.", "backbone."),
    (r"decoder\.(?:aspp|0)\.", "classifier.0."),
    (r"decoder\.(?:conv|1)\.", "classifier.1."),
    (r"decoder\.(?:bn|2)\.", "classifier.2."),
    (r"segmentation_head\.0\.", "classifier.4."),
    BESIDE,
)
_rename_separable_v3 = renaming(
    *_separable(r"decoder\.(?:aspp|0)\.convs\.([123])", r"classifier.0.convs.\1"), *_V3_RULES
)
_rename_v3_plus = renaming(
    (r"encoder\.", "backbone."),
    *_separable(r"decoder\.aspp\.0\.convs\.([123])", r"classifier.aspp.convs.\1"),
    (r"decoder\.aspp\.0\.", "classifier.aspp."),
    (r"decoder\.aspp\.1\.", "classifier.behind."),
    (r"decoder\.aspp\.2\.", "classifier.behind.2."),
    (r"decoder\.block1\.", "classifier.project."),
    *_separable(r"decoder\.block2", "classifier.classifier"),
    (r"segmentation_head\.0\.", "classifier.classifier.4."),
    BESIDE,
)


def _with_declared(
    read: Callable[[Shapes], dict[str, Any]],
) -> Callable[[Shapes, Mapping[str, Any]], dict[str, Any]]:
    """`read`, and what the library's own names of settings say beside the weights."""
    return lambda shapes, declared: {**read(shapes), **_declared(declared)}


def _declared(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from the library's own names of them (``config.json``, hyper parameters)."""
    found: dict[str, Any] = {}
    if declared.get("encoder_output_stride") in (8, 16):
        found["output_stride"] = declared["encoder_output_stride"]
    if rates := declared.get("decoder_atrous_rates"):
        found["atrous_rates"] = tuple(rates)
    return found


def _psp(shapes: Shapes) -> dict[str, Any]:
    level = shapes["decoder.psp.blocks.0.pool.1.0.weight"]
    outputs = {layer: shapes[_last(shapes, layer)][0] for layer in LAYER_OF_DEPTH.values()}
    layer = next((layer for layer, width in outputs.items() if width == level[1]), None)
    if layer is None:
        raise ValueError(f"a pyramid on {level[1]} channels")
    return {
        "backbone": plain_resnet(shapes, ENCODER),
        "backbone_layers": layer,
        "num_classes": shapes[SCORES][0],
        "bins": BINS,
        "levels": (True,) * len(BINS),
        "level_channels": level[0],
        "head_channels": shapes["decoder.conv.0.weight"][0],
        "head_kernel": 1,
        "score_kernel": 3,
        "auxiliary": False,
        # The layers in front of the pyramid keep their strides.
        "output_stride": 2 ** (layer + 1),
        **ALIGNED,
    }


def _last(shapes: Shapes, layer: int) -> str:
    """Key of the last convolution of a layer's first unit."""
    third = f"{ENCODER}layer{layer}.0.conv3.weight"
    return third if third in shapes else f"{ENCODER}layer{layer}.0.conv2.weight"


def _prepare_psp(tensors: Tensors) -> Tensors:
    """The map in front of its levels, a batch norm at every level, and only layers that run."""
    import torch

    conv = tensors["decoder.conv.0.weight"]
    level = "decoder.psp.blocks.0.pool.1."
    weight, bias = tensors[f"{level}0.weight"], tensors.get(f"{level}0.bias")
    layers = {key: tensors[key].shape[0] for key in (_last(tensors, n) for n in (2, 3, 4))}  # type: ignore[arg-type]
    behind = [key.split(".")[1] for key, width in layers.items() if width > weight.shape[1]]
    kept = {
        key: tensor
        for key, tensor in tensors.items()
        if not (key.startswith(ENCODER) and key.split(".")[1] in behind)
    }
    kept["decoder.conv.0.weight"] = conv.roll(weight.shape[1], 1)
    if bias is not None:  # one window for the whole picture has a bias in place of a norm
        del kept[f"{level}0.bias"]
        ones = torch.ones_like(bias)
        kept |= {f"{level}1.weight": ones, f"{level}1.bias": bias}
        kept |= {f"{level}1.running_mean": ones * 0, f"{level}1.running_var": ones - 1e-5}
    return kept


_rename_psp = renaming(
    (r"encoder\.", "backbone."),
    (r"decoder\.psp\.blocks\.(\d)\.pool\.1\.0\.", r"ppm.features.\1.1."),
    (r"decoder\.psp\.blocks\.(\d)\.pool\.1\.1\.", r"ppm.features.\1.2."),
    (r"decoder\.conv\.", "classifier."),
    (r"segmentation_head\.0\.", "classifier.4."),
    BESIDE,
)


def _unet(shapes: Shapes) -> dict[str, Any]:
    number = count(shapes, "decoder.blocks.{}.conv1.0.weight")
    channels = [shapes[f"decoder.blocks.{n}.conv1.0.weight"][0] for n in range(number)]
    return {
        "backbone": plain_resnet(shapes, ENCODER),
        "num_classes": shapes[SCORES][0],
        "decoder_channels": tuple(channels),
        "skips": (True,) * (number - 1),
    }


def _prepare_unet(tensors: Tensors) -> Tensors:
    """Without the layers that a shallower encoder has and does not run."""
    number = count(tensors, "decoder.blocks.{}.conv1.0.weight")  # type: ignore[arg-type]
    behind = tuple(f"{ENCODER}layer{layer}." for layer in range(number, 5))
    return {key: tensor for key, tensor in tensors.items() if not key.startswith(behind)}


_rename_unet = renaming(
    (r"encoder\.", "backbone."),
    (r"decoder\.blocks\.(\d)\.conv1\.", r"decoder.\1."),
    (r"decoder\.blocks\.(\d)\.conv2\.0\.", r"decoder.\1.3."),
    (r"decoder\.blocks\.(\d)\.conv2\.1\.", r"decoder.\1.4."),
    (r"segmentation_head\.0\.", "classifier."),
    BESIDE,
)


def _fpn(shapes: Shapes) -> dict[str, Any]:
    head = shapes["decoder.seg_blocks.0.block.0.block.0.weight"]
    joined = shapes[SCORES][1] != head[0]
    return {
        "backbone": plain_resnet(shapes, ENCODER),
        "num_classes": shapes[SCORES][0],
        "pyramid_channels": head[1],
        "head_channels": head[0],
        "merging": "joined" if joined else "sum",
    }


_rename_fpn = renaming(
    (r"encoder\.", "backbone."),
    (r"decoder\.p5\.", "lateral.0."),
    (r"decoder\.p([432])\.skip_conv\.", lambda found: f"lateral.{5 - int(found[1])}."),
    (r"decoder\.seg_blocks\.(\d)\.block\.(\d)\.block\.", r"steps.\1.\2."),
    (r"segmentation_head\.0\.", "classifier."),
    BESIDE,
)


def _separable_v3(shapes: Shapes) -> bool:
    return _is_v3(shapes) and any(".convs.1.0.0.weight" in key for key in shapes)


_is_v3 = _matches(*V3_PROJECT)
FAMILIES = (
    Family(
        "DeepLab v3, separable (Segmentation Models PyTorch)",
        "deeplab_v3",
        _separable_v3,
        _v3,
        _rename_separable_v3,
        read_with=_with_declared(_v3),
    ),
    Family(
        "DeepLab v3 (Segmentation Models PyTorch)",
        "deeplab_v3",
        _is_v3,
        _v3,
        renaming(*_V3_RULES),
        read_with=_with_declared(_v3),
    ),
    Family(
        "DeepLab v3+ (Segmentation Models PyTorch)",
        "deeplab_v3_plus",
        _matches("decoder.aspp.0.convs.1.0.0.weight"),
        _v3_plus,
        _rename_v3_plus,
        read_with=_with_declared(_v3_plus),
    ),
    Family(
        "PSPNet (Segmentation Models PyTorch)",
        "psp_net",
        _matches("decoder.psp.blocks.0.pool.1.0.weight"),
        _psp,
        _rename_psp,
        prepare=_prepare_psp,
    ),
    Family(
        "U-Net (Segmentation Models PyTorch)",
        "res_u_net",
        _matches(
            "decoder.blocks.2.conv1.0.weight", without=("attention", "decoder.center", ".hl_conv")
        ),
        _unet,
        _rename_unet,
        prepare=_prepare_unet,
    ),
    Family(
        "FPN (Segmentation Models PyTorch)",
        "fpn",
        _matches("decoder.seg_blocks.0.block.0.block.0.weight"),
        _fpn,
        _rename_fpn,
    ),
)
