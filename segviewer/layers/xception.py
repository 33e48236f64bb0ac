"""Aligned Xception as an atrous backbone (Chen et al. 2018, DeepLab v3+, figure 4).

Against Chollet's Xception (2017): strided separable convolutions in place of the max
poolings, a batch norm behind each depthwise convolution, and a middle flow of 16 blocks.

Names are jfzhang95's, and so is what departs from the figure: no ReLU behind a depthwise
convolution, and a shortcut that carries the ReLU of its input where the block begins with
one, for that ReLU works in place.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import plan_stages, set_atrous

STEM_STRIDE = 2
# Channels, and whether the block begins with a ReLU, of the strided blocks of the entry flow.
ENTRY = ((128, False), (256, False), (728, True))
MIDDLE_BLOCKS = 16
EXIT = ((1024, 1536), (1536, 1536), (1536, 2048))


class SeparableConvolution(nn.Module):
    """Depthwise 3x3, batch norm, pointwise."""

    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False)
        self.bn = nn.BatchNorm2d(cin)
        self.pointwise = nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pointwise(self.bn(self.conv1(x)))
        return y


class XceptionBlock(nn.Module):
    """Three times ReLU, separable convolution and batch norm beside a shortcut.

    Parameters
    ----------
    widths : tuple of four int
        Channels in, and behind each convolution.
    begins_with_relu : bool
    projects : bool
        A 1x1 convolution in the shortcut, which takes the stride.
    """

    def __init__(self, widths: tuple[int, ...], begins_with_relu: bool, projects: bool):
        super().__init__()
        self.skip = nn.Conv2d(widths[0], widths[-1], 1, bias=False) if projects else None
        self.skipbn = nn.BatchNorm2d(widths[-1]) if projects else None
        parts: list[nn.Module] = []
        for cin, cout in zip(widths, widths[1:], strict=False):
            parts += [nn.ReLU(), SeparableConvolution(cin, cout), nn.BatchNorm2d(cout)]
        self.begins_with_relu = begins_with_relu
        self.rep = nn.Sequential(*parts[not begins_with_relu :])

    def reconfigure(self, stride: int, rates: tuple[int, int, int]) -> None:
        """Set the stride of the last convolution and the rates of all three.

        Parameters
        ----------
        stride : int
        rates : tuple of int
        """
        convs = [part.conv1 for part in self.rep if isinstance(part, SeparableConvolution)]
        for conv, rate in zip(convs, rates, strict=True):
            set_atrous(conv, stride=stride if conv is convs[-1] else 1, rate=rate)
        if self.skip is not None:
            set_atrous(self.skip, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        if self.begins_with_relu:
            x = F.relu(x)  # once more in `rep`, which changes nothing
        shortcut = x
        if self.skip is not None and self.skipbn is not None:
            shortcut = self.skipbn(self.skip(x))
        y: Tensor = self.rep(x) + shortcut
        return y


class Xception(nn.Module):
    """Backbone with outputs `low_level` (128 ch), `auxiliary` (728) and `out` (2048)."""

    channels = {"low_level": 128, "auxiliary": 728, "out": 2048}

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, 2, padding=1, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        cin, blocks = 64, []
        for cout, begins_with_relu in ENTRY:
            blocks.append(XceptionBlock((cin, cout, cout, cout), begins_with_relu, True))
            cin = cout
        blocks += [XceptionBlock((cin,) * 4, True, False) for _ in range(MIDDLE_BLOCKS)]
        last = EXIT[0][0]
        blocks.append(XceptionBlock((cin, cin, last, last), True, True))
        for number, block in enumerate(blocks, 1):
            self.add_module(f"block{number}", block)
        self.blocks = len(blocks)
        for number, (cin, cout) in enumerate(EXIT, 3):
            self.add_module(f"conv{number}", SeparableConvolution(cin, cout))
            self.add_module(f"bn{number}", nn.BatchNorm2d(cout))

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies the last three convolutions.

        An output stride of 32 gives the exit flow the stride of the image classifier.

        Parameters
        ----------
        output_stride : int
            8, 16 or 32.
        multi_grid : tuple of int
            Factors on the rates of the last three units.
        first_unit_keeps_rate : bool
            See :func:`segviewer.layers.atrous.plan_stages`.
        """
        *entry, last = plan_stages((2, 2, 2, 2), STEM_STRIDE, output_stride, True)
        for number, geometry in enumerate(entry, 1):
            before = geometry.first_rate
            getattr(self, f"block{number}").reconfigure(geometry.stride, (before,) * 3)
        middle = entry[-1].rate
        for number in range(len(entry) + 1, self.blocks):
            getattr(self, f"block{number}").reconfigure(1, (middle,) * 3)
        # The convolution that would have the stride is never dilated in jfzhang95's networks.
        kept = 1 if first_unit_keeps_rate else middle
        getattr(self, f"block{self.blocks}").reconfigure(last.stride, (middle, middle, kept))
        for number, factor in zip((3, 4, 5), multi_grid, strict=True):
            set_atrous(getattr(self, f"conv{number}").conv1, rate=last.rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        x = self.relu(self.bn1(self.conv1(image)))
        x = self.relu(self.bn2(self.conv2(x)))
        maps = {}
        for number in range(1, self.blocks + 1):
            x = getattr(self, f"block{number}")(x)
            if number == 1:
                maps["low_level"] = x = self.relu(x)
            elif number == self.blocks - 1:
                maps["auxiliary"] = x
        x = self.relu(x)
        for number in (3, 4, 5):
            x = self.relu(getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(x)))
        return maps | {"out": x}
