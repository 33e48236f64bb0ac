"""FCN (Long, Shelhamer, Darrell 2015; Shelhamer, Long, Darrell 2017), figure 3, on VGG-16.

A classifier read as a convolution gives coarse class scores; deconvolution brings them up,
and skips add the scores of finer maps on the way: 32s has none, 16s that of pool4, 8s that
of pool3 as well (`skip_pool4`, `skip_pool3` take them out of the sum).

conv1_1 is padded by 100, so that pictures of every size leave something for the 7x7 fc6,
poolings round up, and every map is cut at a fixed offset where it meets another: Caffe's
numbers. Departures: the deconvolution back to pixels may be learned too (`deconvolution`;
the paper keeps it bilinear), and score layers start at random instead of zero, so that an
untrained network shows something.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.upsample import Deconvolution, crop
from segviewer.layers.vgg import VGG16, FullyConnected
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

FIRST_PADDING = 100
# Kernel and stride of each form's deconvolutions in order, and where its last map is cut.
DECONVOLUTIONS = {
    "32s": {"upscore": (64, 32)},
    "16s": {"upscore2": (4, 2), "upscore16": (32, 16)},
    "8s": {"upscore2": (4, 2), "upscore_pool4": (4, 2), "upscore8": (16, 8)},
}
LAST_CROP = {"32s": 19, "16s": 27, "8s": 31}
# Skips by form, in the order in which they join: where their scores are cut.
SKIPS = {"32s": {}, "16s": {"pool4": 5}, "8s": {"pool4": 5, "pool3": 9}}
# All-at-once training scales the finer maps down instead of training stage by stage.
AT_ONCE = {"pool4": 0.01, "pool3": 0.0001}


class FCNConfig(NetworkSettings):
    """Settings of :class:`FCN`. Defaults are FCN-8s."""

    variant: Literal["32s", "16s", "8s"] = control("8s", kind="structure", label="Form")
    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    fc_channels: int = control(4096, kind="structure", label="fc6, fc7 channels", ge=1, le=8192)
    skip_pool4: bool = control(
        True,
        kind="geometry",
        label="Skip from pool4",
        tip="Adds class scores read off the stride-16 map.",
    )
    skip_pool3: bool = control(
        True,
        kind="geometry",
        label="Skip from pool3",
        tip="Adds class scores read off the stride-8 map.",
    )
    deconvolution: Literal["learned", "bilinear"] = control(
        "learned",
        kind="geometry",
        label="Deconvolution",
        tip="Learned: the weights as stored. Bilinear: each class is interpolated by itself.",
    )
    at_once: bool = control(
        False,
        kind="geometry",
        label="Trained at once",
        tip="Scales pool4 by 0.01 and pool3 by 0.0001 before their scores, as networks want it "
        "that were trained in one go and not stage by stage.",
    )


class FCN(Network[FCNConfig]):
    """VGG-16 as a convolution, scores of up to three maps, deconvolution to the pixels."""

    title = "FCN"
    paper = "Long, Shelhamer, Darrell 2015, arXiv 1411.4038; Shelhamer 2017, arXiv 1605.06211"
    Config = FCNConfig
    presets = {
        "FCN-8s": {},
        "FCN-16s": {"variant": "16s"},
        "FCN-32s": {"variant": "32s"},
        "FCN-8s at once": {"at_once": True},
    }
    head_fields = ("skip_pool4", "skip_pool3", "deconvolution", "at_once")

    def __init__(self, config: FCNConfig):
        super().__init__(config)
        poolings = [nn.MaxPool2d(2, ceil_mode=True) for _ in range(5)]
        self.backbone = VGG16(config.width, poolings, first_padding=FIRST_PADDING)
        channels, num_classes = self.backbone.channels, config.num_classes
        self.fully_connected = FullyConnected(channels[4], config.fc_channels)
        self.score_fr = nn.Conv2d(config.fc_channels, num_classes, 1)
        for pool in SKIPS[config.variant]:
            score = nn.Conv2d(channels[int(pool[-1]) - 1], num_classes, 1)
            self.add_module(f"score_{pool}", score)
        initialise_he(self)
        for name, (kernel, stride) in DECONVOLUTIONS[config.variant].items():
            self.add_module(name, Deconvolution(num_classes, kernel, stride))
        self.reconfigure(config)

    def reconfigure(self, config: FCNConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        for name in DECONVOLUTIONS[config.variant]:
            of_kind(self.get_submodule(name), Deconvolution).bilinear = (
                config.deconvolution == "bilinear"
            )

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this form."""
        own = SKIPS[self.config.variant]
        idle = [f"skip_{pool}" for pool in AT_ONCE if pool not in own]
        return (*idle, *(() if own else ("at_once",)))

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Maps `out` (fc7) and those of the skips; `image` goes along for its size alone."""
        maps = self.backbone(image)
        kept = {pool: maps[pool] for pool in SKIPS[self.config.variant]}
        return {"image": image, **kept, "out": self.fully_connected(maps["pool5"])}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        config = self.config
        *ups, last = (self.get_submodule(name) for name in DECONVOLUTIONS[config.variant])
        scores = self.score_fr(features["out"])  # (B, K, h, w)
        for up, (pool, offset) in zip(ups, SKIPS[config.variant].items(), strict=True):
            scores = up(scores)  # (B, K, 2h + 2, 2w + 2)
            if getattr(config, f"skip_{pool}"):
                finer = features[pool] * AT_ONCE[pool] if config.at_once else features[pool]
                scores = scores + crop(self.get_submodule(f"score_{pool}")(finer), offset, scores)
        return crop(last(scores), LAST_CROP[config.variant], features["image"])
