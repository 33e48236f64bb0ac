"""L2 normalisation across channels with a learned scale (ParseNet, section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPS = 1e-10  # under the root, as in the authors' layer
FIRST_SCALE = 10.0


class ScaledNorm(nn.Module):
    """Brings the vector of each cell to length 1, then scales channel c by γ_c.

    Parameters
    ----------
    channels : int
        Each has its own γ, starting at 10: features of length 1 are too small to learn from.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), FIRST_SCALE))
        self.reconfigure(enabled=True, factor=1.0)

    def reconfigure(self, enabled: bool, factor: float) -> None:
        """Switch it on, or let everything through; `factor` multiplies γ. Weights stay."""
        self.enabled, self.factor = enabled, factor

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        if not self.enabled:
            return x
        length = (x.square().sum(1, keepdim=True) + EPS).sqrt()  # (B, 1, h, w)
        return x / length * (self.factor * self.weight)[:, None, None]
