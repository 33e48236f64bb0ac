"""VGG (Simonyan and Zisserman 2014), table 1: the plain network that has only one path.

What Veit, Wilber and Belongie (2016) compared ResNets with: deleting any layer here cuts
the only path there is (`delete_first`, `delete_count`). Where the deleted convolution
doubles the channels, the new ones are filled with zeros, since the paper does not say what
was done there.

Departures: the fully connected layers are convolutions (7x7, 1x1, 1x1) asked at every
place, with zero padding around the map; with `global_pooling` the map is averaged to 7x7
and asked once, as torchvision does for any size (at 224 x 224 the map has 7x7 cells and
its middle is the published answer). For a denser map the last poolings take stride 1, and
what follows them the rate that keeps the answers at the old places.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.framing import Framing
from segviewer.layers.fully_connected import FullyConnected
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.plain_stages import GROWTH, PlainStages
from segviewer.networks.backbone_settings import global_pooling_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

FC6 = 7
SMALLEST = 32  # pixels; below, the poolings leave nothing
MOST_LAYERS = 16  # convolutions of VGG-19


class VGGConfig(NetworkSettings):
    """Settings of :class:`VGG`. Defaults are VGG-16's (column D)."""

    stage_layers: tuple[int, ...] = control(
        (2, 2, 3, 3, 3),
        kind="structure",
        label="Convolutions",
        ge=1,
        le=4,
        item_labels=("stage 1", "stage 2", "stage 3", "stage 4", "stage 5"),
    )
    normalised: bool = control(False, kind="structure", label="Batch norm")
    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    fc_channels: int = control(4096, kind="structure", label="fc6, fc7 channels", ge=1, le=8192)
    output_stride: Literal[8, 16, 32] = output_stride_control(
        32,
        tip="Input size divided by map size. Below 32 the last poolings keep the size and the "
        "convolutions behind them are dilated.",
    )
    global_pooling: bool = global_pooling_control(
        on="On: the map is averaged to 7×7 and gives one answer for the whole picture."
    )
    delete_first: int = control(
        0,
        kind="geometry",
        label="Delete convolution",
        ge=0,
        le=MOST_LAYERS,
        zero_text="none",
        tip="Number of a convolution that is left out with its ReLU, counted from the input. "
        "Numbers past the last convolution mean the last.",
    )
    delete_count: int = control(
        1,
        kind="geometry",
        label="Convolutions deleted",
        ge=1,
        le=MOST_LAYERS,
        tip="How many are deleted from there on.",
    )

    @model_validator(mode="after")
    def _five_stages(self) -> Self:
        if len(self.stage_layers) != len(GROWTH):
            raise ValueError("VGG has five stages")
        return self


class VGG(Network[VGGConfig]):
    """Image classifier of plain 3x3 convolutions, read as a class map."""

    title = "VGG"
    paper = "Simonyan, Zisserman 2014, arXiv 1409.1556; Veit, Wilber, Belongie 2016"
    Config = VGGConfig
    presets = {
        "VGG-16": {},
        "VGG-16 · one convolution deleted": {"delete_first": 6},
        "VGG-16 with batch norm": {"normalised": True},
        "VGG-11": {"stage_layers": (1, 1, 2, 2, 2)},
        "VGG-13": {"stage_layers": (2, 2, 2, 2, 2)},
        "VGG-19": {"stage_layers": (2, 2, 4, 4, 4)},
    }
    head_fields = ("global_pooling",)

    def __init__(self, config: VGGConfig):
        super().__init__(config)
        self.layers = PlainStages(config.stage_layers, config.width, config.normalised)
        cin, fc = self.layers.channels, config.fc_channels
        self.classifier = nn.Sequential(
            *(FullyConnected(cin, fc, FC6, padding=FC6 // 2), nn.ReLU(inplace=True), nn.Dropout()),
            *(FullyConnected(fc, fc, 1), nn.ReLU(inplace=True), nn.Dropout()),
            FullyConnected(fc, config.num_classes, 1),
        )
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: VGGConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        rate = self.layers.reconfigure(
            config.output_stride, config.delete_first, config.delete_count
        )
        set_atrous(of_kind(self.classifier[0], FullyConnected), rate=rate)
        for layer in self.classifier:
            if isinstance(layer, FullyConnected):
                layer.once = config.global_pooling

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing as long as nothing is deleted."""
        return () if self.config.delete_first else ("delete_count",)

    def framing(self, height: int, width: int) -> Framing:
        """Very small pictures are brought to the smallest size that all poolings leave."""
        return Framing(right=max(0, SMALLEST - width), bottom=max(0, SMALLEST - height))

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last pooling's maps `out` of a normalised `image` (B, 3, H, W)."""
        return {"out": self.layers(image)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return class scores of every cell, or (B, K, 1, 1) of the whole picture."""
        out = features["out"]
        if self.config.global_pooling:
            out = F.adaptive_avg_pool2d(out, FC6)  # (B, C, 7, 7)
        scores: Tensor = self.classifier(out)  # (B, K, h, w) or (B, K, 1, 1)
        return scores
