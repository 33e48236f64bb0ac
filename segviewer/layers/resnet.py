"""ResNet-50 and ResNet-101 as atrous backbones (He, Zhang, Ren, Sun 2015).

The form of torchvision's segmentation networks, names included: bottleneck units with the
stride in the 3x3 convolution ("v1.5"; the paper has it in the first 1x1) and no
classification layer.
"""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import plan_stages, set_atrous

UNITS = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}
STRIDES = (1, 2, 2, 2)
WIDTHS = (64, 128, 256, 512)
EXPANSION = 4
STEM_STRIDE = 4  # 7x7 convolution and max pooling, 2 each


class Bottleneck(nn.Module):
    """1x1 down, 3x3 (stride and rate), 1x1 up; a projection where the shape changes."""

    def __init__(self, cin: int, width: int, stride: int):
        super().__init__()
        cout = width * EXPANSION
        self.conv1 = nn.Conv2d(cin, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, cout, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)
            )

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set stride and rate of the 3x3 convolution, and the shortcut's stride with it."""
        set_atrous(self.conv2, stride=stride, rate=rate)
        if self.downsample is not None:
            set_atrous(self.downsample[0], stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(y + shortcut)


class ResNet(nn.Module):
    """Backbone with outputs `low_level` (layer1), `auxiliary` (layer3) and `out` (layer4).

    Parameters
    ----------
    name : {"resnet50", "resnet101"}
    """

    channels = {"low_level": 256, "auxiliary": 1024, "out": 2048}

    def __init__(self, name: str):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        cin, layers = 64, []
        for width, units, stride in zip(WIDTHS, UNITS[name], STRIDES, strict=True):
            layer = nn.Sequential()
            for index in range(units):
                layer.append(Bottleneck(cin, width, stride if index == 0 else 1))
                cin = width * EXPANSION
            layers.append(layer)
        self.layer1, self.layer2, self.layer3, self.layer4 = layers

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies the last layer's units."""
        plan = plan_stages(STRIDES, STEM_STRIDE, output_stride, first_unit_keeps_rate)
        layers = (self.layer1, self.layer2, self.layer3, self.layer4)
        grids = [(1,) * len(layer) for layer in layers[:-1]] + [multi_grid]
        for layer, geometry, grid in zip(layers, plan, grids, strict=True):
            for index, (unit, factor) in enumerate(zip(layer, grid, strict=True)):
                first = index == 0
                rate = geometry.first_rate if first else geometry.rate
                unit.reconfigure(geometry.stride if first else 1, rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(image))))
        low_level = self.layer1(x)
        auxiliary = self.layer3(self.layer2(low_level))
        return {"low_level": low_level, "auxiliary": auxiliary, "out": self.layer4(auxiliary)}
