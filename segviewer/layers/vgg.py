"""VGG-16's thirteen convolutions in five stages, named as Caffe's users name them.

Simonyan and Zisserman 2014, column D. FCN, SegNet, DeepLab v1 and Dilation8 differ in what
is around the same convolutions: padding of the first one, poolings, rates, batch norm.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

from segviewer.layers.atrous import set_atrous
from segviewer.layers.of_kind import of_kind

CONVOLUTIONS = (2, 2, 3, 3, 3)  # of each stage
GROWTH = (1, 2, 4, 8, 8)  # channels of each stage, in widths


class VGG16(nn.Module):
    """Convolutions ``conv1_1`` … ``conv5_3`` with ReLUs, and a pooling behind each stage.

    Parameters
    ----------
    width : int
        Channels of the first stage; 64 in the paper.
    poolings : iterable of nn.Module
        The five that become ``pool1`` … ``pool5``.
    first_padding : int
        Padding of conv1_1 (FCN: 100).
    padded : bool
        Whether the other convolutions keep the size.
    normalised : bool
        Batch norm ``conv1_1_bn`` … behind each convolution.

    Attributes
    ----------
    channels : tuple of int
        Of each stage.
    """

    def __init__(
        self,
        width: int,
        poolings: Iterable[nn.Module],
        *,
        first_padding: int = 1,
        padded: bool = True,
        normalised: bool = False,
    ):
        super().__init__()
        self.channels = tuple(growth * width for growth in GROWTH)
        self.padded, self.normalised = padded, normalised
        cin, padding = 3, first_padding
        for stage, pooling in enumerate(poolings, start=1):
            cout = self.channels[stage - 1]
            for name in self.names(stage):
                self.add_module(name, nn.Conv2d(cin, cout, 3, padding=padding))
                if normalised:
                    self.add_module(f"{name}_bn", nn.BatchNorm2d(cout))
                cin, padding = cout, int(padded)
            self.add_module(f"pool{stage}", pooling)
        self.relu = nn.ReLU(inplace=True)

    @staticmethod
    def names(stage: int) -> tuple[str, ...]:
        """Names of the convolutions of a stage, counted from 1."""
        return tuple(f"conv{stage}_{n}" for n in range(1, CONVOLUTIONS[stage - 1] + 1))

    def pooling(self, stage: int) -> nn.Module:
        """The pooling behind a stage, counted from 1."""
        return self.get_submodule(f"pool{stage}")

    def set_rate(self, stage: int, rate: int) -> None:
        """Set the rate of a stage's convolutions in place, counted from 1."""
        for name in self.names(stage):
            conv = of_kind(self.get_submodule(name), nn.Conv2d)
            set_atrous(conv, rate=rate)
            if not self.padded:
                conv.padding = (0, 0)

    def stage(self, stage: int, x: Tensor) -> Tensor:
        """Convolutions of a stage, its pooling left out."""
        for name in self.names(stage):
            x = self.get_submodule(name)(x)
            if self.normalised:
                x = self.get_submodule(f"{name}_bn")(x)
            x = self.relu(x)
        return x

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Maps ``pool1`` … ``pool5`` behind the poolings, of `image` (B, 3, H, W)."""
        maps, x = {}, image
        for stage in range(1, len(CONVOLUTIONS) + 1):
            maps[f"pool{stage}"] = x = self.pooling(stage)(self.stage(stage, x))
        return maps


class FullyConnected(nn.Sequential):
    """``fc6`` (k x k), ``fc7`` (1 x 1) as convolutions, each with ReLU and dropout.

    Parameters
    ----------
    cin, channels : int
    kernel, rate, padding : int
        Of fc6.
    """

    def __init__(self, cin: int, channels: int, kernel: int = 7, rate: int = 1, padding: int = 0):
        super().__init__()
        self.fc6 = nn.Conv2d(cin, channels, kernel, padding=padding, dilation=rate)
        self.relu6, self.drop6 = nn.ReLU(inplace=True), nn.Dropout()
        self.fc7 = nn.Conv2d(channels, channels, 1)
        self.relu7, self.drop7 = nn.ReLU(inplace=True), nn.Dropout()
