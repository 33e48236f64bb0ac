"""CRF-RNN (Zheng et al. 2015), algorithm 1: mean-field steps as layers behind FCN-8s.

Against a CRF behind a finished network: weights of both kernels are matrices over the
classes, the compatibility of labels is learned too, and all trains with the network. Each
step: softmax, messages of the spatial and the bilateral kernel (each row normalised, a cell
receives its own message), their matrices, compatibility, and the network's scores added again.

Departures: kernels are summed exactly, over cells of a coarse grid (`max_cells`), instead of
approximately over pixels by a permutohedral lattice. Messages of the cells are interpolated
and added to FCN-8s's scores at the pixels; no iteration gives FCN-8s itself. The compatibility
matrix starts at +1 and is added, as in the release (the paper: -1, subtracted). Colours are
read off the network's input, which holds grey levels less their mean.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from segviewer.layers.mean_field import MeanField, gaussian_kernel
from segviewer.networks.fcn import FCN, FCNConfig
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class CRFRNNConfig(NetworkSettings):
    """Settings of :class:`CRFRNN`. Defaults are those of its release, at test time."""

    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    fc_channels: int = control(4096, kind="structure", label="fc6, fc7 channels", ge=1, le=8192)
    num_iterations: int = control(
        10,
        kind="geometry",
        label="Iterations",
        symbol="T",
        ge=0,
        le=10,
        zero_text="FCN-8s",
        tip="Mean-field steps. Trained with 5, tested with 10.",
    )
    appearance_weight: float = control(
        1.0,
        kind="geometry",
        label="Appearance weight",
        ge=0,
        le=10,
        decimals=1,
        step=0.1,
        tip="Times the learned matrix of the kernel over positions and colours.",
    )
    appearance_xy_std: float = control(
        160.0,
        kind="geometry",
        label="Appearance reach",
        symbol="σα",
        unit="px",
        ge=1,
        le=400,
        decimals=0,
        step=1,
        tip="Distance over which cells of like colour agree.",
    )
    appearance_rgb_std: float = control(
        3.0,
        kind="geometry",
        label="Appearance colour",
        symbol="σβ",
        unit="grey levels",
        ge=0.5,
        le=100,
        decimals=1,
        step=0.5,
        tip="Difference of colour that still counts as like.",
    )
    smoothness_weight: float = control(
        1.0,
        kind="geometry",
        label="Smoothness weight",
        ge=0,
        le=10,
        decimals=1,
        step=0.1,
        tip="Times the learned matrix of the kernel over positions alone.",
    )
    smoothness_xy_std: float = control(
        3.0,
        kind="geometry",
        label="Smoothness reach",
        symbol="σγ",
        unit="px",
        ge=0.5,
        le=100,
        decimals=1,
        step=0.5,
        tip="Distance over which neighbours agree. Below a cell's size only the cell counts.",
    )
    compatibility: bool = control(
        True,
        kind="geometry",
        label="Learned compatibility",
        tip="Off: Potts, any two different labels cost the same.",
    )
    max_cells: int = control(
        4096,
        kind="geometry",
        label="Cells at most",
        ge=16,
        le=4096,
        tip="The picture is divided into at most so many square cells, between all of which "
        "the kernels are summed.",
    )


class CRFRNN(Network[CRFRNNConfig]):
    """FCN-8s and a dense CRF unrolled into mean-field steps."""

    title = "CRF-RNN"
    paper = "Zheng, Jayasumana, Romera-Paredes et al. 2015, ICCV, arXiv 1502.03240"
    Config = CRFRNNConfig
    presets = {
        "CRF-RNN": {},
        "CRF-RNN · as trained": {"num_iterations": 5},
        "CRF-RNN · Potts": {"compatibility": False},
        "FCN-8s, no iteration": {"num_iterations": 0},
    }
    head_fields = (
        "num_iterations",
        "appearance_weight",
        "appearance_xy_std",
        "appearance_rgb_std",
        "smoothness_weight",
        "smoothness_xy_std",
        "compatibility",
        "max_cells",
    )

    def __init__(self, config: CRFRNNConfig):
        super().__init__(config)
        structure = {n: getattr(config, n) for n in ("width", "fc_channels", "num_classes")}
        self.fcn = FCN(FCNConfig(**structure))
        self.mean_field = MeanField(config.num_classes)
        self.reconfigure(config)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return FCN-8s's maps, and the `image` (B, 3, H, W) itself for its colours."""
        return self.fcn.features(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        config = self.config
        scores = self.fcn.head(features)  # (B, K, H, W)
        if not config.num_iterations:
            return scores
        height, width = size = scores.shape[-2], scores.shape[-1]
        side = cell_side(height, width, config.max_cells)
        grid = math.ceil(height / side), math.ceil(width / side)
        added = self.mean_field(  # (B, K, h, w)
            F.adaptive_avg_pool2d(scores, grid),  # (B, K, h, w)
            self._kernels(F.adaptive_avg_pool2d(features["image"], grid), size),
            (config.smoothness_weight, config.appearance_weight),
            config.num_iterations,
            not config.compatibility,
        )
        return scores + F.interpolate(added, size, mode="bilinear", align_corners=False)

    def _kernels(self, image: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Spatial and bilateral kernel between the cells of a coarse `image` (B, 3, h, w)."""
        config = self.config
        grid = image.shape[-2], image.shape[-1]
        positions = cell_centres(grid, size, image.device).to(image.dtype)  # (1, h w, 2)
        colours = image.flatten(2).transpose(1, 2) / config.appearance_rgb_std
        near = (positions / config.appearance_xy_std).expand(len(image), -1, -1)  # (B, h w, 2)
        return (
            gaussian_kernel(positions / config.smoothness_xy_std),  # (1, h w, h w)
            gaussian_kernel(torch.cat([near, colours], dim=2)),  # (B, h w, h w)
        )


def cell_side(height: int, width: int, max_cells: int) -> int:
    """Smallest whole side, in pixels, of cells of which at most `max_cells` cover a picture.

    Parameters
    ----------
    height, width : int
        Of the picture, pixels.
    max_cells : int
        At least 1.
    """
    side = max(1, math.isqrt(height * width // max_cells))
    while math.ceil(height / side) * math.ceil(width / side) > max_cells:
        side += 1
    return side


def cell_centres(
    grid: tuple[int, int], size: tuple[int, int], device: torch.device | None = None
) -> Tensor:
    """Centres (1, h w, 2) of the cells of a grid (h, w) over `size` pixels, row by row.

    Parameters
    ----------
    grid : (int, int)
        h and w.
    size : (int, int)
        Height and width of the picture, pixels.
    device : torch.device, optional
    """
    rows, columns = (
        (torch.arange(cells, device=device, dtype=torch.float32) + 0.5) * (length / cells)
        for cells, length in zip(grid, size, strict=True)
    )
    cells = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([cell.flatten() for cell in cells], dim=1)[None]
