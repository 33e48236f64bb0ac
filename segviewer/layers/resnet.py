"""ResNets as atrous backbones (He, Zhang, Ren, Sun 2015), in the forms people trained.

Parameter names are torchvision's. The forms differ where published weights differ:
torchvision has the stride of a bottleneck in its 3x3 convolution ("v1.5"), the paper and
Caffe in the first 1x1; PSPNet replaces the 7x7 stem by three 3x3 convolutions, and
MMSegmentation's "V1c" by three narrower ones. They also differ in the second convolution of
a basic block (ResNet-18 and 34) in a dilated stage, which torchvision never dilates at all.
"""

from __future__ import annotations

from itertools import chain, islice, repeat

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
# Channels of the three convolutions of a stem, where it is not one of 7x7.
STEMS = {"deep": (64, 64, 128), "c": (32, 32, 64)}
# Rate of a basic block's second convolution: that of the first, the whole stage's even where
# the first keeps the rate before it (CSAILVision), or always 1 (MMSegmentation).
SECOND_RATE = {"deep": "stage", "c": "one", "b": "one"}
STRIDES = (1, 2, 2, 2)
WIDTHS = (64, 128, 256, 512)
# What the stages' maps are called, and which of them are handed out without being asked for.
OUTPUTS = ("low_level", "stride8", "auxiliary", "out")
KEPT = ("low_level", "auxiliary", "out")
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
    second_rate = "first"

    def __init__(self, cin: int, width: int, stride: int, stride_in_1x1: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _projection(cin, width, stride)

    def reconfigure(self, stride: int, rate: int, stage_rate: int = 0) -> None:
        """Set the stride of the first convolution and the rate of both.

        Parameters
        ----------
        stride, rate : int
        stage_rate : int
            That of the units behind this one, where it differs.
        """
        rates = {"first": rate, "stage": stage_rate or rate, "one": 1}
        set_atrous(self.conv1, stride=stride, rate=rate)
        set_atrous(self.conv2, rate=rates[self.second_rate])
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

    def reconfigure(self, stride: int, rate: int, stage_rate: int = 0) -> None:
        """Set stride and rate of the 3x3 convolution, and the shortcut's stride with it.

        Parameters
        ----------
        stride, rate : int
        stage_rate : int
            For :class:`BasicBlock`'s sake; here there is one convolution with a rate.
        """
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


def deep_stem(widths: tuple[int, ...] = STEMS["deep"]) -> nn.Sequential:
    """Three 3x3 convolutions in place of one 7x7, each with batch norm and ReLU."""
    parts: list[nn.Module] = []
    cin, stride = 3, 2
    for cout in widths:
        parts.append(nn.Conv2d(cin, cout, 3, stride, padding=1, bias=False))
        parts += [nn.BatchNorm2d(cout), nn.ReLU(inplace=True)]
        cin, stride = cout, 1
    return nn.Sequential(*parts)


class ResNet(nn.Module):
    """Backbone with outputs `low_level` (layer1), `auxiliary` (layer3) and `out` (layer4).

    For decoders that climb higher also `stride2` (the stem) and `stride8` (layer2), if
    `all_strides` is set: kept features are memory.

    Parameters
    ----------
    name : str
        A name of `UNITS`. Behind it: ``_caffe`` for strides in the 1x1 convolutions and a
        stem pooling that rounds up; ``_deep`` for PSPNet's stem of three convolutions;
        ``_c`` for MMSegmentation's narrower one; ``_b`` for torchvision's stem with
        MMSegmentation's basic blocks. ``:2`` or ``:3`` at the end leaves out the layers
        behind that one, which then gives `out`.
    """

    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential
    layer4: nn.Sequential

    def __init__(self, name: str):
        super().__init__()
        name, _, number = name.partition(":")
        depth, _, form = name.partition("_")
        block: type[BasicBlock] | type[Bottleneck] = BasicBlock if depth in BASIC else Bottleneck
        caffe, stem = form == "caffe", STEMS.get(form)
        self.deep = stem is not None
        if stem:
            self.stem = deep_stem(stem)
        else:
            self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
        cin = stem[-1] if stem else 64
        widths = {"stride2": cin}
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1, ceil_mode=caffe)
        self.number = int(number or len(OUTPUTS))
        stages = zip(OUTPUTS, WIDTHS, UNITS[depth], STRIDES, strict=True)
        for index, (output, width, units, stride) in enumerate(list(stages)[: self.number], 1):
            layer = nn.Sequential()
            for unit in range(units):
                layer.append(block(cin, width, 1 if unit else stride, caffe))
                made = layer[-1]
                if isinstance(made, BasicBlock):
                    made.second_rate = SECOND_RATE.get(form, "first")
                cin = width * block.expansion
            self.add_module(f"layer{index}", layer)
            widths[output] = cin
        self.channels = widths | {"out": cin}
        self.all_strides = False

    @property
    def layers(self) -> tuple[nn.Sequential, ...]:
        """The stages behind the stem."""
        return tuple(getattr(self, f"layer{index}") for index in range(1, self.number + 1))

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
        layers = self.layers
        grids = [(1,) * len(layer) for layer in layers[:-1]]
        # Rates of a layer of more than three units, where the last ones are left out.
        grids.append(tuple(islice(chain(multi_grid, repeat(1)), len(layers[-1]))))
        for layer, geometry, grid in zip(layers, plan, grids, strict=False):
            for index, (unit, factor) in enumerate(zip(layer, grid, strict=True)):
                assert isinstance(unit, BasicBlock | Bottleneck)
                first = index == 0
                rate = geometry.first_rate if first else geometry.rate
                stride = geometry.stride if first else 1
                unit.reconfigure(stride, rate * factor, geometry.rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the feature maps of a normalised `image` (B, 3, H, W)."""
        x = self.stem(image) if self.deep else self.relu(self.bn1(self.conv1(image)))
        maps = {"stride2": x}
        x = self.maxpool(x)  # (B, 64, H/4, W/4)
        for output, layer in zip(OUTPUTS, self.layers, strict=False):
            maps[output] = x = layer(x)  # low_level (B, C, H/4, W/4), … out (B, 8C, h, w)
        maps["out"] = x
        return maps if self.all_strides else {name: maps[name] for name in maps if name in KEPT}
