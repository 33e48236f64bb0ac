"""A dilated residual network (Yu, Koltun, Funkhouser 2017) as the backbone of other heads."""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import plan_stages
from segviewer.layers.drn import DRNBackbone

STRIDE = 8  # in front of the two dilated levels
DILATED = (5, 6)
LEVELS = {3: "low_level", 5: "auxiliary", 8: "out"}


class AtrousDRN(nn.Module):
    """Form C or D with outputs `low_level` (level 3), `auxiliary` (level 5) and `out` (level 8).

    The dilated levels take the strides they would have had in a classifier where the output
    stride is above 8; the degridding levels keep their rates.

    Parameters
    ----------
    name : str
        ``drn_d_54``, say: a form of `layers.drn.UNITS`.
    """

    def __init__(self, name: str):
        super().__init__()
        backbone = DRNBackbone(name.removeprefix("drn_").replace("_", "-").upper())
        backbone.reconfigure(
            (2, 4), early_max_pool=True, first_block_keeps_rate=False, shortcuts=False
        )
        # Its parts under their own names, as files have them.
        for part, module in backbone.named_children():
            self.add_module(part, module)
        self.form = backbone.form
        ends = {level: getattr(self, f"layer{level}")[-1] for level in (3, 5)}
        norms = {level: getattr(unit, "bn3", None) or unit.bn2 for level, unit in ends.items()}
        self.channels = {LEVELS[level]: norm.num_features for level, norm in norms.items()}
        self.channels["out"] = backbone.channels["degridded"]

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies the last dilated units.

        Parameters
        ----------
        output_stride : int
            8, 16 or 32.
        multi_grid : tuple of int
            Factors on the rates of the last three units.
        first_unit_keeps_rate : bool
            See :func:`segviewer.layers.atrous.plan_stages`.
        """
        plan = plan_stages((2, 2), STRIDE, output_stride, first_unit_keeps_rate)
        for level, geometry in zip(DILATED, plan, strict=True):
            units = getattr(self, f"layer{level}")
            grid = [1] * len(units)
            if level == DILATED[-1]:
                grid[-len(multi_grid) :] = multi_grid[-len(units) :]
            for index, (unit, factor) in enumerate(zip(units, grid, strict=True)):
                rate = geometry.rate if index else geometry.first_rate
                unit.reconfigure(1 if index else geometry.stride, rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        x, maps = image, {}
        for name in ("layer0",) if self.form == "D" else ("conv1", "bn1", "relu"):
            x = self.get_submodule(name)(x)
        for level in range(1, 9):
            x = getattr(self, f"layer{level}")(x)
            if level in LEVELS:
                maps[LEVELS[level]] = x
        return maps
