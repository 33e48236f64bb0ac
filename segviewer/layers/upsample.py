"""Ways up from coarse maps: bilinear or learned deconvolution, cropping, unpooling.

A deconvolution (transposed convolution) of kernel k = 2s and stride s with the bilinear
kernel is bilinear interpolation by the factor s (FCN, section 3.3).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def bilinear_kernel(size: int, device: torch.device | None = None) -> Tensor:
    """Bilinear interpolation as a deconvolution kernel.

    With f = (k+1)//2 and c = f-1 for odd k, else f-1/2, the weight of tap i is 1 - |i-c|/f.

    Parameters
    ----------
    size : int
        Side k of the kernel.
    device : torch.device, optional

    Returns
    -------
    Tensor of float32 (k, k)
    """
    factor = (size + 1) // 2
    centre = factor - 1 if size % 2 else factor - 0.5
    taps = 1 - (torch.arange(size, device=device, dtype=torch.float32) - centre).abs() / factor
    return taps[:, None] * taps[None, :]


class Deconvolution(nn.ConvTranspose2d):
    """Class scores brought up by `stride`, unpadded and without bias.

    Weights (K, K, k, k) start as one bilinear kernel for each class and may then be learned
    (also across classes). While `bilinear` is set the stored weights rest and the bilinear
    kernel runs instead.

    Parameters
    ----------
    num_classes : int
        K.
    kernel, stride : int
        k and s.
    """

    def __init__(self, num_classes: int, kernel: int, stride: int):
        super().__init__(num_classes, num_classes, kernel, stride, bias=False)
        self.bilinear = False
        self.start_bilinear()

    @torch.no_grad()
    def start_bilinear(self) -> None:
        """Set the weights to the bilinear kernel of each class, nothing across classes."""
        classes = range(self.in_channels)
        self.weight.zero_()
        self.weight[classes, classes] = bilinear_kernel(self.kernel_size[0], self.weight.device)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Map (B, K, h, w) to (B, K, s(h-1)+k, s(w-1)+k)."""
        scores = input  # torch's name of it
        if not self.bilinear:
            return super().forward(scores, output_size)
        kernel = bilinear_kernel(self.kernel_size[0], scores.device).to(scores.dtype)
        # Class by class: what the whole weight would do with zeros across classes.
        kernel = kernel.expand(self.in_channels, 1, *kernel.shape)  # (K, 1, k, k)
        return F.conv_transpose2d(scores, kernel, stride=self.stride, groups=self.in_channels)


def crop(x: Tensor, offset: int, like: Tensor) -> Tensor:
    """Part of `x` (B, C, H, W) from (offset, offset) on, of the height and width of `like`.

    Parameters
    ----------
    x : Tensor (B, C, H, W)
    offset : int
        First row and column.
    like : Tensor (…, h, w)
        Only its size counts.
    """
    height, width = like.shape[-2:]
    return x[..., offset : offset + height, offset : offset + width]


def unpool(x: Tensor, indices: Tensor, size: tuple[int, ...]) -> Tensor:
    """Put each value where the largest one of its 2x2 window was; zeros elsewhere.

    Parameters
    ----------
    x, indices : Tensor (B, C, h, w)
        Values, and the places that ``max_pool2d`` with kernel and stride 2 returned.
    size : tuple of int
        Height and width of the map that was pooled, which may be odd.
    """
    return F.max_unpool2d(x, indices, (2, 2), (2, 2), output_size=size)
