"""MobileNet v2 as an atrous backbone (Sandler et al. 2018, table 2).

Names are those of VainF's DeepLab networks: ``low_level_features`` holds the stem and the
units up to stride 4, ``high_level_features`` the others under their number; the 1280-channel
classification head is left out. Two departures belong to their published weights: the stem
has no padding, and a unit's border is padded before the expansion and not before the
depthwise convolution, so outside the picture its taps see the batch norm's offset, not zero.

Other forms: `plain` without these departures (torchvision and most programs), `first` like it,
where only the first unit of a stage is ever dilated (MMSegmentation), and `lagging` with the
second departure, where a stage whose stride was removed keeps the rate before it in all its
units, not only in the first (jfzhang95). `tf` is the plain one with TensorFlow's padding (Hugging
Face): where a stride halves an even side, the border is on the right and below alone.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import StageTable, read_table
from segviewer.layers.of_kind import of_kind

STEM_CHANNELS = 32
STEM_KERNEL = 3
# expansion, output channels, units, stride
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# Stride and rate of each stage at an output stride, behind the stem's stride of 2.
GEOMETRY: StageTable = {
    8: ((1, 1), (2, 1), (2, 1), (1, 2), (1, 2), (1, 4), (1, 4)),
    16: ((1, 1), (2, 1), (2, 1), (2, 1), (1, 1), (1, 2), (1, 2)),
    32: ((1, 1), (2, 1), (2, 1), (2, 1), (1, 1), (2, 1), (1, 1)),
}
TENSORFLOW_EPS = 1e-3  # of its batch norms
LATE_PADDING = ("plain", "first", "tf")  # forms that pad in front of the depthwise convolution
LAST_LOW_LEVEL_UNIT = 3  # stride 4, 24 channels
AUXILIARY_UNIT = 13  # the last at stride 16, 96 channels


class TensorFlowConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's "SAME": what is odd goes to the right and below."""

    def forward(self, x: Tensor) -> Tensor:
        border: list[int] = []
        for side, axis in ((x.shape[-1], 1), (x.shape[-2], 0)):
            over = side % self.stride[axis] or self.stride[axis]
            total = max(0, self.kernel_size[axis] - over)
            rate = self.dilation[axis]
            border += [rate * (total // 2), rate * (total - total // 2)]
        return super().forward(F.pad(x, border))


class ConvNormReLU6(nn.Sequential):
    """Convolution, batch norm, ReLU6.

    Parameters
    ----------
    cin, cout, kernel, stride, groups : int
        Of the convolution, which has no padding.
    """

    def __init__(
        self,
        cin: int,
        cout: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        convolution: type[nn.Conv2d] = nn.Conv2d,
    ):
        super().__init__(
            convolution(cin, cout, kernel, stride, groups=groups, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise 3x3, project 1x1; adds its input where shapes agree.

    Parameters
    ----------
    cin, cout : int
        Channels in and out.
    stride : int
        Of the depthwise convolution, as trained.
    expansion : int
        Inner channels by those that come in.
    """

    def __init__(self, cin: int, cout: int, stride: int, expansion: int, form: str):
        super().__init__()
        convolution = TensorFlowConv2d if form == "tf" else nn.Conv2d
        width = cin * expansion
        expand = [ConvNormReLU6(cin, width, 1)] if expansion > 1 else []
        depthwise = ConvNormReLU6(
            width, width, 3, stride=stride, groups=width, convolution=convolution
        )
        project = [nn.Conv2d(width, cout, 1, bias=False), nn.BatchNorm2d(cout)]
        self.conv = nn.Sequential(*expand, depthwise, *project)
        self._depthwise = len(expand)
        self.pads_early, self.pads_late = form not in LATE_PADDING, form in LATE_PADDING[:-1]
        self.reconfigure(stride, 1)
        # Decided by the trained stride: a stride removed for atrous running must not
        # create a shortcut that the weights never saw.
        self.adds_input = stride == 1 and cin == cout

    def reconfigure(self, stride: int, rate: int) -> None:
        """Set stride and rate of the depthwise convolution, and the border with them."""
        conv = of_kind(of_kind(self.conv[self._depthwise], ConvNormReLU6)[0], nn.Conv2d)
        conv.stride, conv.dilation = (stride, stride), (rate, rate)
        conv.padding = (rate * self.pads_late,) * 2
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(F.pad(x, (self.rate,) * 4) if self.pads_early else x)  # (B, cout, h/s, w/s)
        out: Tensor = x + y if self.adds_input else y
        return out


class MobileNetV2(nn.Module):
    """Backbone with outputs at stride 4 (`low_level`, 24 ch), `auxiliary` (96) and `out` (320).

    Parameters
    ----------
    form : {"", "plain", "first", "lagging", "tf"}
        Whose weights it is for: VainF's, most programs', MMSegmentation's, jfzhang95's,
        Hugging Face's.
    """

    channels = {"low_level": 24, "auxiliary": 96, "out": 320}

    def __init__(self, form: str = "") -> None:
        super().__init__()
        self.form = form
        convolution = TensorFlowConv2d if form == "tf" else nn.Conv2d
        stem = ConvNormReLU6(3, STEM_CHANNELS, STEM_KERNEL, stride=2, convolution=convolution)
        of_kind(stem[0], nn.Conv2d).padding = (1, 1) if form not in ("", "tf") else (0, 0)
        self.low_level_features = nn.Sequential(stem)
        self.high_level_features = nn.Sequential()
        cin, number = STEM_CHANNELS, 1
        for expansion, cout, units, stride in STAGES:
            for index in range(units):
                first = stride if index == 0 else 1
                unit = InvertedResidual(cin, cout, first, expansion, form)
                low = number <= LAST_LOW_LEVEL_UNIT
                part = self.low_level_features if low else self.high_level_features
                part.add_module(str(number), unit)
                cin, number = cout, number + 1
        for module in self.modules():
            if form == "tf" and isinstance(module, nn.BatchNorm2d):
                module.eps = TENSORFLOW_EPS

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
        placed = []
        plan = read_table(GEOMETRY, output_stride, first_unit_keeps_rate)
        for geometry, (_, _, units, _) in zip(plan, STAGES, strict=True):
            placed.append((geometry.stride, geometry.first_rate))
            rates = {"lagging": geometry.first_rate, "first": 1}
            placed.extend([(1, rates.get(self.form, geometry.rate))] * (units - 1))
        grid = (1,) * (len(placed) - len(multi_grid)) + tuple(multi_grid)
        residuals = [*self.low_level_features[1:], *self.high_level_features]
        for unit, (stride, rate), factor in zip(residuals, placed, grid, strict=True):
            of_kind(unit, InvertedResidual).reconfigure(stride, rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the three feature maps of a normalised `image` (B, 3, H, W)."""
        if not self.form:
            # Its stem has no padding: a picture narrower than the kernel gets what it lacks.
            lacks = [max(0, STEM_KERNEL - side) for side in image.shape[-2:]]
            image = F.pad(image, (0, lacks[1], 0, lacks[0]))
        x = self.low_level_features(image)  # (B, 24, H/4, W/4)
        features = {"low_level": x}
        for number, unit in self.high_level_features.named_children():
            x = unit(x)
            if int(number) == AUXILIARY_UNIT:
                features["auxiliary"] = x
        features["out"] = x
        return features
