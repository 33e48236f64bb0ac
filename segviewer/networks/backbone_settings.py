"""Settings of an atrous backbone, shared by the networks that put their own head on one."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from segviewer.layers.framing import WHOLE, Framing, next_multiple
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

# Forms of one depth, by what stands behind it in the name: see `layers.resnet.ResNet`.
ResNetName = Literal["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
DeepResNetName = Literal[
    "resnet18_deep", "resnet34_deep", "resnet50_deep", "resnet101_deep", "resnet152_deep"
]
MMSegResNetName = Literal[
    "resnet18_c",
    "resnet34_c",
    "resnet50_c",
    "resnet101_c",
    "resnet152_c",
    "resnet18_b",
    "resnet34_b",
]
MobileNetV2Name = Literal[
    "mobilenet_v2",
    "mobilenet_v2_plain",
    "mobilenet_v2_first",
    "mobilenet_v2_lagging",
    "mobilenet_v2_tf",
]
Filling = Literal["none", "strides", "strides and one"]


def output_stride_control(
    default: int,
    tip: str = "Input size divided by feature size. Smaller is denser and slower.",
    label: str = "Output stride",
) -> Any:
    """The stride of what a backbone hands on, as a field of a Config.

    Parameters
    ----------
    default : int
        8, 16 or 32.
    tip, label : str
        Where the network has something of its own to say about it.
    """
    return control(default, kind="geometry", label=label, symbol="OS", inline=True, tip=tip)


def multi_grid_control(
    tip: str = "Unit rates (r₁, r₂, r₃) of the last block, multiplied by its rate.",
) -> Any:
    """The unit rates of a backbone's last block, as a field of a Config."""
    return control((1, 1, 1), kind="geometry", label="Multi-grid", symbol="MG", ge=1, le=8, tip=tip)


def keeps_rate_control(default: bool) -> Any:
    """Which rate a unit takes whose stride was removed, as a field of a Config."""
    return control(
        default,
        kind="geometry",
        label="First unit keeps rate",
        tip="Where a stride was removed, the unit that had it keeps the rate before it "
        "(torchvision's ResNets) or takes the new one at once (PSPNet, MobileNet v3, "
        "Caffe DeepLab).",
    )


def align_corners_control(default: bool) -> Any:
    """The field that says how coarse scores are brought up."""
    return control(
        default,
        kind="geometry",
        label="Align corners",
        tip="How coarse maps are enlarged: corner cells on the corners of the picture, or cells "
        "over equal areas.",
    )


def filling_control(default: str) -> Any:
    """The field that says up to which sizes a picture is filled with zeros."""
    return control(
        default,
        kind="structure",
        label="Filled up to",
        tip="Zeros are added below and on the right until the sides are whole output strides "
        "(or whole strides and one), as the program that trained it wants them.",
    )


def filled(filling: Filling, step: int, height: int, width: int) -> Framing:
    """Framing that fills a picture up to whole `step` pixels, or these and one, or not.

    Parameters
    ----------
    filling : Filling
    step : int
        Pixels.
    height, width : int
        Of the picture.
    """
    if filling == "none":
        return WHOLE
    rest = int(filling == "strides and one")
    right, bottom = (next_multiple(side, step, rest) - side for side in (width, height))
    return Framing(right=right, bottom=bottom)


def global_pooling_control(
    default: bool = False, on: str = "On: one answer for the whole picture, as trained."
) -> Any:
    """Whether a classifier of photographs answers once or at every cell, as a field of a Config."""
    return control(
        default,
        kind="geometry",
        label="Global pooling",
        tip=f"{on} Off: the same classifier asked at every cell of the map.",
    )


def three_unit_rates(multi_grid: tuple[int, ...]) -> None:
    """Refuse (ValueError) unit rates that are not three."""
    if len(multi_grid) != 3:
        raise ValueError("multi-grid has three unit rates")


class BackboneSettings(NetworkSettings):
    """Geometry of a backbone whose strides are traded for rates."""

    output_stride: Literal[8, 16, 32] = output_stride_control(8)
    multi_grid: tuple[int, ...] = multi_grid_control()
    first_unit_keeps_rate: bool = keeps_rate_control(True)

    @model_validator(mode="after")
    def _three_unit_rates(self) -> Self:
        three_unit_rates(self.multi_grid)
        return self
