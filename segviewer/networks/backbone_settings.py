"""Settings of an atrous backbone, shared by the networks that put their own head on one."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


def output_stride_control(default: int) -> Any:
    """The field of :class:`BackboneSettings`, for a network published with another stride."""
    return control(
        default,
        kind="geometry",
        label="Output stride",
        symbol="OS",
        inline=True,
        tip="Input size divided by feature size. Smaller is denser and slower.",
    )


def keeps_rate_control(default: bool) -> Any:
    """The field of :class:`BackboneSettings`, for a network published the other way."""
    return control(
        default,
        kind="geometry",
        label="First unit keeps rate",
        tip="Where a stride was removed, the unit that had it keeps the rate before it "
        "(torchvision's ResNets) or takes the new one at once (PSPNet, MobileNet v3).",
    )


class BackboneSettings(NetworkSettings):
    """Geometry of a backbone whose strides are traded for rates."""

    output_stride: Literal[8, 16, 32] = output_stride_control(8)
    multi_grid: tuple[int, ...] = control(
        (1, 1, 1),
        kind="geometry",
        label="Multi-grid",
        symbol="MG",
        ge=1,
        le=8,
        tip="Unit rates (r₁, r₂, r₃) of the last block, multiplied by its rate.",
    )
    first_unit_keeps_rate: bool = keeps_rate_control(True)

    @model_validator(mode="after")
    def _three_unit_rates(self) -> Self:
        if len(self.multi_grid) != 3:
            raise ValueError("multi-grid has three unit rates")
        return self
