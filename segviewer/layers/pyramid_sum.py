"""Atrous spatial pyramid pooling of DeepLab v2 (figure 7): branches that vote and are summed."""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.atrous import set_atrous
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind


def _branch(cin: int, num_classes: int, hidden: int) -> nn.Module:
    branch: nn.Module
    scores = nn.Conv2d(hidden or cin, num_classes, 1 if hidden else 3, padding=0 if hidden else 1)
    if not hidden:
        branch = scores
    else:
        fc6, fc7 = nn.Conv2d(cin, hidden, 3, padding=1), nn.Conv2d(hidden, hidden, 1)
        layers = (*(fc6, nn.ReLU(), nn.Dropout()), *(fc7, nn.ReLU(), nn.Dropout()), scores)
        branch = nn.Sequential(*layers)
        initialise_he(branch)
    nn.init.normal_(scores.weight, std=0.01)
    if scores.bias is not None:
        nn.init.zeros_(scores.bias)
    return branch


class SummedPyramid(nn.Module):
    """Per rate a 3x3 atrous convolution to the classes, with bias; their sum.

    Parameters
    ----------
    cin, num_classes : int
    num_rates : int
        Number of branches.
    hidden : int
        Channels of fc6 (3x3, atrous) and fc7 (1x1) in each branch, before its 1x1 fc8: the
        VGG form. 0: the single convolution of the ResNet form.
    """

    def __init__(self, cin: int, num_classes: int, num_rates: int, hidden: int = 0):
        super().__init__()
        self.convs = nn.ModuleList(_branch(cin, num_classes, hidden) for _ in range(num_rates))
        self.num_classes = num_classes
        self.enabled = (True,) * num_rates

    def reconfigure(self, atrous_rates: tuple[int, ...], branches: tuple[bool, ...]) -> None:
        """Set the rates and which branches are enabled; weights stay."""
        for branch, rate in zip(self.convs, atrous_rates, strict=True):
            first = branch[0] if isinstance(branch, nn.Sequential) else branch
            set_atrous(of_kind(first, nn.Conv2d), rate=rate)
        self.enabled = tuple(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (B, K, h, w) of features (B, cin, h, w); zeros where every branch is off."""
        parts = [branch(x) for branch, on in zip(self.convs, self.enabled, strict=True) if on]
        if not parts:
            return x.new_zeros((x.shape[0], self.num_classes, *x.shape[-2:]))
        y: Tensor = sum(parts[1:], parts[0])  # (B, K, h, w)
        return y
