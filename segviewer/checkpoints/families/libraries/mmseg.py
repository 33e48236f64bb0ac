"""MMSegmentation 0.x and 1.x: FCN, PSPNet, DeepLab v3 and v3+ on dilated ResNets, MobileNet v2.

Recognised for output stride 8, as its ``-d8`` networks are published. Its ResNets ("V1c")
have a stem of three narrow convolutions or torchvision's one, and basic blocks whose second
convolution is never dilated. Its pyramid has a 3x3 projection and the image pooling first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

from segviewer.checkpoints.families.family import Family, Shapes, Tensors, UnknownVariant, count
from segviewer.checkpoints.families.plain_resnet import plain_resnet
from segviewer.checkpoints.families.renaming import IGNORED, Rule, renaming
from segviewer.checkpoints.families.resnet_depth import resnet_of

SCORES = "decode_head.conv_seg.weight"
MOBILE = "backbone.layer7.0.conv.0.conv.weight"
BINS = (1, 2, 3, 6)
MODULES = "decode_head.aspp_modules."
POOLING = "decode_head.image_pool.1."
RATES = (12, 24, 36)
FIRST_UNITS = (1, 2, 4, 7, 11, 14, 17)  # number of the first unit of each layer of MobileNet v2
OTHER = "another network of MMSegmentation"
# A part of a key that only one head has.
HEADS = {
    "decode_head.lateral_convs.": "UPerNet's",
    "decode_head.fusion_conv.": "SegFormer's in its MMSegmentation form",
    "decode_head.object_context_block.": "OCR's",
    "decode_head.cca.": "CCNet's",
    "decode_head.pam_": "DANet's",
    "decode_head.query_project.": "a non-local one",
    "decode_head.transformer_decoder.": "Mask2Former's",
}
# Parts of heads that have the keys of one of these and others besides.
OTHER_HEADS = ("lateral_convs", "fpn_convs", "enc_", "object_context", "cca.", "gamma")


def backbone_of(shapes: Shapes) -> str:
    """Name of the backbone, or "" where this program has none like it."""
    if MOBILE in shapes:
        return "mobilenet_v2_first"
    name = plain_resnet(shapes, "backbone.")
    stem = shapes.get("backbone.stem.0.weight", ())
    if not name or (stem and stem[0] != 32):
        return ""
    form = "_c" if stem else "_b"
    return name if form == "_b" and name not in ("resnet18", "resnet34") else name + form


def _matches(key: str, *, without: tuple[str, ...] = ()) -> Callable[[Shapes], bool]:
    def found(shapes: Shapes) -> bool:
        return (
            SCORES in shapes
            and f"decode_head.{key}" in shapes
            and not any(f"decode_head.{part}" in shapes for part in without)
            and not any(f"decode_head.{part}" in k for part in OTHER_HEADS for k in shapes)
            and bool(backbone_of(shapes))
        )

    return found


def _shared(shapes: Shapes) -> dict[str, Any]:
    backbone = backbone_of(shapes)
    return {
        "backbone": backbone,
        "num_classes": shapes[SCORES][0],
        "output_stride": 8,
        "first_unit_keeps_rate": not backbone.startswith("mobilenet"),
    }


def _has_auxiliary(shapes: Shapes) -> bool:
    """Whether its second head is this program's: one convolution to a quarter."""
    weight = shapes.get("auxiliary_head.convs.0.conv.weight", ())
    return (
        weight[2:] == (3, 3)
        and weight[0] == weight[1] // 4
        and "auxiliary_head.convs.1.conv.weight" not in shapes
        and "auxiliary_head.conv_cat.conv.weight" not in shapes
    )


def _fcn(shapes: Shapes) -> dict[str, Any]:
    return {
        **_shared(shapes),
        "auxiliary": _has_auxiliary(shapes),
        "head_channels": shapes[SCORES][1],
        "head_convolutions": count(shapes, "decode_head.convs.{}.conv.weight"),
        "joins_input": "decode_head.conv_cat.conv.weight" in shapes,
    }


def _psp(shapes: Shapes) -> dict[str, Any]:
    number = count(shapes, "decode_head.psp_modules.{}.1.conv.weight")
    bins = BINS if number == len(BINS) else tuple(range(1, number + 1))
    return {
        **_shared(shapes),
        "bins": bins,
        "levels": (True,) * number,
        "level_channels": shapes["decode_head.psp_modules.0.1.conv.weight"][0],
        "head_channels": shapes[SCORES][1],
        "auxiliary": _has_auxiliary(shapes),
        "align_corners": False,
        "filling": "none",
    }


def _branches(shapes: Iterable[str]) -> int:
    return len({key.split(".")[2] for key in shapes if key.startswith(MODULES)})


def _pyramid(shapes: Shapes) -> dict[str, Any]:
    number = _branches(shapes) - 1
    rates = RATES if number == len(RATES) else tuple(min(48, 12 * n) for n in range(1, number + 1))
    return {
        **_shared(shapes),
        "aspp_channels": shapes[SCORES][1],
        "atrous_rates": rates,
        "branches": (True,) * (number + 1),
        "separable": "decode_head.aspp_modules.1.depthwise_conv.conv.weight" in shapes,
        "pyramid_kernel": shapes["decode_head.bottleneck.conv.weight"][-1],
    }


def _v3(shapes: Shapes) -> dict[str, Any]:
    return {**_pyramid(shapes), "head_conv": False, "auxiliary": _has_auxiliary(shapes)}


def _v3_plus(shapes: Shapes) -> dict[str, Any]:
    return {
        **_pyramid(shapes),
        "low_level_channels": shapes["decode_head.c1_bottleneck.conv.weight"][0],
        "decoder_convolutions": count(
            shapes, "decode_head.sep_bottleneck.{}.pointwise_conv.conv.weight"
        ),
        "low_level_first": False,
    }


def without_auxiliary(tensors: Tensors) -> Tensors:
    """Without a second head of another form than this program's; only training uses it."""
    if _has_auxiliary({key: tuple(tensor.shape) for key, tensor in tensors.items()}):
        return tensors
    return {key: t for key, t in tensors.items() if not key.startswith("auxiliary_head.")}


def _pooling_last(tensors: Tensors) -> Tensors:
    """The image pooling behind the rates: its number, and its channels of the projection."""
    weight = tensors["decode_head.bottleneck.conv.weight"]
    pooled = tensors[f"{POOLING}conv.weight"].shape[0]
    behind = f"decode_head.pooling.{_branches(tensors)}."
    renamed = {
        key.replace(POOLING, behind) if key.startswith(POOLING) else key: tensor
        for key, tensor in tensors.items()
    }
    return renamed | {"decode_head.bottleneck.conv.weight": weight.roll(-pooled, 1)}


PAIR = r"\.(conv|bn)\."
PLACE = {"conv": 0, "bn": 1}


def _pair(to: str, start: int = 0) -> Callable[[re.Match[str]], str]:
    """Where convolution and batch norm go: `to` with {0} … for what the pattern found."""

    def replaced(found: re.Match[str]) -> str:
        *groups, kind = found.groups()
        return f"{to.format(*groups)}.{start + PLACE[kind]}."

    return replaced


def _mobile_unit(found: re.Match[str]) -> str:
    layer, unit, part, kind = found.groups()
    number = FIRST_UNITS[int(layer) - 1] + int(unit)
    place, last = int(part), 1 if number == 1 else 2
    where = "low" if number <= 3 else "high"
    start = f"backbone.{where}_level_features.{number}.conv."
    return f"{start}{place + PLACE[kind]}." if place == last else f"{start}{place}.{PLACE[kind]}."


def _separable(found: re.Match[str], to: str, step: int = 0) -> str:
    number, depth, kind = found.groups()
    start = 3 * (depth == "pointwise")
    return f"{to.format(number)}.{step * int(number) + start + PLACE[kind]}."


BACKBONE = (
    (r"backbone\.conv1" + PAIR, _pair("backbone.low_level_features.0")),
    (r"backbone\.layer(\d)\.(\d)\.conv\.(\d)" + PAIR, _mobile_unit),
)
AUXILIARY = (
    (r"auxiliary_head\.convs\.0" + PAIR, _pair("aux_classifier")),
    (r"auxiliary_head\.conv_seg\.", "aux_classifier.4."),
)


def _rename_pyramid(aspp: str) -> tuple[Rule, ...]:
    return (
        (r"decode_head\.pooling\.(\d)" + PAIR, _pair(aspp + ".convs.{0}", 1)),
        (r"decode_head\.aspp_modules\.(\d)" + PAIR, _pair(aspp + ".convs.{0}")),
        (
            r"decode_head\.aspp_modules\.(\d)\.(depthwise|pointwise)_conv" + PAIR,
            lambda found: _separable(found, aspp + ".convs.{0}"),
        ),
        (r"decode_head\.bottleneck" + PAIR, _pair(aspp + ".project")),
    )


def _convolution(found: re.Match[str], to: str) -> str:
    number, kind = found.groups()
    return f"{to}.{3 * int(number) + PLACE[kind]}."


_rename_plain_fcn = renaming(
    *BACKBONE,
    *AUXILIARY,
    (r"decode_head\.convs\.0" + PAIR, _pair("classifier")),
    (r"decode_head\.conv_seg\.", "classifier.4."),
)
_rename_fcn = renaming(
    *BACKBONE,
    *AUXILIARY,
    (r"decode_head\.convs\.(\d+)" + PAIR, lambda found: _convolution(found, "classifier.convs")),
    (r"decode_head\.conv_cat" + PAIR, _pair("classifier.join")),
    (r"decode_head\.conv_seg\.", "classifier.scores.1."),
)
_rename_psp = renaming(
    *BACKBONE,
    *AUXILIARY,
    (r"decode_head\.psp_modules\.(\d)\.1" + PAIR, _pair("ppm.features.{0}", 1)),
    (r"decode_head\.bottleneck" + PAIR, _pair("classifier")),
    (r"decode_head\.conv_seg\.", "classifier.4."),
)
_rename_v3 = renaming(
    *BACKBONE,
    *AUXILIARY,
    *_rename_pyramid("classifier.0"),
    (r"decode_head\.conv_seg\.", "classifier.1."),
)
_rename_v3_plus = renaming(
    *BACKBONE,
    (r"auxiliary_head\.", IGNORED),  # training's alone, and v3+ has none here
    *_rename_pyramid("classifier.aspp"),
    (r"decode_head\.c1_bottleneck" + PAIR, _pair("classifier.project")),
    (
        r"decode_head\.sep_bottleneck\.(\d)\.(depthwise|pointwise)_conv" + PAIR,
        lambda found: _separable(found, "classifier.classifier", step=6),
    ),
    (r"decode_head\.conv_seg\.", "classifier.classifier.12."),
)


def _is_plain_fcn(shapes: Shapes) -> bool:
    return _is_fcn(shapes) and not {
        "decode_head.conv_cat.conv.weight",
        "decode_head.convs.1.conv.weight",
    } & set(shapes)


_is_fcn = _matches(
    "convs.0.conv.weight", without=("psp_modules.0.1.conv.weight", "bottleneck.conv.weight")
)


def _with_declared(
    read: Callable[[Shapes], dict[str, Any]],
) -> Callable[[Shapes, Mapping[str, Any]], dict[str, Any]]:
    """`read`, and what the file's own configuration says of strides, rates and windows."""

    def declared_settings(shapes: Shapes, declared: Mapping[str, Any]) -> dict[str, Any]:
        values = read(shapes)
        return {**values, **_from_model(declared.get("model"), values)}

    return declared_settings


def _from_model(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    backbone, head = (
        model.get(part) if isinstance(model, Mapping) else None
        for part in ("backbone", "decode_head")
    )
    found: dict[str, Any] = {}
    if isinstance(backbone, Mapping):
        strides = backbone.get("strides")
        if isinstance(strides, tuple) and len(strides) == 4 and set(strides) <= {1, 2}:
            found["output_stride"] = 4 * prod(strides)
        if backbone.get("contract_dilation") is False:
            found["first_unit_keeps_rate"] = False
    if isinstance(head, Mapping):
        if isinstance(head.get("align_corners"), bool):
            found["align_corners"] = head["align_corners"]
        for name, setting, start in (("dilations", "atrous_rates", 1), ("pool_scales", "bins", 0)):
            rates = head.get(name)
            if isinstance(rates, tuple) and len(rates[start:]) == len(values.get(setting, ())):
                found[setting] = rates[start:]
    if found.get("output_stride") not in (8, 16, 32, None):
        del found["output_stride"]
    return found


def _other(shapes: Shapes) -> dict[str, Any]:
    """What of a file of this program there is none of here."""
    head = next((name for part, name in HEADS.items() if any(part in key for key in shapes)), "")
    if head:
        raise UnknownVariant(f"Its head is {head}", "that head")
    if not backbone_of(shapes):
        resnet_of(shapes, "backbone.")  # says which kin of ResNet it is, if it is one
        raise UnknownVariant("Its backbone is none of this program's", "that backbone")
    if f"{POOLING}conv.weight" in shapes:
        raise KeyError(f"{MODULES}0.conv.weight")
    raise UnknownVariant("Its head is none that is known here", "that head")


FAMILIES = (
    Family(
        "FCN of one convolution (MMSegmentation)",
        "fcn_resnet",
        _is_plain_fcn,
        _fcn,
        _rename_plain_fcn,
        prepare=without_auxiliary,
        read_with=_with_declared(_fcn),
    ),
    Family(
        "FCN (MMSegmentation)",
        "fcn_resnet",
        _is_fcn,
        _fcn,
        _rename_fcn,
        prepare=without_auxiliary,
        read_with=_with_declared(_fcn),
    ),
    Family(
        "PSPNet (MMSegmentation)",
        "psp_net",
        _matches("psp_modules.0.1.conv.weight"),
        _psp,
        _rename_psp,
        prepare=without_auxiliary,
        read_with=_with_declared(_psp),
    ),
    Family(
        "DeepLab v3+ (MMSegmentation)",
        "deeplab_v3_plus",
        _matches("c1_bottleneck.conv.weight"),
        _v3_plus,
        _rename_v3_plus,
        prepare=_pooling_last,
        read_with=_with_declared(_v3_plus),
    ),
    Family(
        "DeepLab v3 (MMSegmentation)",
        "deeplab_v3",
        _matches(
            "aspp_modules.0.conv.weight", without=("sep_bottleneck.0.pointwise_conv.conv.weight",)
        ),
        _v3,
        _rename_v3,
        prepare=lambda tensors: _pooling_last(without_auxiliary(tensors)),
        read_with=_with_declared(_v3),
    ),
    Family(OTHER, "", lambda shapes: SCORES in shapes, _other),
)
