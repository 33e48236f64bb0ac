"""Five stages of plain 3x3 convolutions and poolings (VGG), any convolution of which may go.

Layers are numbered as torchvision numbers them. Below output stride 32 the last poolings
keep the size and everything behind them is dilated, so that each cell of the coarse map
keeps its value.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import StageTable, read_table, set_atrous
from segviewer.layers.of_kind import of_kind

GROWTH = (1, 2, 4, 8, 8)  # channels of each stage, in widths
# Stride of the pooling behind each stage, and rate of its convolutions, at an output stride.
GEOMETRY: StageTable = {
    8: ((2, 1), (2, 1), (2, 1), (1, 2), (1, 4)),
    16: ((2, 1), (2, 1), (2, 1), (2, 1), (1, 2)),
    32: ((2, 1), (2, 1), (2, 1), (2, 1), (2, 1)),
}


class PlainStages(nn.Sequential):
    """Convolution, batch norm if `normalised`, ReLU; a pooling behind each stage.

    Parameters
    ----------
    stage_layers : tuple of int
        Convolutions of each of the five stages.
    width : int
        Channels of the first stage.
    normalised : bool
        Batch norm behind each convolution.

    Attributes
    ----------
    channels : int
        Channels of the last stage.
    """

    def __init__(self, stage_layers: tuple[int, ...], width: int, normalised: bool):
        parts: list[nn.Module] = []
        cin = 3
        stages: list[list[range]] = []
        for growth, layers in zip(GROWTH, stage_layers, strict=True):
            places = []
            for _ in range(layers):
                start = len(parts)
                parts.append(nn.Conv2d(cin, growth * width, 3, padding=1))
                parts += [nn.BatchNorm2d(growth * width)] if normalised else []
                parts.append(nn.ReLU(inplace=True))
                places.append(range(start, len(parts)))
                cin = growth * width
            parts.append(nn.MaxPool2d(2))
            stages.append(places)
        super().__init__(*parts)
        self.channels = cin
        # Numbers of each convolution's own layers, stage by stage.
        self._stages = stages
        self._gone: list[range] = []

    def reconfigure(self, output_stride: int, delete_first: int, delete_count: int) -> int:
        """Set strides and rates, and leave convolutions out, counted from 1 (0: none).

        Parameters
        ----------
        output_stride : int
            8, 16 or 32.
        delete_first : int
            Number of the first convolution that is left out, from 1; 0: none is.
        delete_count : int
            How many.

        Returns
        -------
        int
            Rate for what follows.
        """
        plan = read_table(GEOMETRY, output_stride, first_unit_keeps_rate=True)
        for geometry, places in zip(plan, self._stages, strict=True):
            for place in places:
                set_atrous(of_kind(self[place.start], nn.Conv2d), rate=geometry.first_rate)
            pooling = of_kind(self[places[-1].stop], nn.MaxPool2d)
            pooling.stride, pooling.dilation = geometry.stride, geometry.first_rate
        every = [place for places in self._stages for place in places]
        first = min(delete_first, len(every))
        self._gone = every[first - 1 :][:delete_count] if first else []
        return plan[-1].rate

    def forward(self, x: Tensor) -> Tensor:
        """Return the last pooling's map of `x` (B, 3, H, W)."""
        for places in self._stages:
            for place in places:
                if place in self._gone:
                    x = _with_channels(x, of_kind(self[place.start], nn.Conv2d).out_channels)
                    continue
                for index in place:
                    x = self[index](x)
            pooling = of_kind(self[places[-1].stop], nn.MaxPool2d)
            if pooling.stride == 1:  # keeps the size; what lies outside is never the largest
                reach = of_kind(pooling.dilation, int)
                x = F.pad(x, (0, reach, 0, reach), value=float("-inf"))
            x = pooling(x)  # half the sides, or the same at stride 1
        return x


def _with_channels(x: Tensor, channels: int) -> Tensor:
    """`x` (B, C, h, w) with `channels` channels: the first ones, or zeros behind them."""
    return F.pad(x[:, :channels], (0, 0, 0, 0, 0, max(0, channels - x.shape[1])))
