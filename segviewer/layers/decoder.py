"""Decoder of DeepLab v3+ (figure 2): the pyramid refined beside low-level features."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.initialisation import initialise_he
from segviewer.layers.pyramid import ASPP, AtrousBranch


class PyramidDecoder(nn.Module):
    """ASPP, low-level features reduced by a 1x1 convolution, 3x3 convolutions on both.

    Parameter names are VainF's: ``project`` for the reduction, ``aspp``, and ``classifier``
    for the 3x3 convolutions and the scores.

    Parameters
    ----------
    low_channels, cin : int
        Channels of the low-level features and of the pyramid's input.
    channels, reduced : int
        Channels of the pyramid and of the reduced low-level features.
    num_rates, num_classes : int
    convolutions : int
        Number of 3x3 convolutions before the scores.
    low_level_first : bool
        Order of the two inputs in the concatenation.
    separable, norm_between : bool
        Depthwise-separable 3x3 convolutions in pyramid and decoder, and whether they have a
        batch norm and a ReLU inside.
    pyramid_kernel : int
        Side of the kernel of the pyramid's projection.
    pyramid_convolution : bool
        Another 3x3 convolution behind the projection.
    """

    def __init__(
        self,
        low_channels: int,
        cin: int,
        channels: int,
        reduced: int,
        num_rates: int,
        num_classes: int,
        *,
        convolutions: int,
        low_level_first: bool,
        separable: bool,
        norm_between: bool = True,
        pyramid_kernel: int = 1,
        pyramid_convolution: bool = False,
    ):
        super().__init__()
        self.project = nn.Sequential(
            nn.Conv2d(low_channels, reduced, 1, bias=False), nn.BatchNorm2d(reduced), nn.ReLU()
        )
        self.aspp = ASPP(
            cin,
            channels,
            num_rates,
            separable,
            dropout=0.1,
            norm_between=norm_between,
            kernel=pyramid_kernel,
        )
        self.behind = (
            AtrousBranch(channels, channels, separable, norm_between)
            if pyramid_convolution
            else None
        )
        layers: list[nn.Module] = []
        for index in range(convolutions):
            width = channels if index else channels + reduced
            # Unpacked, for published files number the layers through.
            layers += AtrousBranch(width, channels, separable, norm_between)
        self.classifier = nn.Sequential(*layers, nn.Conv2d(channels, num_classes, 1))
        initialise_he(self)
        self.reduced = reduced
        self.low_level_first = low_level_first

    def forward(
        self, low_level: Tensor, x: Tensor, decoder: bool, skip: bool, align_corners: bool = False
    ) -> Tensor:
        """Scores (B, K, h, w), at the stride of `low_level`, or of `x` without `decoder`.

        Parameters
        ----------
        low_level, x : Tensor
            (B, low_channels, H/4, W/4) and (B, cin, h, w).
        decoder : bool
            False: the layers run on the pyramid's own grid and see no low-level features.
        skip : bool
            False: zeros stand for the low-level features.
        align_corners : bool
            How the pyramid is brought to the low-level features' size.
        """
        pyramid = self.aspp(x)  # (B, channels, h, w)
        if self.behind is not None:
            pyramid = self.behind(pyramid)
        if decoder:
            size = low_level.shape[-2:]
            pyramid = F.interpolate(pyramid, size, mode="bilinear", align_corners=align_corners)
        if decoder and skip:
            detail = self.project(low_level)  # (B, reduced, H/4, W/4)
        else:
            batch, _, *size = pyramid.shape
            detail = pyramid.new_zeros(()).expand(batch, self.reduced, *size)
        both = [detail, pyramid] if self.low_level_first else [pyramid, detail]
        y: Tensor = self.classifier(torch.cat(both, dim=1))
        return y
