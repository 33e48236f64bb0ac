"""From a photograph and a network to probabilities and a label map, on any device.

The network sees the photograph at its working size; scores come back to that size by
bilinear interpolation, and the label map to the photograph's own pixels. Pictures too
large for one pass are cut into overlapping tiles. Memory that runs out leads to tiles,
then to the CPU, and is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.errors import EngineError
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.inference.fusing import fused
from segviewer.layers.framing import Framing, full_scores, next_multiple, place_scores
from segviewer.layers.framing import run_features as framed_features
from segviewer.networks.network import Network

SCALES = (0.75, 1.0, 1.25)
# One pass holds roughly 150 to 400 bytes of activations per pixel; 4 megapixels stay
# below 2 GB. Larger working sizes go through tiles.
PASS_PIXELS = 4_000_000
TILE_SIDE = 1024
TILE_OVERLAP = 128
MAX_CLASSES = 255  # a label map holds one byte a pixel; 255 is void
MANY_KEPT = 20  # classes shown of a network that has more than a label map holds

Check = Callable[[], None]
Progress = Callable[[float], None]


def choose_device(name: str) -> torch.device:
    """Resolve ``auto`` / ``cpu`` / ``cuda:0`` / ``mps``.

    Raises
    ------
    EngineError
        If the named device does not exist on this machine.
    """
    if name == "auto":
        devices = device_names()
        best = next((d for d in devices if d.startswith("cuda")), devices[-1])
        return torch.device(best)
    if name not in device_names():
        raise EngineError(
            f"The device {name} cannot be used.",
            "This machine does not have it, or its driver is missing.",
            "Choose another device in the Device menu; auto takes the best one there is.",
        )
    return torch.device(name)


@cache
def device_names() -> tuple[str, ...]:
    """Names of the devices of this machine, the CPU first.

    Asked once: looking for a GPU that is not there takes tens of milliseconds each time.
    """
    names = ["cpu"]
    if torch.cuda.is_available():
        names += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return tuple(names)


@dataclass
class Pass:
    """One view of the photograph for the network: scaled, perhaps mirrored.

    Attributes
    ----------
    features : dict of Tensor
    mirrored : bool
    size : (int, int)
        Height and width of what the network was shown, pixels.
    covered : (int, int)
        Of these, from the upper left corner, those that are the photograph.
    """

    features: dict[str, Tensor]
    mirrored: bool
    size: tuple[int, int]
    covered: tuple[int, int]


def interrupt_by(network: nn.Module, check: Check) -> None:
    """Call `check` before every layer of `network`, so that Esc acts within one layer."""

    def before(module: nn.Module, inputs: object) -> None:
        check()

    for module in network.modules():
        if not any(True for _ in module.children()):
            module.register_forward_pre_hook(before)


def scales_of(multi_scale: bool) -> tuple[float, ...]:
    """Sizes at which the network sees the photograph, as fractions of the working size."""
    return SCALES if multi_scale else (1.0,)


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Height and width of a picture brought to `scale`."""
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def run_features(
    network: Network,
    image: NDArray[np.uint8],
    preprocessing: Preprocessing,
    device: torch.device,
    *,
    scales: tuple[float, ...] = (1.0,),
    flip: bool = False,
    divisor: int = 0,
    progress: Progress = lambda fraction: None,
) -> list[Pass]:
    """Backbone features of each scale, and of its mirror image if `flip`.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        The photograph at working size, RGB.
    divisor : int
        Mirror the right and lower border until both sides are multiples of it; 0: any size.
    """
    tensor = torch.from_numpy(preprocessing.normalise(image))[None].to(device)
    passes = []
    total = len(scales) * (2 if flip else 1)
    for scale in scales:
        scaled = tensor
        if scale != 1:
            scaled = F.interpolate(
                tensor,
                scaled_size((tensor.shape[-2], tensor.shape[-1]), scale),
                mode="bilinear",
                align_corners=False,
                antialias=scale < 1,
            )
        scaled = scaled.contiguous(memory_format=torch.channels_last)
        for mirrored in (False, True) if flip else (False,):
            view = scaled.flip(-1) if mirrored else scaled
            covered = view.shape[-2], view.shape[-1]
            if divisor > 1:
                right, below = (next_multiple(side, divisor) - side for side in covered[::-1])
                view = Framing(right=right, bottom=below, mode="reflect").pad(view)
            size = view.shape[-2], view.shape[-1]
            with torch.inference_mode(), fused(network):
                passes.append(Pass(framed_features(network, view), mirrored, size, covered))
            progress(len(passes) / total)
    return passes


def probabilities(scores: Tensor, multi_label: bool = False) -> Tensor:
    """Class probabilities of scores (K, H, W).

    A network with one class was trained with a sigmoid: its score says foreground or not, and
    there are two planes. A softmax over one class would say 1 everywhere.

    Parameters
    ----------
    scores : Tensor (K, H, W)
    multi_label : bool
        Each class has a sigmoid of its own. A last plane is added: none of them, 1 less the
        largest. The planes do not sum to 1 then.
    """
    if multi_label:
        each = scores.sigmoid()
        return torch.cat([each, 1 - each.amax(0, keepdim=True)])
    if len(scores) == 1:
        foreground = scores.sigmoid()
        return torch.cat([1 - foreground, foreground])
    return scores.softmax(dim=0)


def run_head(
    network: Network, passes: list[Pass], size: tuple[int, int], multi_label: bool = False
) -> NDArray[np.float32]:
    """Average probabilities over the passes.

    Parameters
    ----------
    network : Network
    passes : list of Pass
        From :func:`run_features`.
    size : (int, int)
        Height and width of the result, pixels.
    multi_label : bool
        As with :func:`probabilities`, which says what there is instead then.

    Returns
    -------
    ndarray of float32 (K, H, W)
        Softmax of the scores upsampled to `size`, summing to 1 at every pixel; background and
        foreground of a network with one class.
    """
    total: Tensor | None = None
    with torch.inference_mode(), fused(network):
        for one in passes:
            scores = full_scores(network, one.features, *one.size)
            scores = scores[..., : one.covered[0], : one.covered[1]]
            if scores.shape[-2:] != size:
                scores = F.interpolate(scores, size, mode="bilinear", align_corners=False)
            probs = probabilities(scores[0], multi_label)
            if one.mirrored:
                probs = probs.flip(-1)
            total = probs if total is None else total + probs
        assert total is not None, "no passes"
        mean: np.ndarray = (total if len(passes) == 1 else total / len(passes)).cpu().numpy()
        return mean


def run_head_of_many(
    network: Network, passes: list[Pass], size: tuple[int, int], keep: int = MANY_KEPT
) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`run_head` for more classes than a label map holds.

    The `keep` classes with the largest mean probability on this picture stay; all others
    together are the last one. Probabilities are interpolated, not scores: a thousand planes
    at the photograph's size would take gigabytes.

    Parameters
    ----------
    network : Network
    passes : list of Pass
        From :func:`run_features`.
    size : (int, int)
        Height and width of the result, pixels.
    keep : int

    Returns
    -------
    probs : ndarray of float32 (keep + 1, H, W)
    kept : ndarray of int64 (keep,)
        Indices of the classes that stay, most probable first.
    """
    total: Tensor | None = None
    kept: Tensor | None = None
    with torch.inference_mode(), fused(network):
        for one in passes:
            coarse = network.head(one.features).float().softmax(dim=1)
            if kept is None:
                kept = coarse[0].mean(dim=(1, 2)).topk(min(keep, coarse.shape[1])).indices
            few = coarse[:, kept]
            few = torch.cat([few, (1 - few.sum(1, keepdim=True)).clamp(min=0)], dim=1)
            probs = place_scores(network, few, *one.size)
            probs = probs[..., : one.covered[0], : one.covered[1]]
            if probs.shape[-2:] != size:
                probs = F.interpolate(probs, size, mode="bilinear", align_corners=False)
            probs = probs[0].flip(-1) if one.mirrored else probs[0]
            total = probs if total is None else total + probs
        assert total is not None and kept is not None, "no passes"
        return (total / len(passes)).cpu().numpy(), kept.cpu().numpy()


def time_network(
    network: Network,
    image: NDArray[np.uint8],
    preprocessing: Preprocessing,
    device: torch.device,
    *,
    scales: tuple[float, ...] = (1.0,),
    flip: bool = False,
) -> float:
    """Seconds of one whole run, features and head, as in :func:`run_features`.

    A network's first run at a size also chooses and compiles kernels, so this is for a
    network that has run before.

    Parameters
    ----------
    network : Network
    image : ndarray of uint8 (H, W, 3)
    preprocessing : Preprocessing
    device : torch.device
    scales : tuple of float
    flip : bool
        As in :func:`run_features`.
    """
    began = time.perf_counter()
    passes = run_features(network, image, preprocessing, device, scales=scales, flip=flip)
    many = network.config.num_classes > MAX_CLASSES
    head: Callable[..., object] = run_head_of_many if many else run_head
    head(network, passes, image.shape[:2])  # ends on the CPU: nothing is still under way
    return time.perf_counter() - began


def needs_tiles(height: int, width: int) -> bool:
    """True where a working size is too large for one pass."""
    return height * width > PASS_PIXELS


def tile_starts(length: int) -> list[int]:
    """First pixels of overlapping tiles that cover `length`."""
    if length <= TILE_SIDE:
        return [0]
    step = TILE_SIDE - TILE_OVERLAP
    count = -(-(length - TILE_OVERLAP) // step)
    return [min(i * step, length - TILE_SIDE) for i in range(count)]


def run_tiles(
    network: Network,
    image: NDArray[np.uint8],
    preprocessing: Preprocessing,
    device: torch.device,
    *,
    flip: bool = False,
    divisor: int = 0,
    multi_label: bool = False,
    progress: Progress = lambda fraction: None,
) -> NDArray[np.float32]:
    """Probabilities of a large picture, tile by tile, blended where tiles overlap.

    Image pooling and every receptive field end at the tile's border, which is why the
    caller says so on the picture.

    Parameters
    ----------
    network : Network
    image : ndarray of uint8 (H, W, 3)
    preprocessing : Preprocessing
    device : torch.device
    flip : bool
        Average with the mirror image.
    divisor : int
        As with :func:`run_features`.
    multi_label : bool
        As with :func:`probabilities`.
    progress : callable (fraction)

    Returns
    -------
    ndarray of float32 (K, H, W)
    """
    height, width = image.shape[:2]
    corners = [(y, x) for y in tile_starts(height) for x in tile_starts(width)]
    total: np.ndarray | None = None
    weight = np.zeros((height, width), np.float32)
    for done, (y, x) in enumerate(corners):
        tile = image[y : y + TILE_SIDE, x : x + TILE_SIDE]
        passes = run_features(network, tile, preprocessing, device, flip=flip, divisor=divisor)
        probs = run_head(network, passes, tile.shape[:2], multi_label)
        ramp = np.minimum.outer(_ramp(tile.shape[0]), _ramp(tile.shape[1]))
        if total is None:
            total = np.zeros((probs.shape[0], height, width), np.float32)
        total[:, y : y + TILE_SIDE, x : x + TILE_SIDE] += probs * ramp
        weight[y : y + TILE_SIDE, x : x + TILE_SIDE] += ramp
        progress((done + 1) / len(corners))
    assert total is not None, "a picture has at least one tile"
    total /= weight
    return total


def _ramp(length: int) -> np.ndarray:
    from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1.0
    return np.minimum(from_edge / TILE_OVERLAP, 1.0).astype(np.float32)


def is_out_of_memory(error: BaseException) -> bool:
    """True for the ways torch and numpy say that memory ran out."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "alloc" in text)
