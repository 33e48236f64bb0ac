"""Backbones by name, imported only when asked for."""

from __future__ import annotations

from torch import nn


def build_backbone(name: str) -> nn.Module:
    """Build a backbone with fresh weights.

    Parameters
    ----------
    name : {"resnet50", "resnet101", "mobilenet_v3_large", "efficientnet_lite0"}

    Returns
    -------
    nn.Module
        With ``channels`` (dict of widths), ``reconfigure(output_stride, multi_grid,
        first_unit_keeps_rate)`` and a forward giving a dict of feature maps.
    """
    if name == "efficientnet_lite0":
        from segviewer.layers.efficientnet_lite import EfficientNetLite0

        return EfficientNetLite0()
    if name == "mobilenet_v3_large":
        from segviewer.layers.mobilenet_v3 import MobileNetV3Large

        return MobileNetV3Large()
    from segviewer.layers.resnet import ResNet

    return ResNet(name)
