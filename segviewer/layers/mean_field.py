"""Mean-field inference of a dense CRF as layers of a network, with exact kernel sums."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SMALLEST_NORM = 1e-20


def gaussian_kernel(cells: Tensor) -> Tensor:
    """Weights exp(-|f_i - f_j|^2 / 2) between all cells, each row summing to 1.

    Parameters
    ----------
    cells : Tensor of float (B, N, D)
        Positions (and colours) over their standard deviations.

    Returns
    -------
    Tensor (B, N, N)
        Row i holds what cell i receives from each cell, itself included.
    """
    # About their middle the squares stay small, and so does what their difference loses.
    cells = cells - cells.mean(dim=1, keepdim=True)
    square = (cells * cells).sum(dim=2)
    products = torch.bmm(cells, cells.transpose(1, 2))
    kernel = (products - square[:, :, None] / 2 - square[:, None, :] / 2).clamp(max=0).exp()
    return kernel / kernel.sum(dim=2, keepdim=True).clamp(min=SMALLEST_NORM)


def scaled_identity(num_classes: int, scale: float) -> nn.Conv2d:
    """A matrix over the classes (a 1x1 convolution) that starts as `scale` times identity."""
    matrix = nn.Conv2d(num_classes, num_classes, 1, bias=False)
    with torch.no_grad():
        matrix.weight.copy_(scale * torch.eye(num_classes)[:, :, None, None])
    return matrix


class MeanField(nn.Module):
    """Two kernels, a matrix over the classes for each, and a compatibility matrix.

    What is added to the scores of a cell is ``C (w_s W_s m_s + w_b W_b m_b)``, with messages
    m of both kernels. C and W start as in CRF-RNN's release: attraction is positive.
    """

    def __init__(self, num_classes: int):
        super().__init__()
        self.spatial = scaled_identity(num_classes, 3.0)
        self.bilateral = scaled_identity(num_classes, 5.0)
        self.compatibility = scaled_identity(num_classes, 1.0)

    def forward(
        self,
        scores: Tensor,
        kernels: tuple[Tensor, Tensor],
        weights: tuple[float, float],
        num_iterations: int,
        potts: bool,
    ) -> Tensor:
        """Return what is added to `scores` after the last iteration.

        Parameters
        ----------
        scores : Tensor (B, K, h, w)
            Before softmax; minus the unary energy.
        kernels : tuple of Tensor (B or 1, h w, h w)
            Spatial and bilateral.
        weights : tuple of float
            Factors of the two.
        num_iterations : int
            At least 1.
        potts : bool
            Leave the compatibility matrix out: any two different labels cost the same.

        Returns
        -------
        Tensor (B, K, h, w)
        """
        batch, cells = scores.shape[0], scores.shape[-2] * scores.shape[-1]
        # (B, n, n)
        spatial, bilateral = (kernel.expand(batch, cells, cells) for kernel in kernels)
        added = torch.zeros_like(scores)
        for _ in range(num_iterations):
            probs = (scores + added).softmax(dim=1).flatten(2).transpose(1, 2)  # (B, h w, K)
            added = torch.zeros_like(scores)
            for kernel, weight, matrix in zip(
                (spatial, bilateral), weights, (self.spatial, self.bilateral), strict=True
            ):
                # as `scores`
                message = torch.bmm(kernel, probs).transpose(1, 2).reshape(scores.shape)
                added = added + weight * matrix(message)
            if not potts:
                added = self.compatibility(added)
        return added
