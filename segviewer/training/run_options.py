"""What decides a training run besides its data, and what is taken where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from segviewer.layers.efficientnet_lite import FORMS
from segviewer.networks.network import Network

MINUTES = 30.0
SMALLEST_CROP, LARGEST_CROP = 64, 512  # pixels a side, where it is not asked for
_CROP_SHARE = 0.8  # of a picture's side
_CROP_STEP = 32
RARE_SHARE = 0.02
"""Of the labelled pixels, under which crops are drawn about a class."""


@dataclass(frozen=True)
class RunOptions:
    """What a person said of a run; zero and empty leave it to what fits.

    Attributes
    ----------
    network : str
        See :func:`segviewer.training.starting.start_of`.
    out : Path
        The checkpoint.
    settings : tuple of str
        Of the network, ``NAME=VALUE``.
    minutes : float
        Of the run, where `iterations` is 0.
    by_clock : bool
        Whether the run ends with its minutes, and its length follows the machine's pace.
    iterations, batch : int
    crop : (int, int) or None
        Height and width in pixels.
    scale : (float, float)
        Range of the random resize.
    texture, blur : float
        Probability of a foreign texture, and of a blur.
    colour : float
        Width of the colour changes, 1 for the usual.
    balanced : bool
        Whether crops about rare classes draw the class first.
    paste : float
        Probability that a frame gets rare objects of others.
    rate, backbone_rate, weight_decay : float
        Of AdamW.
    auxiliary_weight, jaccard_weight, lovasz_weight : float
        Of parts of the loss.
    hard_share : float
        Of the pixels, the hardest, that count in the cross entropy.
    average_decay : float
        Of the averaged weights, an iteration.
    average_last : float
        Share of the run's end whose weights' plain mean is taken instead; 0: none.
    bfloat16 : bool or None
    seed : int
    device : str
    every : int
        Iterations between measurements.
    keep_seconds : float
        Between two writings of the state.
    average : tuple of Path
        Checkpoints whose weights are averaged with the run's in the end.
    title : str
    fresh : bool
        Begin anew, whatever is there.
    """

    network: str
    out: Path
    settings: tuple[str, ...] = ()
    minutes: float = MINUTES
    by_clock: bool = False
    iterations: int = 0
    batch: int = 0
    crop: tuple[int, int] | None = None
    scale: tuple[float, float] = (0.5, 2.0)
    texture: float = 0.0
    blur: float = 0.25
    colour: float = 1.0
    balanced: bool = False
    paste: float = 0.0
    rate: float = 1e-3
    backbone_rate: float = 3e-4
    weight_decay: float = 0.01
    auxiliary_weight: float = 0.4
    jaccard_weight: float = 1.0
    lovasz_weight: float = 0.0
    hard_share: float = 1.0
    average_decay: float = 0.998
    average_last: float = 0.0
    bfloat16: bool | None = None
    seed: int = 0
    device: str = "auto"
    every: int = 0
    keep_seconds: float = 60.0
    average: tuple[Path, ...] = ()
    title: str = ""
    fresh: bool = False


def default_crop(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of crops of pictures of `size`: most of it, in steps of 32 pixels."""
    height, width = (
        min(LARGEST_CROP, max(SMALLEST_CROP, int(_CROP_SHARE * side) // _CROP_STEP * _CROP_STEP))
        for side in size
    )
    return height, width


def rare_classes(shares: Tensor) -> tuple[int, ...]:
    """Classes with few of the labelled pixels (K,), but some."""
    return tuple(k for k, share in enumerate(shares.tolist()) if 0 < share < RARE_SHARE)


def uses_bfloat16(options: RunOptions, network: Network, device: torch.device) -> bool:
    """Whether to compute in bfloat16: as asked, else where it is known to be faster.

    Networks of 1×1 convolutions take half the time in it on a CPU that has it; the gradient of
    a dilated 3×3 convolution of few channels takes eight times as long.
    """
    if options.bfloat16 is not None:
        return options.bfloat16
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    lite = getattr(network.config, "backbone", "") in FORMS
    return lite and device.type == "cpu" and "avx512_bf16" in _cpu_flags()


def _cpu_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.split())
