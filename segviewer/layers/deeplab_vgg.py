"""VGG-16 as DeepLab's atrous backbone: 3x3 poolings, the last two without stride.

Against VGG-16 the poolings are 3x3 with padding, so that sizes 32k - 31 line up (321, 161,
81, 41), and where a pooling keeps the size the convolutions behind it take twice the rate.
"""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import StageTable, read_table, set_atrous
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind

# Channels and convolutions of each stage.
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
# Stride of the pooling behind each stage, and rate of its convolutions, at an output stride.
GEOMETRY: StageTable = {
    8: ((2, 1), (2, 1), (2, 1), (1, 2), (1, 4)),
    16: ((2, 1), (2, 1), (2, 1), (2, 1), (1, 2)),
    32: ((2, 1), (2, 1), (2, 1), (2, 1), (2, 1)),
}


class DeepLabVGG16(nn.Module):
    """Backbone with one output, `out` (512 channels, behind the fifth pooling)."""

    channels = {"out": 512}

    def __init__(self) -> None:
        super().__init__()
        self.stages, cin = nn.ModuleList(), 3
        for cout, convolutions in STAGES:
            stage = nn.Sequential()
            for _ in range(convolutions):
                stage.append(nn.Conv2d(cin, cout, 3, padding=1))
                stage.append(nn.ReLU(inplace=True))
                cin = cout
            self.stages.append(stage.append(nn.MaxPool2d(3, 2, padding=1)))
        initialise_he(self)

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set the poolings' strides and the rates in place.

        `multi_grid` and `first_unit_keeps_rate` are for backbones whose convolutions have
        the strides; here they change nothing.

        Parameters
        ----------
        output_stride : int
            8, 16 or 32.
        multi_grid : tuple of int
        first_unit_keeps_rate : bool
            As in :class:`segviewer.layers.backbones.Backbone`.
        """
        plan = read_table(GEOMETRY, output_stride, first_unit_keeps_rate=True)
        for stage, geometry in zip(self.stages, plan, strict=True):
            *layers, pooling = of_kind(stage, nn.Sequential)
            for layer in layers:
                if isinstance(layer, nn.Conv2d):
                    set_atrous(layer, rate=geometry.first_rate)
            of_kind(pooling, nn.MaxPool2d).stride = geometry.stride

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the feature map of a normalised `image` (B, 3, H, W)."""
        for stage in self.stages:
            image = stage(image)
        return {"out": image}
