"""U-Net (Ronneberger, Fischer, Brox 2015), figure 1: climb back by what was seen going down.

Against FCN: the decoder is as wide as the encoder, and a skip brings whole feature maps
beside those that come up, not class scores to add (`skips` takes each away).

Three forms. ``valid`` is the paper's: convolutions without padding or batch norm lose 92
pixels on each side, so a photograph is mirrored outward and the scores cover it exactly.
``padded`` is what most people train today: padding and batch norm, any size.
``efficientnet_lite0`` puts a small decoder on a backbone, up to stride 2.
"""

from __future__ import annotations

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.double_conv import BilinearUp, DoubleConv, TransposedUp, UpToSkip, centred
from segviewer.layers.efficientnet_lite import EfficientNetLite
from segviewer.layers.framing import WHOLE, Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.networks.backbone_settings import multi_grid_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

MARGIN = 92  # pixels that the unpadded convolutions lose on each side
SMALLEST = 16  # pixels; below, the poolings leave nothing
# Maps that the skips carry, coarsest first.
OWN_SKIPS = ("stride8", "stride4", "stride2", "stride1")
BACKBONE_SKIPS = ("auxiliary", "stride8", "low_level", "stride2")


class UNetConfig(NetworkSettings):
    """Settings of :class:`UNet`. Defaults are the padded form's."""

    form: Literal["padded", "valid", "efficientnet_lite0"] = control(
        "padded", kind="structure", label="Form"
    )
    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    up: Literal["transposed", "bilinear"] = control("transposed", kind="structure", label="Way up")
    decoder_channels: int = control(
        48,
        kind="structure",
        label="Decoder channels",
        ge=1,
        le=256,
        tip="Of the decoder on EfficientNet-Lite0.",
    )
    skips: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Skips",
        item_labels=("finest", "2", "3", "coarsest"),
        tip="Maps of the way down that the way up may see; one switched off gives zeros.",
    )
    upsampling: Literal["as built", "bilinear"] = control(
        "as built",
        kind="geometry",
        label="Upsampling",
        tip="Bilinear: the four taps of each transposed convolution are averaged into one 1×1, "
        "and its maps are interpolated.",
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(
        16,
        tip="Input size divided by the size of the backbone's last map.",
        label="Backbone stride",
    )
    multi_grid: tuple[int, ...] = multi_grid_control(
        tip="Unit rates of the backbone's last three units, multiplied by their rate."
    )

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if len(self.skips) != 4 or len(self.multi_grid) != 3:
            raise ValueError("four skips and three unit rates")
        return self


class UNet(Network[UNetConfig]):
    """Encoder, decoder of four steps, and a 1x1 classifier."""

    title = "U-Net"
    paper = "Ronneberger, Fischer, Brox 2015, MICCAI, arXiv 1505.04597"
    Config = UNetConfig
    presets = {
        "U-Net": {},
        "U-Net, bilinear": {"up": "bilinear"},
        "U-Net, original (valid)": {"form": "valid"},
        "U-Net · EfficientNet-Lite0": {"form": "efficientnet_lite0"},
    }
    head_fields = ("skips", "upsampling")

    def __init__(self, config: UNetConfig):
        super().__init__(config)
        self.padded = config.form != "valid"
        self.has_backbone = config.form == "efficientnet_lite0"
        self.decoder, self.ups = nn.ModuleList(), nn.ModuleList()
        if self.has_backbone:
            self.backbone = EfficientNetLite()
            self.backbone.all_strides = True
            channels, cout = self.backbone.channels, config.decoder_channels
            cin = channels["out"]
            for name in BACKBONE_SKIPS:
                self.ups.append(UpToSkip())
                self.decoder.append(DoubleConv(channels[name] + cin, cout, cout, padded=True))
                cin = cout
        else:
            bilinear, cout = config.up == "bilinear", config.width
            # Interpolation cannot halve the channels, so the step before it does.
            widths = [cout, 2 * cout, 4 * cout, 8 * cout, (8 if bilinear else 16) * cout]
            self.encoder = nn.ModuleList(
                DoubleConv(before, after, after, self.padded)
                for before, after in zip([3, *widths], widths, strict=False)
            )
            for level in (3, 2, 1, 0):
                cin, after = 2 * widths[level], widths[level]
                self.ups.append(BilinearUp() if bilinear else TransposedUp(cin, after))
                after = widths[level - 1] if bilinear and level else after
                self.decoder.append(DoubleConv(cin, widths[level], after, self.padded))
        self.classifier = nn.Conv2d(cout, config.num_classes, 1)
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: UNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        for up in self.ups:
            if isinstance(up, TransposedUp):
                up.bilinear = config.upsampling == "bilinear"
        if self.has_backbone:
            self.backbone.reconfigure(config.output_stride, config.multi_grid, True)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this form."""
        if self.has_backbone:
            return ("upsampling",)
        rates = ("output_stride", "multi_grid")
        return rates if self.config.up == "transposed" else (*rates, "upsampling")

    def framing(self, height: int, width: int) -> Framing:
        """The valid form mirrors its margin; its sides leave 12 when divided by 16."""
        if self.has_backbone:
            return WHOLE
        if self.padded:
            return Framing(right=max(0, SMALLEST - width), bottom=max(0, SMALLEST - height))
        right, bottom = (
            next_multiple(side + 2 * MARGIN, 16, 12) - side - MARGIN for side in (width, height)
        )
        return Framing(MARGIN, right, MARGIN, bottom, margin=MARGIN, mode="reflect")

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps of every level, the coarsest as `out`, of `image` (B, 3, H, W)."""
        if self.has_backbone:
            maps: dict[str, Tensor] = self.backbone(image)
            return maps
        found, x = {}, image
        for name, step in zip([*OWN_SKIPS[::-1], "out"], self.encoder, strict=True):
            found[name] = x = step(x if x is image else nn.functional.max_pool2d(x, 2))
        return found

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, h, w): of every pixel, or of every second on a backbone."""
        x, names = features["out"], BACKBONE_SKIPS if self.has_backbone else OWN_SKIPS
        levels = zip(names, self.config.skips[::-1], self.ups, self.decoder, strict=True)
        for name, on, up, step in levels:
            skip = features[name]
            x = up(x, skip.shape[-2:]) if self.has_backbone else up(x)  # (B, C, 2h, 2w)
            if self.padded:
                x = centred(x, skip.shape[-2:])
            else:
                skip = centred(skip, x.shape[-2:])
            x = step(torch.cat([skip if on else torch.zeros_like(skip), x], dim=1))
        scores: Tensor = self.classifier(x)  # (B, K, h, w)
        return scores
