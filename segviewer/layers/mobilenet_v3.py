"""MobileNetV3-Large as an atrous backbone (Howard et al. 2019, table 1).

Names are those of torchvision's segmentation networks: index 0 is the stem, 1 to 15 the
inverted residuals, 16 the last 1x1 convolution. Channels and kernels are the paper's; batch
norm has eps 1e-3 and momentum 0.01 as in torchvision.
"""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import StageTable, read_table, set_atrous
from segviewer.layers.of_kind import of_kind

STEM_CHANNELS = 16
LAST_CHANNELS = 960
LOW_LEVEL_UNIT = 3  # the last unit at stride 4, 24 channels
AUXILIARY_UNIT = 4  # the first unit at stride 8, 40 channels: torchvision's auxiliary tap

# stage stride, then per unit: kernel, expanded channels, output channels,
# squeeze-and-excitation, hard swish (else ReLU)
STAGES = (
    (1, ((3, 16, 16, False, False),)),
    (2, ((3, 64, 24, False, False), (3, 72, 24, False, False))),
    (2, ((5, 72, 40, True, False), (5, 120, 40, True, False), (5, 120, 40, True, False))),
    (
        2,
        (
            (3, 240, 80, False, True),
            (3, 200, 80, False, True),
            (3, 184, 80, False, True),
            (3, 184, 80, False, True),
            (3, 480, 112, True, True),
            (3, 672, 112, True, True),
        ),
    ),
    (2, ((5, 672, 160, True, True), (5, 960, 160, True, True), (5, 960, 160, True, True))),
)

# Stride and rate of each stage at an output stride, behind the stem's stride of 2.
GEOMETRY: StageTable = {
    8: ((1, 1), (2, 1), (2, 1), (1, 2), (1, 4)),
    16: ((1, 1), (2, 1), (2, 1), (2, 1), (1, 2)),
    32: ((1, 1), (2, 1), (2, 1), (2, 1), (2, 1)),
}


def _round_to_eight(channels: int) -> int:
    """Nearest multiple of eight, or the next one where the nearest would lose a tenth."""
    rounded = (channels + 4) // 8 * 8
    return rounded if rounded >= 0.9 * channels else rounded + 8


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and, unless linear, an activation.

    Parameters
    ----------
    cin, cout, kernel, stride, groups : int
        Of the convolution.
    activation : type of nn.Module, optional
        None: linear.
    """

    def __init__(
        self,
        cin: int,
        cout: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None = None,
    ):
        super().__init__(
            nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01),
        )
        if activation is not None:
            self.append(activation(inplace=True))


class SqueezeExcitation(nn.Module):
    """Scales each channel by a gate computed from the global average."""

    def __init__(self, channels: int):
        super().__init__()
        squeezed = _round_to_eight(channels // 4)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.activation = nn.ReLU()
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        gate = self.fc2(self.activation(self.fc1(self.avgpool(x))))  # (B, C, 1, 1)
        y: Tensor = x * self.scale_activation(gate)
        return y


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise k x k, optional gate, project 1x1; adds its input where it can.

    Parameters
    ----------
    cin, stride, kernel, width, cout : int
        Channels in; stride and kernel of the depthwise convolution; channels inside and out.
    gated : bool
        Squeeze-and-excitation behind the depthwise convolution.
    swish : bool
        Hard swish, else ReLU.
    """

    def __init__(
        self, cin: int, stride: int, kernel: int, width: int, cout: int, gated: bool, swish: bool
    ):
        super().__init__()
        activation: type[nn.Module] = nn.Hardswish if swish else nn.ReLU
        self.block = nn.Sequential()
        if width != cin:
            self.block.append(ConvNorm(cin, width, 1, activation=activation))
        depthwise = ConvNorm(
            width, width, kernel, stride=stride, groups=width, activation=activation
        )
        self.block.append(depthwise)
        if gated:
            self.block.append(SqueezeExcitation(width))
        self.block.append(ConvNorm(width, cout, 1))
        self._depthwise = list(self.block).index(depthwise)
        # Decided by the trained stride: a stride removed for atrous running must not
        # create a shortcut that the weights never saw.
        self.adds_input = stride == 1 and cin == cout

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set stride and rate of the depthwise convolution."""
        depthwise = of_kind(self.block[self._depthwise], ConvNorm)
        set_atrous(of_kind(depthwise[0], nn.Conv2d), stride=stride, rate=rate)

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)  # (B, cout, h/s, w/s)
        out: Tensor = x + y if self.adds_input else y
        return out


class MobileNetV3Large(nn.Sequential):
    """Backbone with outputs at stride 4 (`low_level`, 24 ch), `auxiliary` (40) and `out` (960)."""

    channels = {"low_level": 24, "auxiliary": 40, "out": LAST_CHANNELS}

    def __init__(self) -> None:
        super().__init__(ConvNorm(3, STEM_CHANNELS, 3, stride=2, activation=nn.Hardswish))
        cin = STEM_CHANNELS
        for stage_stride, units in STAGES:
            for index, unit in enumerate(units):
                self.append(InvertedResidual(cin, stage_stride if index == 0 else 1, *unit))
                cin = unit[2]
        self.append(ConvNorm(cin, LAST_CHANNELS, 1, activation=nn.Hardswish))
        # torchvision's geometry; the owning network sets its own right after.
        self.reconfigure(16, (1, 1, 1), first_unit_keeps_rate=False)

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies the last three units.

        Parameters
        ----------
        output_stride : int
            8, 16 or 32.
        multi_grid : tuple of int
            Factors on the rates of the last three units.
        first_unit_keeps_rate : bool
            See :func:`segviewer.layers.atrous.plan_stages`.
        """
        plan = read_table(GEOMETRY, output_stride, first_unit_keeps_rate)
        placed = []
        for geometry, (_, units) in zip(plan, STAGES, strict=True):
            placed.append((geometry.stride, geometry.first_rate))
            placed.extend([(1, geometry.rate)] * (len(units) - 1))
        grid = (1,) * (len(placed) - len(multi_grid)) + tuple(multi_grid)
        residuals = list(self)[1:-1]
        for unit, (stride, rate), factor in zip(residuals, placed, grid, strict=True):
            of_kind(unit, InvertedResidual).reconfigure(stride, rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        x, features = image, {}
        for index, part in enumerate(self):
            x = part(x)
            if index == LOW_LEVEL_UNIT:
                features["low_level"] = x
            elif index == AUXILIARY_UNIT:
                features["auxiliary"] = x
        features["out"] = x
        return features
