"""Blocks 5 to 7 of the cascade of DeepLab v3 (figure 3): replicas of a backbone's last block."""

from __future__ import annotations

from itertools import islice

from torch import Tensor, nn

from segviewer.layers.atrous import plan_stages, set_atrous
from segviewer.layers.efficientnet_lite import InvertedResidual
from segviewer.layers.of_kind import of_kind
from segviewer.layers.resnet import Bottleneck

BLOCKS = 3
RESNET_UNITS = 3
BACKBONE_HALVINGS = 5  # stride 32 as trained
EXPANSION = 6  # of EfficientNet-Lite0's last stage


def _projection(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))


class _Shortcut(nn.Module):
    """Shortcut of a block's first unit: projection, or the input at the unit's stride."""

    def __init__(self, channels: int, projection: bool):
        super().__init__()
        self.projection = _projection(channels) if projection else None
        self.stride = 1
        self.identity = False

    def forward(self, x: Tensor) -> Tensor:
        x = x[..., :: self.stride, :: self.stride]  # (B, C, ⌈h/s⌉, ⌈w/s⌉)
        return x if self.projection is None or self.identity else self.projection(x)


class CascadedBottleneck(Bottleneck):
    """Bottleneck of a ResNet whose shortcut stays an identity where it has a stride."""

    def __init__(self, channels: int, projection: bool):
        super().__init__(channels, channels // self.expansion, 1)
        self.shortcut = _Shortcut(channels, projection)

    def reconfigure(self, stride: int, rate: int, stage_rate: int = 0) -> None:
        """Set stride and rate, and the shortcut's stride.

        Parameters
        ----------
        stride, rate : int
        stage_rate : int
            As in :class:`Bottleneck`, of no use here.
        """
        super().reconfigure(stride, rate)
        if hasattr(self, "shortcut"):  # the base's constructor calls this too
            self.shortcut.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.residual(x) + self.shortcut(x))
        return y


class CascadedInvertedResidual(InvertedResidual):
    """Inverted residual of EfficientNet-Lite0's last stage with such a shortcut."""

    def __init__(self, channels: int, projection: bool):
        super().__init__(channels, channels, 3, 1, EXPANSION)
        self.shortcut = _Shortcut(channels, projection)

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set stride and rate of the depthwise convolution, and the shortcut's stride."""
        set_atrous(of_kind(self.depthwise[0], nn.Conv2d), stride=stride, rate=rate)
        self.shortcut.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.shortcut(x) + self.project(self.depthwise(self.expand(x)))
        return y


class Cascade(nn.ModuleList):
    """Three blocks after a backbone; the first so many of them run.

    A block is three bottlenecks behind a ResNet and one inverted residual behind
    EfficientNet-Lite0, as their last stages are.

    Parameters
    ----------
    backbone : str
        Name of the backbone in front.
    channels : int
        Its output channels, and the blocks'.
    projection : bool
        The first unit of each block has a 1x1 convolution and batch norm in its shortcut.
    """

    def __init__(self, backbone: str, channels: int, projection: bool):
        resnet = backbone.startswith("resnet")
        unit: type[CascadedBottleneck] | type[CascadedInvertedResidual]
        unit = CascadedBottleneck if resnet else CascadedInvertedResidual
        units = RESNET_UNITS if resnet else 1
        super().__init__(
            nn.Sequential(*(unit(channels, projection and index == 0) for index in range(units)))
            for _ in range(BLOCKS)
        )
        self.running = BLOCKS

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], blocks: int, identity: bool
    ) -> None:
        """Set strides and rates for an `output_stride` up to 256, and how many blocks run.

        A block has stride 2, or where that would pass `output_stride`, twice the rate before
        it in all its units. `multi_grid` multiplies the units' rates, or its last factor the
        rate of a single unit.

        Parameters
        ----------
        output_stride : int
            8 … 256, of the last block.
        multi_grid : tuple of int
            Factors on the rates of a block's three units.
        blocks : int
            How many run, 0 to 3.
        identity : bool
            Leave the projections in the shortcuts out.
        """
        # The backbone is five halvings; where it gave up strides the rate is theirs already.
        halvings = (2,) * (BACKBONE_HALVINGS + BLOCKS)
        plan = plan_stages(halvings, 1, output_stride, False)[BACKBONE_HALVINGS:]
        for block, geometry in zip(self, plan, strict=True):
            units = of_kind(block, nn.Sequential)
            grid = multi_grid[-len(units) :]
            for index, (unit, factor) in enumerate(zip(units, grid, strict=True)):
                assert isinstance(unit, CascadedBottleneck | CascadedInvertedResidual)
                unit.reconfigure(geometry.stride if index == 0 else 1, geometry.rate * factor)
                unit.shortcut.identity = identity
        self.running = blocks

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, h, w) to the same channels, at a smaller size where it strides."""
        for block in islice(self, self.running):
            x = block(x)
        return x
