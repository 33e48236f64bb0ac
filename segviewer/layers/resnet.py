"""ResNets as atrous backbones (He, Zhang, Ren, Sun 2015), in the forms people trained.

Parameter names are torchvision's. The forms differ where published weights differ:
torchvision has the stride of a bottleneck in its 3x3 convolution ("v1.5"), the paper and
Caffe in the first 1x1; PSPNet replaces the 7x7 stem by three 3x3 convolutions.
"""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import StageTable, read_table, set_atrous
from segviewer.layers.of_kind import of_kind

UNITS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
BASIC = ("resnet18", "resnet34")
# Behind the name, what a form changes: stem, place of the stride, rounding of the pooling.
FORMS = ("", "_caffe", "_deep")
STRIDES = (1, 2, 2, 2)
WIDTHS = (64, 128, 256, 512)
STEM_STRIDE = 4  # 7x7 convolution and max pooling, 2 each
# Stride and rate of layer1 to layer4 at an output stride, behind the stem's.
GEOMETRY: StageTable = {
    8: ((1, 1), (2, 1), (1, 2), (1, 4)),
    16: ((1, 1), (2, 1), (2, 1), (1, 2)),
    32: ((1, 1), (2, 1), (2, 1), (2, 1)),
}


class BasicBlock(nn.Module):
    """3x3 (stride), 3x3; a projection where the shape changes.

    Parameters
    ----------
    cin, width : int
        Channels in and out.
    stride : int
        Of the first convolution.
    stride_in_1x1 : bool
        For :class:`Bottleneck`'s sake; it has no 1x1.
    """

    expansion = 1

    def __init__(self, cin: int, width: int, stride: int, stride_in_1x1: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _projection(cin, width, stride)

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set the stride of the first convolution and the rate of both."""
        set_atrous(self.conv1, stride=stride, rate=rate)
        set_atrous(self.conv2, rate=rate)
        if self.downsample is not None:
            set_atrous(of_kind(self.downsample[0], nn.Conv2d), stride=stride)

    def residual(self, x: Tensor) -> Tensor:
        """The branch that is added to the shortcut."""
        residual: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return residual

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y: Tensor = self.relu(self.residual(x) + shortcut)
        return y


class Bottleneck(nn.Module):
    """1x1 down, 3x3 (rate), 1x1 up; a projection where the shape changes.

    Parameters
    ----------
    cin, width : int
        Channels in and inside; 4 `width` come out.
    stride : int
        Of the block.
    stride_in_1x1 : bool
        The stride lies in the first 1x1 (Caffe), else in the 3x3 (torchvision).
    """

    expansion = 4

    def __init__(self, cin: int, width: int, stride: int, stride_in_1x1: bool = False):
        super().__init__()
        cout = width * self.expansion
        self.stride_in_1x1 = stride_in_1x1
        self.conv1 = nn.Conv2d(cin, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, cout, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _projection(cin, cout, stride)
        self.reconfigure(stride, 1)

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set stride and rate of the 3x3 convolution, and the shortcut's stride with it."""
        first, second = (stride, 1) if self.stride_in_1x1 else (1, stride)
        set_atrous(self.conv1, stride=first)
        set_atrous(self.conv2, stride=second, rate=rate)
        if self.downsample is not None:
            set_atrous(of_kind(self.downsample[0], nn.Conv2d), stride=stride)

    def residual(self, x: Tensor) -> Tensor:
        """The branch that is added to the shortcut."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        residual: Tensor = self.bn3(self.conv3(y))
        return residual

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y: Tensor = self.relu(self.residual(x) + shortcut)
        return y


def _projection(cin: int, cout: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and cin == cout:
        return None
    return nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))


def deep_stem() -> nn.Sequential:
    """PSPNet's stem: 3x3/2 to 64, 3x3 to 64, 3x3 to 128, each with batch norm and ReLU."""
    parts: list[nn.Module] = []
    for cin, cout, stride in ((3, 64, 2), (64, 64, 1), (64, 128, 1)):
        parts.append(nn.Conv2d(cin, cout, 3, stride, padding=1, bias=False))
        parts += [nn.BatchNorm2d(cout), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts)


class ResNet(nn.Module):
    """Backbone with outputs `low_level` (layer1), `auxiliary` (layer3) and `out` (layer4).

    Parameters
    ----------
    name : str
        A name of `UNITS`, with ``_caffe`` behind it for strides in the 1x1 convolutions and
        a stem pooling that rounds up, or ``_deep`` for PSPNet's stem of three convolutions.
    """

    def __init__(self, name: str):
        super().__init__()
        depth, _, form = name.partition("_")
        block: type[BasicBlock] | type[Bottleneck] = BasicBlock if depth in BASIC else Bottleneck
        caffe, deep = form == "caffe", form == "deep"
        if deep:
            self.stem = deep_stem()
        else:
            self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
        self.deep = deep
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1, ceil_mode=caffe)
        cin, layers = 128 if deep else 64, []
        for width, units, stride in zip(WIDTHS, UNITS[depth], STRIDES, strict=True):
            layer = nn.Sequential()
            for index in range(units):
                layer.append(block(cin, width, stride if index == 0 else 1, caffe))
                cin = width * block.expansion
            layers.append(layer)
        self.layer1, self.layer2, self.layer3, self.layer4 = layers
        widths = [width * block.expansion for width in WIDTHS]
        self.channels = {"low_level": widths[0], "auxiliary": widths[2], "out": widths[3]}

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies the last layer's units.

        Parameters
        ----------
        output_stride : int
            8, 16, 32 or more.
        multi_grid : tuple of int
            Factors on the rates of the last layer's units.
        first_unit_keeps_rate : bool
            See :func:`segviewer.layers.atrous.plan_stages`.
        """
        plan = read_table(GEOMETRY, output_stride, first_unit_keeps_rate)
        layers = (self.layer1, self.layer2, self.layer3, self.layer4)
        grids = [(1,) * len(layer) for layer in layers[:-1]]
        grids.append(tuple(multi_grid)[: len(self.layer4)])
        for layer, geometry, grid in zip(layers, plan, grids, strict=True):
            for index, (unit, factor) in enumerate(zip(layer, grid, strict=True)):
                assert isinstance(unit, BasicBlock | Bottleneck)
                first = index == 0
                rate = geometry.first_rate if first else geometry.rate
                unit.reconfigure(geometry.stride if first else 1, rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        x = self.stem(image) if self.deep else self.relu(self.bn1(self.conv1(image)))
        low_level = self.layer1(self.maxpool(x))  # (B, C, H/4, W/4)
        auxiliary = self.layer3(self.layer2(low_level))  # (B, 4C, h, w)
        return {"low_level": low_level, "auxiliary": auxiliary, "out": self.layer4(auxiliary)}
