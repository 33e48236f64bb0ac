"""Settings that DeepLab v3 and v3+ share: the atrous backbone and the pyramid behind it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from segviewer.networks.backbone_settings import (
    keeps_rate_control,
    multi_grid_control,
    output_stride_control,
    three_unit_rates,
)
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


def pyramid_kernel_control() -> Any:
    """The field that says how wide the pyramid's projection is."""
    return control(1, kind="structure", label="Projection's kernel")


class PyramidSettings(NetworkSettings):
    """Geometry of a backbone at some output stride and of ASPP."""

    output_stride: Literal[8, 16, 32] = output_stride_control(
        8,
        tip="Input size divided by feature size. Smaller is denser and slower; the rates "
        "belong to it: halve the stride, double the rates.",
    )
    atrous_rates: tuple[int, ...] = control(
        (12, 24, 36),
        kind="geometry",
        label="Atrous rates",
        symbol="r",
        unit="cells",
        ge=1,
        le=48,
        tip="Rate r of each 3×3 branch: its taps lie r feature cells apart, "
        "so it spans (2r+1) × OS pixels.",
    )
    branches: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Branches",
        item_labels=("1×1", "r₁", "r₂", "r₃"),
        tip="Enabled branches of the pyramid; one switched off gives zeros.",
    )
    image_pooling: bool = control(
        True,
        kind="geometry",
        label="Image pooling",
        tip="Global average of the features, the same at every cell: what the picture is about.",
    )
    multi_grid: tuple[int, ...] = multi_grid_control()
    first_unit_keeps_rate: bool = keeps_rate_control(True)

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        wanted = len(self.atrous_rates) + 1
        if len(self.branches) != wanted:
            raise ValueError(f"{wanted} branches: the 1×1 and one for each rate")
        three_unit_rates(self.multi_grid)
        return self
