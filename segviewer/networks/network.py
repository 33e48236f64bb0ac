"""What every network offers, so that the explorer need not know which one it is."""

from __future__ import annotations

from typing import Any, ClassVar, Generic

from torch import Tensor, nn
from typing_extensions import TypeVar  # with a default: typing has that from 3.13 on

from segviewer.layers.framing import WHOLE, Framing
from segviewer.networks.settings import NetworkSettings

# A plain `Network` is one of any architecture, whose settings are asked for by name.
ConfigT = TypeVar("ConfigT", bound=NetworkSettings, default=Any)


class Network(nn.Module, Generic[ConfigT]):
    """Base of the networks: features, then head, and geometry that changes in place.

    Attributes
    ----------
    title : str
        Name as the paper prints it.
    paper : str
        Authors, year and where: one line.
    Config : type
        Its frozen settings.
    presets : dict
        Named settings, the first the usual one: ``{"FCN-8s": {"variant": "8s"}, …}``.
    head_fields : tuple of str
        Geometry settings that affect only `head`; changing them reuses cached features.
    align_corners : bool
        How coarse scores are brought up: corners of the map on corners of the picture, or
        cells over equal areas.
    """

    title: ClassVar[str]
    paper: ClassVar[str]
    Config: ClassVar[type[NetworkSettings]]
    presets: ClassVar[dict[str, dict[str, Any]]]
    head_fields: ClassVar[tuple[str, ...]] = ()
    config: ConfigT

    def __init__(self, config: ConfigT) -> None:
        super().__init__()
        self.config = config

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return False

    def reconfigure(self, config: ConfigT) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        return ()

    def choices_of(self, field: str) -> tuple[Any, ...]:
        """The values of a geometry setting that this structure runs with; () for all."""
        return ()

    def fixed_parts(self) -> tuple[str, ...]:
        """Sentences on what of its geometry cannot be set, and why."""
        return ()

    def strides_and_rates(self) -> tuple[tuple[str, str], ...]:
        """Of a tree that somebody else built: every strided and dilated layer, map by map."""
        return ()

    def framing(self, height: int, width: int) -> Framing:
        """Padding a photograph of this size needs, and what of it the scores cover."""
        return WHOLE

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps that `head` reads, of a normalised and framed `image` (B, 3, H, W)."""
        raise NotImplementedError

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, h, w), before softmax; h and w may be coarse or full."""
        raise NotImplementedError

    def after_backbone(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """What `features` does with the backbone's maps; for training on cached maps."""
        return maps

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Scores, and coarse scores of auxiliary classifiers that training uses."""
        return self.head(features), []

    def forward(self, image: Tensor) -> Tensor:
        """Scores of a normalised `image` of a size the network takes as it is."""
        return self.head(self.features(image))
