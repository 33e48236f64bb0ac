"""A closed program in a network's place: pictures go in, scores come out, nothing else is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.checkpoints.whole_models.scores import Form, NoScores, scores_of, tensor_of
from segviewer.errors import Cancelled, EngineError, SegviewerError
from segviewer.layers.framing import WHOLE, Framing, next_multiple
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings

OVERLAP = 8  # a window overlaps the next by one eighth of its side


class Program(Protocol):
    """What runs: a tensor (B, C, H, W) or (B, H, W, C) to whatever the program gives."""

    differentiable: bool
    num_parameters: int

    def run(self, image: Tensor) -> Any: ...

    def parameters(self) -> Iterator[Tensor]: ...

    def move(self, device: torch.device) -> None: ...


@dataclass(frozen=True)
class Input:
    """What a program takes.

    Attributes
    ----------
    channels : int
        3, or 1 for a grey picture.
    channels_last : bool
        (B, H, W, C).
    size : (int, int) or None
        The only height and width it takes; None for any.
    divisor : int
        By which height and width must be divisible.
    dtype : torch.dtype
    """

    channels: int = 3
    channels_last: bool = False
    size: tuple[int, int] | None = None
    divisor: int = 1
    dtype: torch.dtype = torch.float32

    def ready(self, image: Tensor) -> Tensor:
        """A normalised picture (B, 3, H, W) as the program takes it."""
        image = image[:, : self.channels]
        if not self.dtype.is_floating_point:
            image = image.round().clamp(0, 255)
        image = image.to(self.dtype)
        return (image.movedim(1, -1) if self.channels_last else image).contiguous()


class WholeModelSettings(NetworkSettings):
    """Nothing of a closed program is live."""


class WholeModel(Network[WholeModelSettings]):
    """A program, run at the sizes that it takes.

    Parameters
    ----------
    program : Program
    takes : Input
    gives : Form
    title : str
        "TorchScript program".
    stride : float
        Pixels of the picture for each cell of the scores.

    Attributes
    ----------
    program, takes, gives, kind_title, stride
        As given.
    """

    paper: ClassVar[str] = "a program of its own"
    Config = WholeModelSettings
    presets: ClassVar[dict[str, dict[str, Any]]] = {}

    def __init__(
        self, program: Program, takes: Input, gives: Form, title: str, stride: float = 1.0
    ) -> None:
        super().__init__(WholeModelSettings(num_classes=gives.num_classes))
        # In a tuple, so that torch takes nothing of it for a layer that could be hooked.
        self._held = (program,)
        self.takes, self.gives, self.kind_title, self.stride = takes, gives, title, stride
        # Called before every window: whoever wants to stop a network does so before its layers.
        self.window = nn.Identity()
        # Says on which device it is.
        self._place = nn.Parameter(torch.empty(0), requires_grad=False)

    @property
    def program(self) -> Program:
        return self._held[0]

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        """The device's mark, and one tensor without contents of as many numbers as there are.

        Parameters
        ----------
        prefix : str
        recurse, remove_duplicate : bool
            As torch has them; without effect.
        """
        yield f"{prefix}_place", self._place
        count = torch.empty(self.program.num_parameters, device="meta")
        yield f"{prefix}program", nn.Parameter(count, requires_grad=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> WholeModel:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]  # torch's own
        self.program.move(self._place.device)
        return self

    def framing(self, height: int, width: int) -> Framing:
        """Padding up to the program's own size, or to the next that it takes."""
        if self.takes.size is not None:
            least = self.takes.size
            right, bottom = max(0, least[1] - width), max(0, least[0] - height)
        else:
            step = self.takes.divisor
            right = next_multiple(width, step) - width
            bottom = next_multiple(height, step) - height
        return Framing(right=right, bottom=bottom) if right or bottom else WHOLE

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """The whole run: nothing of a closed program can be kept from one head to another."""
        return {"scores": self._run(image)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Scores (B, K, h, w), as the program gave them."""
        return features["scores"]

    def _run(self, image: Tensor) -> Tensor:
        size = (image.shape[-2], image.shape[-1])
        if self.takes.size is None or size == self.takes.size:
            return self._scores(image)
        return self._in_windows(image, self.takes.size)

    def _in_windows(self, image: Tensor, size: tuple[int, int]) -> Tensor:
        """Scores at the picture's own pixels, of windows of the one size that there is."""
        height, width = image.shape[-2:]
        total: Tensor | None = None
        weight = image.new_zeros(height, width)
        ramp = torch.minimum(_ramp(size[0])[:, None], _ramp(size[1])[None]).to(image.device)
        for top in window_starts(height, size[0]):
            for left in window_starts(width, size[1]):
                part = image[..., top : top + size[0], left : left + size[1]]
                scores = self._scores(part)
                if scores.shape[-2:] != size:
                    scores = F.interpolate(scores, size, mode="bilinear", align_corners=False)
                if total is None:
                    total = scores.new_zeros(*scores.shape[:2], height, width)
                total[..., top : top + size[0], left : left + size[1]] += scores * ramp
                weight[top : top + size[0], left : left + size[1]] += ramp
        assert total is not None, "a picture has at least one window"
        return total / weight

    def _scores(self, image: Tensor) -> Tensor:
        try:
            output = tensor_of(self._answer(self.window(image)))
            return scores_of(output.to(image.device), self.gives)
        except NoScores as error:
            raise EngineError(
                f"The {self.kind_title} gives something else for this picture.",
                f"With the first picture it gave a map of scores; now {error}.",
                "Write a card beside it that names all its classes, or export it again with its "
                "scores as output.",
            ) from error

    def _answer(self, image: Tensor) -> Any:
        try:
            return self.program.run(self.takes.ready(image))
        except (MemoryError, SegviewerError, Cancelled):
            raise
        # A program may raise whatever its author liked.
        except Exception as error:
            if "alloc" in str(error).lower() or "out of memory" in str(error).lower():
                raise  # with which the caller can do something: tiles, the CPU
            height, width = image.shape[-2:]
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise EngineError(
                f"The {self.kind_title} stopped on this picture.",
                f"On {width}×{height} px and {image.device} it says: {lines[-1].strip()[:200]}.",
                "Try another inference size, or the CPU in the Device menu.",
                str(error),
            ) from error


def window_starts(length: int, window: int) -> list[int]:
    """First pixels of overlapping windows that cover `length`."""
    if length <= window:
        return [0]
    step = max(1, window - window // OVERLAP)
    count = -(-(length - window) // step) + 1
    return [min(index * step, length - window) for index in range(count)]


def _ramp(length: int) -> Tensor:
    from_edge = torch.minimum(torch.arange(length), torch.arange(length).flip(0)) + 1.0
    return (from_edge / max(1, length // OVERLAP)).clamp(max=1.0)


def is_closed(network: nn.Module) -> bool:
    """Whether nothing but its answers is known of a network."""
    return isinstance(network, WholeModel)
