"""ResNet (He, Zhang, Ren, Sun 2015), table 1, and what Veit, Wilber, Belongie 2016 did to it.

A residual module adds its branch to a shortcut, so a network of n modules holds 2^n paths.
Deleting a module halves them and leaves the rest intact, and two modules of one shape can
change places: `delete_first`, `delete_count`, `swap` and `swap_distance` do both.
A module that changes the shape keeps its projection shortcut when it is deleted.

Departures: the classifier is applied at every cell, which makes a class map of the image
classifier; with `global_pooling` it is the published one. Strides of bottlenecks are in
the 3x3 convolution, as torchvision trains them. Veit et al. used pre-activation modules;
these have their ReLU behind the sum.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.initialisation import initialise_he
from segviewer.layers.resnet import BasicBlock, Bottleneck
from segviewer.layers.resnet import ResNet as ResNetBackbone
from segviewer.networks.backbone_settings import global_pooling_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

Residual = BasicBlock | Bottleneck  # a module of the backbone, in the paper's sense

MOST_MODULES = 50  # of ResNet-152


class ResNetConfig(NetworkSettings):
    """Settings of :class:`ResNet`."""

    depth: Literal[18, 34, 50, 101, 152] = control(50, kind="structure", label="Depth")
    output_stride: Literal[8, 16, 32] = output_stride_control(
        32,
        tip="Input size divided by feature size. Below 32 the last strides are removed and the "
        "3×3 convolutions behind them are dilated.",
    )
    global_pooling: bool = global_pooling_control()
    delete_first: int = control(
        0,
        kind="geometry",
        label="Delete module",
        ge=0,
        le=MOST_MODULES,
        zero_text="none",
        tip="Number of a residual module whose branch is left out, counted from the input; its "
        "shortcut stays. Numbers past the last module mean the last.",
    )
    delete_count: int = control(
        1,
        kind="geometry",
        label="Modules deleted",
        ge=1,
        le=MOST_MODULES,
        tip="How many are deleted from there on.",
    )
    swap: int = control(
        0,
        kind="geometry",
        label="Swap module",
        ge=0,
        le=MOST_MODULES,
        zero_text="none",
        tip="Number of a residual module that is exchanged with another of its shape. "
        "Where it has no other (it changes the shape), the nearest before it that has one.",
    )
    swap_distance: int = control(
        1,
        kind="geometry",
        label="Swapped with",
        ge=1,
        le=MOST_MODULES,
        unit="later",
        tip="How many modules later, counting those of its shape and starting over at the "
        "end of its stage.",
    )


class ResNet(Network[ResNetConfig]):
    """Image classifier of residual modules, read as a class map; modules go and change places."""

    title = "ResNet"
    paper = "He, Zhang, Ren, Sun 2015, arXiv 1512.03385; Veit, Wilber, Belongie 2016"
    Config = ResNetConfig
    presets = {f"ResNet-{depth}": {"depth": depth} for depth in (50, 18, 34, 101, 152)} | {
        "ResNet-50 · one module deleted": {"delete_first": 6},
        "ResNet-50 · two modules swapped": {"swap": 9},
    }
    head_fields = ("global_pooling",)

    def __init__(self, config: ResNetConfig):
        super().__init__(config)
        self.backbone = ResNetBackbone(f"resnet{config.depth}")
        self.fc = nn.Conv2d(self.backbone.channels["out"], config.num_classes, 1)
        initialise_he(self)
        modules = self._modules_in_order()
        for module in modules:
            # n branches of this size keep an untrained sum in range, whatever n is.
            last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
            nn.init.constant_(last.weight, len(modules) ** -0.5)
        self.reconfigure(config)

    def reconfigure(self, config: ResNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        # What makes the denser map agree with the coarse one at the coarse one's places.
        self.backbone.reconfigure(config.output_stride, (1, 1, 1), first_unit_keeps_rate=True)
        modules = self._modules_in_order()
        gone: list[Residual] = []
        if config.delete_first:
            first = min(config.delete_first, len(modules))
            gone = modules[first - 1 :][: config.delete_count]
        order = self._swapped(modules, config.swap, config.swap_distance)
        # A plain list: the modules stay registered where they were trained.
        self._run = [(module, module in gone) for module in order]

    def _stages(self) -> list[list[Residual]]:
        stem = self.backbone
        found: list[list[Residual]] = []
        for layer in (stem.layer1, stem.layer2, stem.layer3, stem.layer4):
            stage: list[Residual] = []
            for module in layer:
                assert isinstance(module, BasicBlock | Bottleneck)
                stage.append(module)
            found.append(stage)
        return found

    def _modules_in_order(self) -> list[Residual]:
        return [module for stage in self._stages() for module in stage]

    def _swapped(self, modules: list[Residual], number: int, distance: int) -> list[Residual]:
        """`modules` in the order in which they run."""
        partners: dict[int, list[int]] = {}
        for stage in self._stages():
            # Without a projection a stage's modules have one shape; a lone one has no partner.
            ring = [modules.index(module) for module in stage if module.downsample is None]
            if len(ring) > 1:
                partners |= {place: ring for place in ring if place < number}
        order = list(modules)
        if partners:
            one = max(partners)
            ring = partners[one]
            other = ring[(ring.index(one) + distance) % len(ring)]
            order[one], order[other] = order[other], order[one]
        return order

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing as long as nothing is deleted or swapped."""
        idle = () if self.config.delete_first else ("delete_count",)
        return idle if self.config.swap else (*idle, "swap_distance")

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last module's maps `out` of a normalised `image` (B, 3, H, W)."""
        stem = self.backbone
        x = stem.maxpool(stem.relu(stem.bn1(stem.conv1(image))))  # (B, 64, H/4, W/4)
        for module, is_gone in self._run:
            if not is_gone:
                x = module(x)
            elif module.downsample is not None:
                x = module.relu(module.downsample(x))
        return {"out": x}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return class scores of every cell, or (B, K, 1, 1) of the whole picture."""
        out = features["out"]
        if self.config.global_pooling:
            out = out.mean((2, 3), keepdim=True)  # (B, C, 1, 1)
        scores: Tensor = self.fc(out)  # (B, K, h, w) or (B, K, 1, 1)
        return scores
