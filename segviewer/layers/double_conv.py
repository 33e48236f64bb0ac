"""The step of a U-Net: two 3x3 convolutions, and the ways to come up again."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DoubleConv(nn.Sequential):
    """Twice 3x3 and ReLU; with batch norm and padding, or as first published without either.

    Parameters
    ----------
    cin, middle, cout : int
        Channels in, between and out.
    padded : bool
        True: padding 1, batch norm, no bias. False: no padding (each side loses 2 pixels), bias.
    """

    def __init__(self, cin: int, middle: int, cout: int, padded: bool):
        parts: list[nn.Module] = []
        for before, after in ((cin, middle), (middle, cout)):
            parts.append(nn.Conv2d(before, after, 3, padding=int(padded), bias=not padded))
            parts += [nn.BatchNorm2d(after)] if padded else []
            parts.append(nn.ReLU(inplace=True))
        super().__init__(*parts)


class TransposedUp(nn.ConvTranspose2d):
    """2x2 transposed convolution of stride 2, which can also come up bilinearly.

    Each of its four taps makes one of the four new cells. With `bilinear` on, the mean of
    the taps mixes the channels as one 1x1 convolution, and the result is interpolated: the
    same weights without the freedom to differ between neighbouring cells.
    """

    def __init__(self, cin: int, cout: int):
        super().__init__(cin, cout, 2, 2)
        self.bilinear = False

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Map (B, cin, h, w) to (B, cout, 2h, 2w)."""
        if not self.bilinear:
            return super().forward(input, output_size)
        mixing = self.weight.mean((2, 3)).t()[:, :, None, None]  # (cout, cin, 1, 1)
        x = F.conv2d(input, mixing, self.bias)  # (B, cout, h, w)
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class BilinearUp(nn.Module):
    """Bilinear by two, corner on corner."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to (B, C, 2h, 2w)."""
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


class UpToSkip(nn.Module):
    """Bilinear to whatever size the skip has, equal areas."""

    def forward(self, x: Tensor, size: torch.Size) -> Tensor:
        """Map (B, C, h, w) to (B, C, *size)."""
        return F.interpolate(x, size, mode="bilinear", align_corners=False)


def centred(x: Tensor, size: torch.Size) -> Tensor:
    """`x` (B, C, h, w) cut, or padded with zeros, about its centre to `size`.

    Where the difference is odd, the odd row or column goes to the bottom or right.
    """
    rows, columns = size[0] - x.shape[-2], size[1] - x.shape[-1]
    if not rows and not columns:
        return x
    # Whole parts towards zero, so that cutting and padding treat the odd one alike.
    top, left = int(rows / 2), int(columns / 2)
    return F.pad(x, (left, columns - left, top, rows - top))
