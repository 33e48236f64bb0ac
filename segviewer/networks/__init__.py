"""Networks by the name of their paper: one file and one line of `NETWORKS` each."""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from segviewer.networks.network import Network

# Module and title, not classes: the window's process lists the architectures but must not
# import torch, which every network file does. The class is found when it is asked for.
NETWORKS: dict[str, str] = {
    "fcn": "FCN",
    "seg_net": "SegNet",
    "dilated_context": "Dilation8 / Dilation10",
    "crf_rnn": "CRF-RNN",
    "deeplab_v1": "DeepLab v1",
    "deeplab_v2": "DeepLab v2",
    "deeplab_v3": "DeepLab v3",
    "deeplab_v3_cascade": "DeepLab v3, cascaded blocks",
    "deeplab_v3_plus": "DeepLab v3+",
    "lr_aspp": "LR-ASPP",
    "psp_net": "PSPNet",
    "parse_net": "ParseNet",
    "smp_network": "Segmentation Models PyTorch",
    "hdc_duc": "HDC-DUC",
    "fcn_resnet": "FCN-ResNet",
    "drn": "DRN",
    "esp_net": "ESPNet",
    "seg_former": "SegFormer",
    "u_net": "U-Net",
    "res_u_net": "U-Net on ResNet",
    "fpn": "FPN",
    "dense_net": "DenseNet",
    "fc_dense_net": "FC-DenseNet",
    "res_net": "ResNet",
    "vgg": "VGG",
    "mobilenet_v3": "MobileNetV3",
}


def network_class(architecture: str) -> type[Network]:
    """Return the network class of an architecture, importing its file (and torch) now.

    Parameters
    ----------
    architecture : str
        One of `NETWORKS`.

    Raises
    ------
    KeyError
        If there is no such architecture, or its file defines no network.
    """
    if architecture not in NETWORKS:
        raise KeyError(architecture)
    module = importlib.import_module(f"{__name__}.{architecture}")
    network: type[Network] = importlib.import_module(f"{__name__}.network").Network
    for value in vars(module).values():
        if not isinstance(value, type) or value.__module__ != module.__name__:
            continue
        if issubclass(value, network):
            return value
    raise KeyError(f"{architecture} defines no network class")
