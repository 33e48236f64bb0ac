"""A backbone with a second classifier on an earlier map, which only training uses."""

from __future__ import annotations

from torch import Tensor, nn

from segviewer.layers.backbones import Backbone
from segviewer.networks.network import ConfigT, Network


class AuxiliaryNetwork(Network[ConfigT]):
    """Base of networks that have a `backbone` and perhaps an `aux_classifier`."""

    backbone: Backbone
    aux_classifier: nn.Module | None

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return backbone maps of a normalised `image` (B, 3, H, W)."""
        return self.after_backbone(self.backbone(image))

    def after_backbone(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The maps that the classifiers read; kept features are memory."""
        names = ("out",) if self.aux_classifier is None else ("auxiliary", "out")
        return {name: maps[name] for name in names}

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Scores, and those of the auxiliary classifier."""
        if self.aux_classifier is None:
            return self.head(features), []
        return self.head(features), [self.aux_classifier(features["auxiliary"])]
