"""EfficientNet-Lite0 and -Lite2 as atrous backbones (Tan and Le 2019; the Lite forms of 2020).

Inverted residuals with ReLU6, no squeeze-and-excitation, batch norm eps 1e-3. Departures:
padding is symmetric instead of TensorFlow's "SAME" (for even sizes this only moves the
picture by one pixel at each stride, and keeps odd sizes aligned), and the 1280-channel
classification head is left out.
"""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import StageTable, read_table, set_atrous
from segviewer.layers.of_kind import of_kind

# kernel, stride, expansion, output channels, units
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
# Stride and rate of each stage at an output stride, behind the stem's stride of 2.
GEOMETRY: StageTable = {
    8: ((1, 1), (2, 1), (2, 1), (1, 2), (1, 2), (1, 4), (1, 4)),
    16: ((1, 1), (2, 1), (2, 1), (2, 1), (1, 1), (1, 2), (1, 2)),
    32: ((1, 1), (2, 1), (2, 1), (2, 1), (1, 1), (2, 1), (1, 1)),
}
# Lite2 is Lite0 scaled: channels by 1.1 (to multiples of 8), units by 1.2 (rounded up), but for
# the stem and the single units of the first and the last stage.
LITE2_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
FORMS = {"efficientnet_lite0": STAGES, "efficientnet_lite2": LITE2_STAGES}
TITLES = {"efficientnet_lite0": "EfficientNet-Lite0", "efficientnet_lite2": "EfficientNet-Lite2"}
STEM_CHANNELS = 32
AUXILIARY_STAGE = 4
# Stages whose maps are given out, by the names they have there; the finer ones if asked for.
OUTPUTS = {1: "low_level", AUXILIARY_STAGE: "auxiliary"}
ALL_OUTPUTS = {0: "stride2", 2: "stride8"} | OUTPUTS


class ConvNormReLU6(nn.Sequential):
    """Convolution, batch norm, ReLU6 (left out for a linear bottleneck).

    Parameters
    ----------
    cin, cout, kernel, stride, groups : int
        Of the convolution.
    relu : bool
        False: a linear bottleneck.
    """

    def __init__(
        self,
        cin: int,
        cout: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        relu: bool = True,
    ):
        conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
        parts = [conv, nn.BatchNorm2d(cout, eps=1e-3)]
        super().__init__(*parts, *([nn.ReLU6(inplace=True)] if relu else []))


class InvertedResidual(nn.Module):
    """Expand 1x1, depthwise k x k, project 1x1; adds its input where shapes agree.

    Parameters
    ----------
    cin, cout : int
        Channels in and out.
    kernel, stride : int
        Of the depthwise convolution.
    expansion : int
        Inner channels by those that come in.
    """

    def __init__(self, cin: int, cout: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        width = cin * expansion
        self.expand = ConvNormReLU6(cin, width, 1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNormReLU6(width, width, kernel, stride=stride, groups=width)
        self.project = ConvNormReLU6(width, cout, 1, relu=False)
        # Decided by the trained stride: a stride removed for atrous running must not
        # create a shortcut that the weights never saw.
        self.adds_input = stride == 1 and cin == cout

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        out: Tensor = x + y if self.adds_input else y
        return out


class EfficientNetLite(nn.Module):
    """Backbone with outputs at stride 4 (`low_level`), 16 (`auxiliary`) and the last one (`out`).

    For decoders that climb higher also `stride2` and `stride8`, if `all_strides` is set: kept
    features are memory. Lite0 has 16, 24, 40, 112 and 320 channels there, Lite2 16, 24, 48, 120
    and 352.

    Parameters
    ----------
    form : str
        A key of :data:`FORMS`.
    """

    def __init__(self, form: str = "efficientnet_lite0") -> None:
        super().__init__()
        table = FORMS[form]
        self.channels = {name: table[place][3] for place, name in ALL_OUTPUTS.items()}
        self.channels["out"] = table[-1][3]
        self.all_strides = False
        self.stem = ConvNormReLU6(3, STEM_CHANNELS, 3, stride=2)
        stages, cin = [], STEM_CHANNELS
        for kernel, stride, expansion, cout, units in table:
            stage = []
            for unit in range(units):
                stage.append(
                    InvertedResidual(cin, cout, kernel, stride if unit == 0 else 1, expansion)
                )
                cin = cout
            stages.append(nn.Sequential(*stage))
        self.stages = nn.Sequential(*stages)

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
        for stage, geometry in zip(self.stages, plan, strict=True):
            for index, unit in enumerate(of_kind(stage, nn.Sequential)):
                stride = geometry.stride if index == 0 else 1
                placed.append((unit, stride, geometry.first_rate if index == 0 else geometry.rate))
        grid = (1,) * (len(placed) - len(multi_grid)) + tuple(multi_grid)
        for (unit, stride, rate), factor in zip(placed, grid, strict=True):
            depthwise = of_kind(unit, InvertedResidual).depthwise[0]
            set_atrous(of_kind(depthwise, nn.Conv2d), stride=stride, rate=rate * factor)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the feature maps of a normalised `image` (B, 3, H, W)."""
        x = self.stem(image)  # (B, 32, H/2, W/2)
        features, outputs = {}, ALL_OUTPUTS if self.all_strides else OUTPUTS
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in outputs:
                features[outputs[index]] = x
        features["out"] = x
        return features

    def after_auxiliary(self, auxiliary: Tensor) -> Tensor:
        """`out` from the `auxiliary` map: the stages that multi-grid and rates act on."""
        for stage in self.stages[AUXILIARY_STAGE + 1 :]:
            auxiliary = stage(auxiliary)
        return auxiliary
