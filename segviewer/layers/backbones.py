"""Backbones by name, imported only when asked for."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Backbone(Protocol):
    """What a network asks of the convolutions that it puts its own head on.

    Attributes
    ----------
    channels : dict
        Channels of each map it gives, by name; `out` is the last.
    """

    channels: dict[str, int]

    def reconfigure(
        self, output_stride: int, multi_grid: tuple[int, ...], first_unit_keeps_rate: bool
    ) -> None:
        """Set strides and rates in place; `multi_grid` multiplies those of the last units.

        Parameters
        ----------
        output_stride : int
            Input size divided by the size of `out`.
        multi_grid : tuple of int
            Factors on the rates of the last three units.
        first_unit_keeps_rate : bool
            See :func:`segviewer.layers.atrous.plan_stages`.
        """

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Maps by name of a normalised `image` (B, 3, H, W), each (B, channels, H/s, W/s)."""


def build_backbone(name: str) -> Backbone:
    """Build a backbone with fresh weights.

    Parameters
    ----------
    name : str
        ``mobilenet_v2`` or a form of it (``mobilenet_v2_plain``, ``_first``, ``_lagging``),
        ``mobilenet_v3_large``, ``efficientnet_lite0``, ``efficientnet_lite2``, ``xception``,
        ``drn_d_54``, ``vgg16`` (DeepLab's, with `out` alone), or a name that
        ``layers.resnet.ResNet`` takes.

    Returns
    -------
    Backbone
        An ``nn.Module``.
    """
    if name.startswith("efficientnet_lite"):
        from segviewer.layers.efficientnet_lite import EfficientNetLite

        return EfficientNetLite(name)
    if name == "vgg16":
        from segviewer.layers.deeplab_vgg import DeepLabVGG16

        return DeepLabVGG16()
    if name.startswith("mobilenet_v2"):
        from segviewer.layers.mobilenet_v2 import MobileNetV2

        return MobileNetV2(name.removeprefix("mobilenet_v2").removeprefix("_"))
    if name == "xception":
        from segviewer.layers.xception import Xception

        return Xception()
    if name.startswith("drn_"):
        from segviewer.layers.atrous_drn import AtrousDRN

        return AtrousDRN(name)
    if name == "mobilenet_v3_large":
        from segviewer.layers.mobilenet_v3 import MobileNetV3Large

        return MobileNetV3Large()
    from segviewer.layers.resnet import ResNet

    return ResNet(name)
