"""Mix transformer, the encoder of SegFormer (Xie et al. 2021), section 3.1 and figure 2.

Against a vision transformer: patches overlap and shrink in four stages, keys and values are
read off a map reduced by a strided convolution, and a depthwise 3x3 convolution between the
two linear layers shows where a token is, in place of position codes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.of_kind import of_kind

PATCHES = ((7, 4), (3, 2), (3, 2), (3, 2))  # kernel and stride of each stage
REDUCTIONS = (8, 4, 2, 1)  # of the map that keys and values are read off, a side
MLP_RATIO = 4


def pointwise(linear: nn.Module, x: Tensor) -> Tensor:
    """A linear layer over the channels of every cell of a map (B, C, h, w).

    As a 1x1 convolution, since a map that stays a map shows what its cells read.
    """
    layer = of_kind(linear, nn.Linear)
    return F.conv2d(x, layer.weight[:, :, None, None], layer.bias)


def normalised(norm: nn.Module, x: Tensor) -> Tensor:
    """A layer norm over the channels of every cell of a map (B, C, h, w)."""
    y: Tensor = norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    return y


class ReducedAttention(nn.Module):
    """Self-attention whose keys and values come from a smaller map (equation 1).

    Parameters
    ----------
    width, heads : int
        Channels, and how many heads share them.
    reduction : int
        R: side of the cells of the map that become one key and value.
    """

    def __init__(self, width: int, heads: int, reduction: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.reduce = nn.Conv2d(width, width, reduction, reduction) if reduction > 1 else None
        self.norm = nn.LayerNorm(width) if reduction > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape; every cell reads all of the map."""
        batch, width, *size = x.shape
        source = x
        if self.reduce is not None and self.norm is not None:
            source = normalised(self.norm, self.reduce(x))  # (B, C, h/R, w/R)
        # A head's channels of all cells: (B heads, cells, C/heads).
        query, key, value = (
            pointwise(linear, of).reshape(batch * self.heads, width // self.heads, -1).mT
            for linear, of in ((self.query, x), (self.key, source), (self.value, source))
        )
        scale = (width // self.heads) ** -0.5
        weights = torch.softmax(torch.bmm(query * scale, key.mT), -1)
        mixed = torch.bmm(weights, value).mT.reshape(batch, width, *size)
        return pointwise(self.out, mixed)


class MixFFN(nn.Module):
    """Linear, depthwise 3x3, GELU, linear (equation 3).

    Attributes
    ----------
    mixes : bool
        Off: without the convolution, the only part that knows where a token is.
    """

    def __init__(self, width: int):
        super().__init__()
        hidden = MLP_RATIO * width
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.mixes = True

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        x = pointwise(self.fc1, x)
        if self.mixes:
            x = self.depthwise(x)
        return pointwise(self.fc2, F.gelu(x))


class MixBlock(nn.Module):
    """Attention and mix-FFN, each behind a layer norm and beside a shortcut.

    Parameters
    ----------
    width, heads, reduction : int
        See :class:`ReducedAttention`.
    eps : float
        Of the layer norms.
    """

    def __init__(self, width: int, heads: int, reduction: int, eps: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.attention = ReducedAttention(width, heads, reduction)
        self.ffn = MixFFN(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        x = x + self.attention(normalised(self.norm1, x))
        out: Tensor = x + self.ffn(normalised(self.norm2, x))
        return out


class MixStage(nn.Module):
    """Overlapping patches, blocks, layer norm.

    Parameters
    ----------
    cin, width : int
        Channels in and out.
    depth, heads : int
        Blocks, and heads of each.
    stage : int
        Which of the four, from 0.
    eps : float
        Of the layer norms.
    """

    def __init__(self, cin: int, width: int, depth: int, heads: int, stage: int, eps: float):
        super().__init__()
        kernel, stride = PATCHES[stage]
        self.patch = nn.Conv2d(cin, width, kernel, stride, padding=kernel // 2)
        self.patch_norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            MixBlock(width, heads, REDUCTIONS[stage], eps) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, cin, h, w) to (B, width, h/s, w/s)."""
        x = normalised(self.patch_norm, self.patch(x))
        for block in self.blocks:
            x = block(x)
        return normalised(self.norm, x)


class MixTransformer(nn.Module):
    """Four stages of maps at strides 4, 8, 16 and 32.

    Parameters
    ----------
    widths, depths : tuple of four int
        Channels and blocks of each stage; a head has as many channels as the first stage.
    eps : float
        Of the layer norms around the blocks; the others have torch's 1e-5.
    """

    def __init__(self, widths: tuple[int, ...], depths: tuple[int, ...], eps: float):
        super().__init__()
        self.stages = nn.ModuleList()
        cin = 3
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            self.stages.append(MixStage(cin, width, depth, width // widths[0], stage, eps))
            cin = width

    def reconfigure(self, output_stride: int, mixes: bool) -> None:
        """Set the strides of the last stages' patches, and whether FFNs convolve."""
        reached = 1
        for stage, (_, stride) in zip(self.stages, PATCHES, strict=True):
            stride = min(stride, output_stride // reached)
            set_atrous(of_kind(stage.patch, nn.Conv2d), stride=stride)
            reached *= stride
        for module in self.modules():
            if isinstance(module, MixFFN):
                module.mixes = mixes

    def forward(self, image: Tensor) -> list[Tensor]:
        """Return the maps of the four stages, fine to coarse, of `image` (B, 3, H, W)."""
        maps, x = [], image
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
