"""Atrous spatial pyramid pooling (DeepLab v3, figure 5) with branches that switch live."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.of_kind import of_kind


def separable_conv(cin: int, cout: int, norm_between: bool) -> nn.Sequential:
    """Depthwise 3x3 and pointwise convolution.

    Parameters
    ----------
    cin, cout : int
        Channels in and out.
    norm_between : bool
        Batch norm and ReLU between the two.
    """
    between = [nn.BatchNorm2d(cin), nn.ReLU()] if norm_between else []
    return nn.Sequential(
        nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False),
        *between,
        nn.Conv2d(cin, cout, 1, bias=False),
    )


class AtrousBranch(nn.Sequential):
    """3x3 atrous convolution, batch norm, ReLU; depthwise and pointwise if `separable`.

    Parameters
    ----------
    cin, cout : int
        Channels in and out.
    separable : bool
    norm_between : bool
        A batch norm and a ReLU between the depthwise and the pointwise convolution too, as in
        the paper's Xception; many programs leave them out.
    """

    def __init__(self, cin: int, cout: int, separable: bool, norm_between: bool = True):
        parts: list[nn.Module]
        if separable:
            parts = [*separable_conv(cin, cout, norm_between)]
        else:
            parts = [nn.Conv2d(cin, cout, 3, padding=1, bias=False)]
        super().__init__(*parts, nn.BatchNorm2d(cout), nn.ReLU())

    def reconfigure(self, rate: int) -> None:
        """Set the rate of the 3x3 convolution."""
        set_atrous(of_kind(self[0], nn.Conv2d), rate=rate)


class ImagePooling(nn.Sequential):
    """Global average, 1x1 convolution, batch norm, ReLU, spread back over the map."""

    def __init__(self, cin: int, cout: int):
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(cin, cout, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
        )

    def forward(self, input: Tensor) -> Tensor:
        mean: Tensor = super().forward(input)  # type: ignore[no-untyped-call]  # torch's is bare
        # Spreading a 1x1 map bilinearly is the same as repeating it.
        return mean.expand(-1, -1, *input.shape[-2:])


class ASPP(nn.Module):
    """1x1 branch, one branch per rate, image pooling; concatenated and projected.

    Parameter names are torchvision's: ``convs.0`` is the 1x1 branch, ``convs.1`` onward the
    atrous branches, the last of ``convs`` the image pooling, ``project`` the fusion.

    Parameters
    ----------
    cin, channels : int
        Input channels and channels of each branch.
    num_rates : int
        Number of atrous branches.
    separable : bool
        Depthwise-separable atrous branches.
    dropout : float
        Dropout after the projection (torchvision 0.5; the paper has none).
    norm_between : bool
        Batch norm and ReLU inside a separable branch.
    kernel : int
        Side of the projection's kernel: 1, or MMSegmentation's 3.
    """

    def __init__(
        self,
        cin: int,
        channels: int,
        num_rates: int,
        separable: bool = False,
        dropout: float = 0.5,
        *,
        norm_between: bool = True,
        kernel: int = 1,
    ):
        super().__init__()
        first = nn.Sequential(
            nn.Conv2d(cin, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )
        atrous = [AtrousBranch(cin, channels, separable, norm_between) for _ in range(num_rates)]
        self.convs = nn.ModuleList([first, *atrous, ImagePooling(cin, channels)])
        self.project = nn.Sequential(
            nn.Conv2d(
                channels * len(self.convs), channels, kernel, padding=kernel // 2, bias=False
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.channels = channels
        self.enabled = (True,) * len(self.convs)

    def reconfigure(
        self, atrous_rates: tuple[int, ...], branches: tuple[bool, ...], image_pooling: bool
    ) -> None:
        """Set the rates and which branches are enabled; weights stay.

        Parameters
        ----------
        atrous_rates : tuple of int
            Of the atrous branches, in cells.
        branches : tuple of bool
            The 1x1 branch, then one for each rate.
        image_pooling : bool
        """
        for branch, rate in zip(self.convs[1:-1], atrous_rates, strict=True):
            of_kind(branch, AtrousBranch).reconfigure(rate)
        self.enabled = (*branches, image_pooling)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, cin, h, w) to (B, channels, h, w); a branch switched off gives zeros."""
        silent = x.new_zeros(()).expand(x.shape[0], self.channels, *x.shape[-2:])
        parts = [
            branch(x) if on else silent for branch, on in zip(self.convs, self.enabled, strict=True)
        ]
        y: Tensor = self.project(torch.cat(parts, dim=1))  # (B, channels, h, w)
        return y


class LowLevelSkip(nn.Module):
    """Residual scores from stride-4 features beside the pyramid's output.

    What DeepLab v3+ reads off its low-level features, added to the scores so that switching
    it off leaves DeepLab v3 itself. Not in the v3 paper.

    Parameters
    ----------
    low_channels : int
        Of the stride-4 features.
    channels : int
        Of the pyramid.
    reduced : int
        What the former are reduced to.
    num_classes : int
        K.
    """

    def __init__(self, low_channels: int, channels: int, reduced: int, num_classes: int):
        super().__init__()
        self.reduce = nn.Sequential(
            nn.Conv2d(low_channels, reduced, 1, bias=False), nn.BatchNorm2d(reduced), nn.ReLU()
        )
        mixed = channels + reduced
        self.refine = nn.Sequential(
            nn.Conv2d(mixed, mixed, 3, padding=1, groups=mixed, bias=False),
            nn.BatchNorm2d(mixed),
            nn.ReLU(),
            nn.Conv2d(mixed, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, num_classes, 1),
        )

    def forward(self, low_level: Tensor, pyramid: Tensor, scores: Tensor) -> Tensor:
        """Return scores (B, K, H/4, W/4).

        Parameters
        ----------
        low_level : Tensor (B, low_channels, H/4, W/4)
        pyramid : Tensor (B, channels, h, w)
        scores : Tensor (B, K, h, w)
            Of the pyramid alone.
        """
        size = low_level.shape[-2:]
        pyramid = F.interpolate(pyramid, size, mode="bilinear", align_corners=False)
        # (B, K, H/4, W/4)
        scores = F.interpolate(scores, size, mode="bilinear", align_corners=False)
        y: Tensor = scores + self.refine(torch.cat([self.reduce(low_level), pyramid], dim=1))
        return y
