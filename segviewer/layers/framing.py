"""What a network wants around a photograph, and which part of it the scores cover.

Some networks take certain sizes only (PSPNet, SegNet), and some lose a border because
their convolutions are not padded (Dilation8, the original U-Net). What their users do is
always the same: pad, run, crop back. A `Framing` says by how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Framing:
    """Padding in pixels, and the border of the padded picture that the scores leave out.

    Attributes
    ----------
    left, right, top, bottom : int
        Pixels added to the photograph.
    margin : int
        Width of the border of the padded picture that the scores do not cover.
    mode : {"zero", "reflect"}
        Zero is the mean colour after normalisation; reflect mirrors the photograph.
    """

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    margin: int = 0
    mode: Literal["zero", "reflect"] = "zero"

    def pad(self, image: Tensor) -> Tensor:
        """Pad (B, C, H, W); a side too short to mirror is mirrored as often as it takes."""
        todo = [self.left, self.right, self.top, self.bottom]
        if self.mode == "zero":
            return F.pad(image, todo) if any(todo) else image
        while any(todo):
            height, width = image.shape[-2:]
            room = [width - 1, width - 1, height - 1, height - 1]
            now = [min(a, b) for a, b in zip(todo, room, strict=True)]
            todo = [a - b for a, b in zip(todo, now, strict=True)]
            if any(now):
                image = F.pad(image, now, mode="reflect")
                continue
            # One pixel cannot be mirrored about itself: it is repeated.
            return F.pad(image, todo, mode="replicate")
        return image

    def crop(self, scores: Tensor, height: int, width: int) -> Tensor:
        """Cut `scores` of the padded picture less its margin down to the photograph's pixels.

        Parameters
        ----------
        scores : Tensor (B, K, H', W')
            At the pixels of the padded picture less its margin.
        height, width : int
            Of the photograph.
        """
        top, left = self.top - self.margin, self.left - self.margin
        return scores[..., top : top + height, left : left + width]


WHOLE = Framing()


class Framed(Protocol):
    """A network as it is run here: what it wants around a picture, features, head."""

    @property
    def align_corners(self) -> bool: ...

    def framing(self, height: int, width: int) -> Framing: ...

    def features(self, image: Tensor) -> dict[str, Tensor]: ...

    def head(self, features: dict[str, Tensor]) -> Tensor: ...


def run_features(network: Framed, image: Tensor) -> dict[str, Tensor]:
    """Features of the framed `image` (B, 3, H, W)."""
    height, width = image.shape[-2:]
    return network.features(network.framing(height, width).pad(image))


def full_scores(network: Framed, features: dict[str, Tensor], height: int, width: int) -> Tensor:
    """Scores (B, K, height, width) at the photograph's pixels, from features of it.

    Parameters
    ----------
    network : Framed
    features : dict of Tensor
        Of the framed photograph.
    height, width : int
        Of the photograph.
    """
    return place_scores(network, network.head(features), height, width)


def place_scores(network: Framed, scores: Tensor, height: int, width: int) -> Tensor:
    """Bring `scores` of a framed picture to the photograph's pixels (height, width).

    Parameters
    ----------
    network : Framed
    scores : Tensor (B, K, h, w)
        At any stride.
    height, width : int
        Of the photograph.

    Returns
    -------
    Tensor of float32 (B, K, height, width)
    """
    framing = network.framing(height, width)
    covered = (
        height + framing.top + framing.bottom - 2 * framing.margin,
        width + framing.left + framing.right - 2 * framing.margin,
    )
    scores = scores.float()
    if scores.shape[-2:] != covered:
        scores = F.interpolate(
            scores, covered, mode="bilinear", align_corners=network.align_corners
        )
    return framing.crop(scores, height, width)


def next_multiple(size: int, step: int, remainder: int = 0) -> int:
    """Smallest number not below `size` that leaves `remainder` when divided by `step`.

    Parameters
    ----------
    size : int
    step : int
        At least 1.
    remainder : int
    """
    return size + (remainder - size) % step
