"""Levels of the dilated residual networks (Yu, Koltun, Funkhouser 2017), forms A, C and D.

A is a ResNet whose last two strides became dilation. C has a level more on each side of
the residual ones: convolutions in place of the early max pooling, and behind the dilated
levels two more of falling dilation, without shortcuts, which take the grid out of the map
("degridding"). D is C with plain convolutions in levels 1, 2, 7 and 8.

Names are those of fyu/drn. As there, a degridding unit that changes the number of channels
(level 7 behind bottlenecks) has a projection that is used only when shortcuts are on.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.resnet import BasicBlock, Bottleneck

SMALL, LARGE, LARGER = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3)
# Units of each level; in D, convolutions in the first and last two.
UNITS = {
    "A-18": SMALL,
    "A-34": LARGE,
    "A-50": LARGE,
    "C-26": (1, 1, *SMALL, 1, 1),
    "C-42": (1, 1, *LARGE, 1, 1),
    "C-58": (1, 1, *LARGE, 1, 1),
    "D-22": (1, 1, *SMALL, 1, 1),
    "D-24": (1, 1, *SMALL, 2, 2),
    "D-38": (1, 1, *LARGE, 1, 1),
    "D-40": (1, 1, *LARGE, 2, 2),
    "D-54": (1, 1, *LARGE, 1, 1),
    "D-56": (1, 1, *LARGE, 2, 2),
    "D-105": (1, 1, *LARGER, 1, 1),
    "D-107": (1, 1, *LARGER, 2, 2),
}
BOTTLENECKS = ("A-50", "C-58", "D-54", "D-56", "D-105", "D-107")
# Channels and stride of each level.
A_LEVELS = ((64, 1), (128, 2), (256, 1), (512, 1))
CD_LEVELS = ((16, 1), (32, 2), (64, 2), (128, 2), (256, 1), (512, 1), (512, 1), (512, 1))
DEGRIDDING_RATES = (2, 1)


class DRNBlock(BasicBlock):
    """BasicBlock whose convolutions have rates of their own and whose shortcut can go.

    Parameters
    ----------
    cin, width : int
        Channels in and out.
    stride : int
        Of the first convolution.
    """

    def __init__(self, cin: int, width: int, stride: int):
        super().__init__(cin, width, stride)
        self.has_shortcut = True

    def reconfigure(self, stride: int, rate: int, first_rate: int = 0) -> None:
        """Set the stride, and the rates of both convolutions (`first_rate` 0: the same).

        Parameters
        ----------
        stride : int
            Of the first convolution.
        rate : int
            Of both.
        first_rate : int
            Of the first, where it has its own.
        """
        super().reconfigure(stride, rate)
        set_atrous(self.conv1, stride=stride, rate=first_rate or rate)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) if self.has_shortcut else self.relu(self.residual(x))


def conv_level(cin: int, width: int, stride: int, number: int) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU, `number` times; the first has the stride.

    Parameters
    ----------
    cin, width : int
        Channels in and out.
    stride : int
        Of the first convolution.
    number : int
        Convolutions.
    """
    level = nn.Sequential()
    for _ in range(number):
        level.append(nn.Conv2d(cin, width, 3, stride, padding=1, bias=False))
        level.extend([nn.BatchNorm2d(width), nn.ReLU(inplace=True)])
        cin, stride = width, 1
    return level


class DRNBackbone(nn.Module):
    """The levels of one form.

    Parameters
    ----------
    variant : str
        A key of `UNITS`.
    width : float
        Factor on every number of channels; the published networks have 1.

    Attributes
    ----------
    channels : dict
        Widths of the maps: `out`, and `degridded`.
    """

    def __init__(self, variant: str, width: float = 1.0):
        super().__init__()
        self.form = variant[0]
        levels = A_LEVELS if self.form == "A" else CD_LEVELS
        cin, ends = max(1, round(levels[0][0] * width)), []
        if self.form == "D":
            self.layer0 = nn.Sequential(
                nn.Conv2d(3, cin, 7, padding=3, bias=False),
                nn.BatchNorm2d(cin),
                nn.ReLU(inplace=True),
            )
        else:
            self.conv1 = nn.Conv2d(3, cin, 7, 2 if self.form == "A" else 1, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(cin)
            self.relu = nn.ReLU(inplace=True)
        # C and D have levels 1 and 2 in its place.
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if self.form == "A" else None
        deep: type[Bottleneck] | type[DRNBlock]
        deep = Bottleneck if variant in BOTTLENECKS else DRNBlock
        for number, units in enumerate(UNITS[variant], start=1):
            channels, stride = levels[number - 1]
            channels = max(1, round(channels * width))
            outer = self.form != "A" and number in (1, 2, 7, 8)
            if outer and self.form == "D":
                level = conv_level(cin, channels, stride, units)
                cin = channels
            else:
                level, block = nn.Sequential(), DRNBlock if outer else deep
                for index in range(units):
                    level.append(block(cin, channels, 1 if index else stride))
                    cin = channels * block.expansion
            self.add_module(f"layer{number}", level)
            ends.append(cin)
        self._last = min(6, len(ends))  # level before degridding
        self.channels = {"out": ends[self._last - 1], "degridded": ends[-1]}
        self._initialise()

    def _initialise(self) -> None:
        initialise_he(self)
        blocks = [m for m in self.modules() if isinstance(m, BasicBlock | Bottleneck)]
        for block in blocks:
            # n branches of this size keep an untrained sum in range, whatever n is.
            last = block.bn3 if isinstance(block, Bottleneck) else block.bn2
            nn.init.constant_(last.weight, len(blocks) ** -0.5)
        for level in self.degridding_levels():
            for unit in level:
                if isinstance(unit, DRNBlock):  # without a shortcut there is no sum
                    nn.init.ones_(unit.bn2.weight)

    def degridding_levels(self) -> tuple[nn.Sequential, ...]:
        """Levels 7 and 8, or nothing in form A."""
        return () if self.form == "A" else (self.level(7), self.level(8))

    def level(self, number: int) -> nn.Sequential:
        """A level (of A: a layer), counted from 1."""
        return of_kind(self.get_submodule(f"layer{number}"), nn.Sequential)

    def reconfigure(
        self,
        dilation: tuple[int, int],
        *,
        early_max_pool: bool,
        first_block_keeps_rate: bool,
        shortcuts: bool,
    ) -> None:
        """Change the geometry in place.

        Parameters
        ----------
        dilation : tuple of int
            Rates of groups 5 and 6: levels 5 and 6 of C and D, layers 3 and 4 of A.
        early_max_pool : bool
            A: False takes every second cell in place of the largest of 3x3 around it, so
            that what follows finds its input where it was trained to.
        first_block_keeps_rate : bool
            A: in the first block of a dilated layer, the convolution whose stride was removed
            keeps the rate before it, as the receptive field of the ResNet wants it. False:
            that block is not dilated at all, which is what fyu/drn runs.
        shortcuts : bool
            C: shortcuts in the degridding levels, which makes it DRN-B.
        """
        if self.maxpool is not None:
            side = 3 if early_max_pool else 1
            self.maxpool.kernel_size, self.maxpool.padding = side, side // 2
        before = 1
        for number, rate in zip((3, 4) if self.form == "A" else (5, 6), dilation, strict=True):
            for index, block in enumerate(self.level(number)):
                assert isinstance(block, DRNBlock | Bottleneck)
                if index or self.form != "A":
                    block.reconfigure(1, rate)
                elif not first_block_keeps_rate:
                    block.reconfigure(1, 1)
                elif isinstance(block, DRNBlock):
                    block.reconfigure(1, rate, before)
                else:
                    block.reconfigure(1, before)
            before = rate
        for level, rate in zip(self.degridding_levels(), DEGRIDDING_RATES, strict=False):
            for layer in level:
                if isinstance(layer, DRNBlock):
                    layer.reconfigure(1, rate)
                    layer.has_shortcut = shortcuts
                elif isinstance(layer, nn.Conv2d):
                    set_atrous(layer, rate=rate)

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, channels["out"], H/8, W/8) of `image` (B, 3, H, W), before degridding."""
        x = self.layer0(image) if self.form == "D" else self.relu(self.bn1(self.conv1(image)))
        if self.maxpool is not None:
            x = self.maxpool(x)  # (B, C, H/4, W/4)
        for number in range(1, self._last + 1):
            x = self.level(number)(x)
        out: Tensor = x  # (B, channels["out"], H/8, W/8)
        return out

    def fixed_units(self, level: nn.Sequential) -> list[nn.Module]:
        """Units of a degridding level that change the channels and so cannot be left out."""
        units: list[tuple[nn.Module, nn.Conv2d]] = []  # and what changes its channels
        if self.form == "D":
            for start in range(0, len(level), 3):
                units.append((level[start : start + 3], of_kind(level[start], nn.Conv2d)))
        else:
            units = [(unit, of_kind(unit, DRNBlock).conv1) for unit in level]
        return [unit for unit, conv in units if conv.in_channels != conv.out_channels]

    def degrid(self, x: Tensor, levels: tuple[bool, bool]) -> Tensor:
        """Take the grid out of `x` (B, channels["out"], h, w) by the levels that are on."""
        for level, on in zip(self.degridding_levels(), levels, strict=False):
            for part in [level] if on else self.fixed_units(level):
                x = part(x)
        return x


class FixedBilinear(nn.Module):
    """Deconvolution of kernel 16 and stride 8 by a bilinear kernel that is not trained.

    A buffer `weight` (K, 1, 16, 16), for published files carry it.
    """

    weight: Tensor

    def __init__(self, num_classes: int):
        super().__init__()
        ramp = 1 - (torch.arange(16.0) - 7.5).abs() / 8
        kernel = torch.outer(ramp, ramp)
        self.register_buffer("weight", kernel.repeat(num_classes, 1, 1, 1))

    def forward(self, scores: Tensor) -> Tensor:
        """Map (B, K, h, w) to (B, K, 8h, 8w)."""
        classes = len(self.weight)
        return F.conv_transpose2d(scores, self.weight, stride=8, padding=4, groups=classes)
