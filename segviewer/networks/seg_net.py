"""SegNet (Badrinarayanan, Kendall, Cipolla 2015), figures 2 and 3: unpool by remembered places.

Against FCN: the decoder mirrors the encoder (VGG-16 without its fully connected layers, with
batch norm), and all that it receives of detail is where each pooling found its largest
value. `unpooling` interpolates instead, which needs no memory and loses the places.

Poolings round up and every unpooling receives the size that was pooled, so that pictures of
odd sizes go through as they are.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.framing import WHOLE, Framing
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.upsample import unpool
from segviewer.layers.vgg import VGG16
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

SMALLEST = 32  # pixels that five poolings leave one of
STAGES = (1, 2, 3, 4, 5)


class SegNetConfig(NetworkSettings):
    """Settings of :class:`SegNet`."""

    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    last_convolutions: int = control(
        0,
        kind="structure",
        label="3×3 more at the pixels",
        ge=0,
        le=1,
        tip="One more convolution in front of the scores than the paper has (yassouali).",
    )
    poolings_round: Literal["up", "down"] = control(
        "up",
        kind="structure",
        label="Poolings round",
        tip="What becomes of an odd row or column: a window of its own, or left out.",
    )
    unpooling: Literal["stored indices", "bilinear"] = control(
        "stored indices",
        kind="geometry",
        label="Unpooling",
        tip="Stored indices: each value returns to the pixel where the pooling found it, zeros "
        "elsewhere. Bilinear: the map is interpolated, and the places are lost.",
    )


class SegNet(Network[SegNetConfig]):
    """Encoder of 13 convolutions and its mirror image; the last convolution gives scores."""

    title = "SegNet"
    paper = "Badrinarayanan, Kendall, Cipolla 2015, arXiv 1511.00561"
    Config = SegNetConfig
    presets = {
        "SegNet": {},
        "SegNet · CamVid": {"num_classes": 11},
        "SegNet · bilinear": {"unpooling": "bilinear"},
    }
    head_fields = ("unpooling",)

    def __init__(self, config: SegNetConfig):
        super().__init__(config)
        up = config.poolings_round == "up"
        poolings = [nn.MaxPool2d(2, ceil_mode=up, return_indices=True) for _ in STAGES]
        self.encoder = VGG16(config.width, poolings, normalised=True)
        self.last_convolutions = config.last_convolutions
        self.decoder = nn.ModuleDict()
        for stage in reversed(STAGES):
            channels = self.encoder.channels[stage - 1]
            for name in self._names(stage):
                cout = channels
                if name.endswith("_1"):  # the narrower stage, or the classes, comes next
                    cout = self.encoder.channels[stage - 2] if stage > 1 else config.num_classes
                self.decoder[f"{name}_D"] = nn.Conv2d(channels, cout, 3, padding=1)
                if name != "conv1_1":
                    self.decoder[f"{name}_D_bn"] = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        initialise_he(self)
        self.reconfigure(config)

    def _names(self, stage: int) -> list[str]:
        """Convolutions of a stage on the way up, in their order."""
        *names, last = reversed(self.encoder.names(stage))
        extra = ["conv1_0"] * self.last_convolutions if stage == 1 else []
        return [*names, *extra, last]

    def framing(self, height: int, width: int) -> Framing:
        """Small pictures are filled up where poolings that round down would leave nothing."""
        if self.config.poolings_round == "up":
            return WHOLE
        return Framing(right=max(0, SMALLEST - width), bottom=max(0, SMALLEST - height))

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Map `out` of the fifth pooling and places `indices1` … `indices5` (int64).

        `image` goes along for its size alone.
        """
        features, x = {"image": image}, image
        for stage in STAGES:
            # both (B, C, ⌈h/2⌉, ⌈w/2⌉)
            x, places = self.encoder.pooling(stage)(self.encoder.stage(stage, x))
            features[f"indices{stage}"] = places
        return {**features, "out": x}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        x = features["out"]
        for stage in reversed(STAGES):
            # What stage n pooled has the size of what stage n-1 gave.
            before = features[f"indices{stage - 1}"] if stage > 1 else features["image"]
            size = before.shape[-2:]
            if self.config.unpooling == "bilinear":
                x = F.interpolate(x, size, mode="bilinear", align_corners=False)
            else:
                x = unpool(x, features[f"indices{stage}"], size)  # (B, C, *size)
            for name in self._names(stage):
                x = self.decoder[f"{name}_D"](x)
                if name != "conv1_1":
                    x = self.relu(self.decoder[f"{name}_D_bn"](x))
        return x
