"""Whether a plain ResNet stands under a prefix; its kin have the same keys and others besides."""

from __future__ import annotations

from segviewer.checkpoints.families.family import Shapes
from segviewer.checkpoints.families.resnet_depth import resnet_of

# What a unit of some kin of ResNet has besides: squeeze and excitation, split attention, and
# an average pooling in the shortcut, which moves its convolution.
FOREIGN = ("se_module.", "se.", "conv2.conv", "conv2.0.", "conv2.fc", "downsample.2.")


def plain_resnet(shapes: Shapes, prefix: str) -> str:
    """Name in ``layers.resnet.UNITS`` of the ResNet under `prefix` (``"backbone."``), or ""."""
    unit = f"{prefix}layer1.0."
    try:
        name = resnet_of(shapes, prefix)
    except (KeyError, ValueError):
        return ""
    beside = tuple(unit + part for part in FOREIGN)
    return "" if any(key.startswith(beside) for key in shapes) else name
