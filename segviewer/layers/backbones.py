"""Backbones by name, imported only when asked for."""

from __future__ import annotations

from torch import nn


def build_backbone(name: str) -> nn.Module:
    """Build a backbone with fresh weights.

    Parameters
    ----------
    name : str
        ``mobilenet_v2``, ``mobilenet_v3_large``, ``efficientnet_lite0``, ``vgg16`` (DeepLab's,
        with `out` alone), or a name that ``layers.resnet.ResNet`` takes.

    Returns
    -------
    nn.Module
        With ``channels`` (dict of widths), ``reconfigure(output_stride, multi_grid,
        first_unit_keeps_rate)`` and a forward giving a dict of feature maps.
    """
    if name == "efficientnet_lite0":
        from segviewer.layers.efficientnet_lite import EfficientNetLite0

        return EfficientNetLite0()
    if name == "vgg16":
        from segviewer.layers.deeplab_vgg import DeepLabVGG16

        return DeepLabVGG16()
    if name == "mobilenet_v2":
        from segviewer.layers.mobilenet_v2 import MobileNetV2

        return MobileNetV2()
    if name == "mobilenet_v3_large":
        from segviewer.layers.mobilenet_v3 import MobileNetV3Large

        return MobileNetV3Large()
    from segviewer.layers.resnet import ResNet

    return ResNet(name)
