"""Networks of Segmentation Models PyTorch, built and run by the library itself.

For the encoders and decoders that there is no network of here: U-Net++, LinkNet, MAnet, PAN,
UPerNet and others on any of its encoders. Needs the extra ``smp``. Strides and rates are found in
the tree that it builds, and set where the tree runs with others.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from segviewer.errors import CheckpointError, SettingsError
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.module_geometry import read_geometry, set_geometry
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.networks.smp_options import OPTIONS
from segviewer.settings import control

STEP = 32  # pixels: sides that every encoder takes are whole ones of it
EXTRA = "pip install 'segviewer[smp]'"


class SMPNetworkConfig(NetworkSettings):
    """Settings of :class:`SMPNetwork`."""

    decoder: Literal[
        "Unet",
        "UnetPlusPlus",
        "MAnet",
        "Linknet",
        "FPN",
        "PSPNet",
        "PAN",
        "DeepLabV3",
        "DeepLabV3Plus",
        "UPerNet",
        "Segformer",
    ] = control("UnetPlusPlus", kind="structure", label="Decoder")
    encoder: str = control("resnet18", kind="structure", label="Encoder")
    encoder_depth: int = control(5, kind="structure", label="Encoder's depth", ge=3, le=5)
    options: str = control(
        "{}",
        kind="structure",
        label="Options",
        tip="Further arguments of the library's constructor, as JSON.",
    )

    output_stride: Literal[4, 8, 16, 32, 64, 128] = control(
        32,
        kind="geometry",
        label="Output stride",
        symbol="OS",
        tip="Pixels a cell of the encoder's last map. Taken strides become rates of what follows. "
        "Left out, it is as the library builds it.",
    )
    branch_rates: tuple[int, ...] = control(
        (1,),
        kind="geometry",
        label="Branch rates",
        ge=1,
        le=96,
        tip="Of the parallel atrous convolutions. Left out, they are as the library has them.",
    )


class SMPNetwork(Network[SMPNetworkConfig]):
    """A network of the library, its encoder's maps as features."""

    title = "Segmentation Models PyTorch"
    paper = "Iakubovskii 2019, Segmentation Models PyTorch; each decoder and encoder has its own"
    Config = SMPNetworkConfig
    presets = {
        "U-Net++ · ResNet-18": {},
        "MAnet · ResNet-18": {"decoder": "MAnet"},
        "LinkNet · ResNet-18": {"decoder": "Linknet"},
    }

    def __init__(self, config: SMPNetworkConfig):
        super().__init__(config)
        self.model = build(config)
        self.geometry = read_geometry(self.model)
        self.reconfigure(self._completed(config))

    def _completed(self, config: SMPNetworkConfig) -> SMPNetworkConfig:
        """`config` with what the library has built, where it does not say another geometry."""
        built: dict[str, Any] = {}
        if "output_stride" not in config.model_fields_set and self.geometry.output_stride:
            built["output_stride"] = self.geometry.output_stride
        if "branch_rates" not in config.model_fields_set and self.geometry.rates:
            built["branch_rates"] = self.geometry.rates
        return config.changed(**built)

    def reconfigure(self, config: SMPNetworkConfig) -> None:
        """Change the geometry in place, keeping every weight.

        Raises
        ------
        SettingsError
            If there are not as many rates as branches.
        """
        found, rates = self.geometry, config.branch_rates
        if found.branches and len(rates) != len(found.branches):
            raise SettingsError(
                f"This network has {len(found.branches)} parallel branches.",
                f"{len(rates)} rates were given.",
                "Give one for each branch.",
            )
        if found.output_strides:
            # Above the largest there are no more strides to give, below the least none to take.
            coarse = [s for s in found.output_strides if s >= config.output_stride]
            stride = min(coarse, default=found.output_stride)
            set_geometry(self.model, found, stride, rates if found.branches else ())
        self.config = config

    def choices_of(self, field: str) -> tuple[Any, ...]:
        """The output strides that the tree runs with."""
        return self.geometry.output_strides if field == "output_stride" else ()

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this tree."""
        found = self.geometry
        idle = () if len(found.output_strides) > 1 else ("output_stride",)
        return idle if found.branches else (*idle, "branch_rates")

    def fixed_parts(self) -> tuple[str, ...]:
        """Sentences on what of its geometry cannot be set, and why."""
        return self.geometry.fixed

    def strides_and_rates(self) -> tuple[tuple[str, str], ...]:
        """Every strided and dilated layer as the library builds it, map by map."""
        return self.geometry.rows()

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides of the encoder."""
        right, bottom = (next_multiple(side, STEP) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the encoder's maps `level0` (the picture), `level1` … of `image` (B, 3, H, W)."""
        maps = self.model.get_submodule("encoder")(image)
        return {f"level{number}": x for number, x in enumerate(maps)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        decoded = self.model.get_submodule("decoder")(list(features.values()))
        scores: Tensor = self.model.get_submodule("segmentation_head")(decoded)
        return scores


def _built(network: Callable[[], torch.nn.Module]) -> torch.nn.Module:
    try:
        return network()
    except (RuntimeError, NotImplementedError):
        if torch.get_default_device().type != "meta":
            raise
        with torch.device("cpu"):  # some encoders compute with numbers while they are built
            return network()


def build(config: SMPNetworkConfig) -> torch.nn.Module:
    """Have the library build a network, without weights of its own.

    Raises
    ------
    CheckpointError
        If the library is not installed, or does not know such a network.
    """
    try:
        import segmentation_models_pytorch as library
    except ImportError as error:
        raise CheckpointError(
            f"This is a {config.decoder} of Segmentation Models PyTorch on the encoder "
            f"{config.encoder}, which that library runs.",
            f"It is not installed ({error}).",
            f"Install it: {EXTRA}",
        ) from error
    arguments: dict[str, Any] = {
        name: value for name, value in json.loads(config.options).items() if name in OPTIONS
    }
    arguments |= {"encoder_depth": config.encoder_depth, "classes": config.num_classes}
    network = partial(
        getattr(library, config.decoder), config.encoder, encoder_weights=None, **arguments
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # on names of encoders
            return _built(network)
    # Each encoder has its own way to refuse a depth, a stride or a name.
    except Exception as error:
        raise CheckpointError(
            f"Segmentation Models PyTorch builds no such {config.decoder} on {config.encoder}.",
            f"{error}",
            "Use the version of the library that the file was written with.",
            f"{arguments}\n{error!r}",
        ) from error
