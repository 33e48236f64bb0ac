"""Networks that are recognised by their keys but cannot be opened by this version."""

from __future__ import annotations

from collections.abc import Iterable

# The key that gives a family away, and the family's name. The first hit counts, so special
# cases stand above general ones.
FINGERPRINTS = (
    ("classifier.cbr.0.weight", "LR-ASPP (torchvision)"),
    ("classifier.aspp.convs.0.0.weight", "DeepLab v3+ (VainF)"),
    ("classifier.classifier.0.convs.0.0.weight", "DeepLab v3 (VainF)"),
    ("ppm.features.0.1.weight", "PSPNet (hszhao)"),
    ("base.fc2.conv1.conv.weight", "DeepLab v3+ (kazuto1011)"),
    ("fc2.conv1.conv.weight", "DeepLab v3+ (kazuto1011)"),
    ("base.aspp.stages.c0.conv.weight", "DeepLab v3 (kazuto1011)"),
    ("aspp.stages.c0.conv.weight", "DeepLab v3 (kazuto1011)"),
    ("base.aspp.c0.weight", "DeepLab v2 (kazuto1011)"),
    ("aspp.c0.weight", "DeepLab v2 (kazuto1011)"),
    ("layer5.block1.reduce.conv.weight", "DeepLab v1 on ResNet (kazuto1011)"),
    ("inc.double_conv.0.weight", "U-Net (milesial)"),
    ("upscore8.weight", "FCN-8s (wkentaro)"),
    ("upscore16.weight", "FCN-16s (wkentaro)"),
    ("upscore.weight", "FCN-32s (wkentaro)"),
    ("decode_head.conv_seg.weight", "a network of MMSegmentation"),
    ("segmentation_head.0.weight", "a network of segmentation_models_pytorch"),
    ("decode_head.classifier.weight", "SegFormer (Hugging Face)"),
    ("seg.weight", "DRN for segmentation"),
    ("layer8.0.weight", "DRN-D for classification"),
    ("layer8.0.conv1.weight", "DRN-C for classification"),
    ("features.denseblock1.denselayer1.conv1.weight", "DenseNet for classification"),
    ("classifier.6.weight", "VGG for classification"),
    ("features.0.0.weight", "MobileNet for classification"),
    ("fc.weight", "ResNet or DRN-A for classification"),
)


def recognise(keys: Iterable[str]) -> str:
    """Name of the family that `keys` belong to, or "" where none is known."""
    keys = set(keys)
    for key, family in FINGERPRINTS:
        if key in keys:
            return family
    # torchvision's FCN has the names of its DeepLab v3 with a plain convolution in front.
    if {"backbone.conv1.weight", "classifier.0.weight", "classifier.4.weight"} <= keys:
        return "FCN on ResNet (torchvision)"
    return ""
