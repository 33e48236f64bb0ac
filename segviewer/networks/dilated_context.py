"""Dilation8 and Dilation10 (Yu and Koltun 2016): a front end, and a context module behind it.

Against FCN: the last two poolings are gone and what followed them is dilated, so scores have
stride 8 without any skip; then 3x3 convolutions of rates 1, 1, 2, 4 … 16 (64 for Cityscapes)
see exponentially far at that resolution (table 1). `context` takes the module away.

No convolution is padded. The picture is mirrored outward by 186 pixels, and each score
stands for the 8x8 pixels under it. The published files are Caffe's.

Departures: Dilation10's fixed deconvolution is the program's bilinear upsampling. The identity
passes nothing below 0 through its ReLUs, so an untrained front end starts with a bias that
keeps its scores positive: the same for every class, which changes no probability.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.context_module import ContextModule
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.vgg import VGG16, FullyConnected
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

MARGIN = 186  # pixels that the unpadded front end loses on each side
STRIDE = 8
CONV5_RATE, FC6_RATE = 2, 4
POSITIVE, SPREAD = 64.0, 0.001  # bias and weights' deviation of untrained scores


class DilatedContextConfig(NetworkSettings):
    """Settings of :class:`DilatedContext`. Defaults are Dilation8's VOC form."""

    size: Literal["basic", "large"] = control(
        "large",
        kind="structure",
        label="Context module",
        tip="Basic: as many channels as classes in every layer. Large: 2 to 32 times as many.",
    )
    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    fc_channels: int = control(4096, kind="structure", label="fc6, fc7 channels", ge=1, le=8192)
    context: bool = control(
        True,
        kind="geometry",
        label="Context module",
        tip="Off: the front end's scores as they are. An untrained module passes them on.",
    )
    dilations: tuple[int, ...] = control(
        (1, 1, 2, 4, 8, 16, 1),
        kind="geometry",
        label="Dilations",
        symbol="r",
        unit="cells",
        ge=1,
        le=64,
        tip="Distance of the taps of each 3×3 layer, in cells of 8 pixels. "
        "Dilation10 has 32 and 64 as well.",
    )
    padding: Literal["first layer", "each layer"] = control(
        "first layer",
        kind="geometry",
        label="Padding",
        tip="First layer: all the zeros at once around the scores (VOC's release). "
        "Each layer: as many as its own dilation.",
    )

    @model_validator(mode="after")
    def _enough_layers(self) -> Self:
        if not 4 <= len(self.dilations) <= 9:
            raise ValueError("a context module has 4 to 9 layers of 3×3")
        return self


class DilatedContext(Network[DilatedContextConfig]):
    """Unpadded VGG-16 of stride 8, and a context module that keeps its resolution."""

    title = "Dilation8 / Dilation10"
    paper = "Yu, Koltun 2016, ICLR, arXiv 1511.07122"
    Config = DilatedContextConfig
    presets = {
        "Dilation8 · VOC, large": {},
        "Dilation8 · basic": {"size": "basic", "padding": "each layer"},
        "Dilation10 · Cityscapes": {
            "size": "basic",
            "num_classes": 19,
            "dilations": (1, 1, 2, 4, 8, 16, 32, 64, 1),
            "padding": "each layer",
        },
        "Dilation7 · KITTI": {
            "size": "basic",
            "num_classes": 11,
            "dilations": (1, 1, 2, 4, 8, 1),
            "padding": "each layer",
        },
        "Front end alone": {"context": False},
    }
    head_fields = ("context", "dilations", "padding")

    def __init__(self, config: DilatedContextConfig):
        super().__init__(config)
        poolings = [*(nn.MaxPool2d(2) for _ in range(3)), nn.Identity(), nn.Identity()]
        self.backbone = VGG16(config.width, poolings, first_padding=0, padded=False)
        self.backbone.set_rate(5, CONV5_RATE)
        fc = config.fc_channels
        self.fully_connected = FullyConnected(self.backbone.channels[4], fc, rate=FC6_RATE)
        self.final = nn.Conv2d(fc, config.num_classes, 1)
        initialise_he(self)
        nn.init.normal_(self.final.weight, std=SPREAD)
        if self.final.bias is not None:
            nn.init.constant_(self.final.bias, POSITIVE)
        self.context = ContextModule(config.num_classes, len(config.dilations), config.size)
        self.reconfigure(config)

    def reconfigure(self, config: DilatedContextConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.context.reconfigure(config.dilations, config.padding)

    def framing(self, height: int, width: int) -> Framing:
        """Mirror outward by the margin, and on to a size whose scores end with a whole cell."""
        return Framing(
            left=MARGIN,
            right=MARGIN + next_multiple(width, STRIDE) - width,
            top=MARGIN,
            bottom=MARGIN + next_multiple(height, STRIDE) - height,
            margin=MARGIN,
            mode="reflect",
        )

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Front end's scores `out` (B, K, h, w) of `image` (B, 3, 8h + 372, 8w + 372)."""
        return {"out": self.final(self.fully_connected(self.backbone(image)["pool5"]))}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, h, w), each for 8x8 pixels."""
        scores = features["out"]
        return self.context(scores) if self.config.context else scores
