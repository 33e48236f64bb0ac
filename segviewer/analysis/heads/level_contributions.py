"""What each level of PSPNet's pyramid adds to the scores of one cell.

Behind the pyramid stand a 3x3 convolution, batch norm, ReLU and a 1x1 convolution. With the
ReLU held as it is at this cell, all of it is linear in the concatenated levels, so that the
scores are a sum: one part from each level, one from the map itself, one from the constants.
Held so, the parts say what the score is made of, not what it would be without a level, for
other channels might then pass the ReLU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.of_kind import of_kind
from segviewer.networks.psp_net import PSPNet


@dataclass(frozen=True, eq=False)
class Contributions:
    """Parts of the scores of one cell.

    Attributes
    ----------
    names : tuple of str
        ``map``, one for each level (``3×3``), ``constants``.
    parts : ndarray of float64 (len(names), K)
        They add up to the scores.
    """

    names: tuple[str, ...]
    parts: NDArray[np.float64]

    @property
    def scores(self) -> np.ndarray:
        """Scores of the cell, float64 (K,)."""
        scores: np.ndarray = self.parts.sum(0)
        return scores


def cell_of(
    network: PSPNet, size: tuple[int, int], pixel: tuple[int, int], cells: tuple[int, int]
) -> tuple[int, int]:
    """Row and column of the cell nearest to a pixel of a picture of (height, width).

    Parameters
    ----------
    cells : tuple of int
        Rows and columns of the map.
    """
    framing = network.framing(*size)
    found = []
    margins = (framing.top, framing.bottom), (framing.left, framing.right)
    for place, side, count, (before, after) in zip(pixel, size, cells, margins, strict=True):
        whole, place = side + before + after, place + before
        if network.align_corners:
            at = place * (count - 1) / max(1, whole - 1)
        else:
            at = (place + 0.5) * count / whole - 0.5
        found.append(min(max(round(at), 0), count - 1))
    row, column = found
    return row, column


def contributions(network: PSPNet, features: Tensor, cell: tuple[int, int]) -> Contributions:
    """Split the scores of a cell of `features` (1, C, h, w), the backbone's last map.

    Parameters
    ----------
    network : PSPNet
        In eval mode.
    features : Tensor (1, C, h, w)
    cell : (int, int)
        Row and column.
    """
    with torch.inference_mode():
        levels = network.ppm(features)[0].cpu().double()
        convolution = of_kind(network.classifier[0], nn.Conv2d)
        norm = of_kind(network.classifier[1], nn.BatchNorm2d)
        last = of_kind(network.classifier[-1], nn.Conv2d)
        row, column = cell
        # The 3×3 neighbourhood, zeros outside of the map.
        patch = F.pad(levels, (1, 1, 1, 1))[:, row : row + 3, column : column + 3]
        weight = convolution.weight.cpu().double()
        mean, variance = (
            of_kind(buffer, Tensor).cpu().double()
            for buffer in (norm.running_mean, norm.running_var)
        )
        scale = norm.weight.cpu().double() / torch.sqrt(variance + norm.eps)
        shift = norm.bias.cpu().double() - mean * scale
        widths = [features.shape[1]] + [network.ppm.level_channels] * len(network.ppm.bins)
        parts, start = [], 0
        for width in widths:
            piece = slice(start, start + width)
            received = torch.einsum("ocij,cij->o", weight[:, piece], patch[piece])
            parts.append(received * scale)
            start += width
        parts.append(shift)
        passes = (sum(parts[1:], parts[0]) > 0).double()
        matrix = last.weight.cpu().double()[:, :, 0, 0]
        scores = torch.stack([matrix @ (part * passes) for part in parts])
        scores[-1] += of_kind(last.bias, Tensor).cpu().double()
    names = ("map", *(f"{n}×{n}" for n in network.ppm.bins), "constants")
    return Contributions(names, scores.numpy())
