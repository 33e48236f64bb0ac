"""Networks by the name of their paper: one file and one line of `NETWORKS` each."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Iterator, MutableMapping

from segviewer.additions import installed

if typing.TYPE_CHECKING:
    from segviewer.networks.network import Network


class _Networks(MutableMapping[str, str]):
    """Architecture → title: those of the table, then those that installed packages add.

    Of an added one the title is its name until its code is imported.
    """

    def __init__(self, own: dict[str, str]) -> None:
        self.own = own

    def __getitem__(self, name: str) -> str:
        if name in self.own:
            return self.own[name]
        if installed.addition(installed.NETWORKS, name) is None:
            raise KeyError(name)
        return _TITLES.get(name, name)

    def __setitem__(self, name: str, title: str) -> None:
        self.own[name] = title

    def __delitem__(self, name: str) -> None:
        del self.own[name]

    def __contains__(self, name: object) -> bool:
        if name in self.own:
            return True
        return any(name == one.name for one in installed.additions(installed.NETWORKS))

    def __iter__(self) -> Iterator[str]:
        added = (one.name for one in installed.additions(installed.NETWORKS))
        yield from dict.fromkeys((*self.own, *added))

    def __len__(self) -> int:
        return sum(1 for _ in self)


_TITLES: dict[str, str] = {}  # of added networks whose code was imported

# Module and title, not classes: the window's process lists the architectures but must not
# import torch, which every network file does. The class is found when it is asked for.
NETWORKS = _Networks(
    {
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
        "erf_net": "ERFNet",
        "seg_former": "SegFormer",
        "u_net": "U-Net",
        "res_u_net": "U-Net on ResNet",
        "full_size_u_net": "U-Net on ResNet with full size",
        "fpn": "FPN",
        "dense_net": "DenseNet",
        "fc_dense_net": "FC-DenseNet",
        "res_net": "ResNet",
        "vgg": "VGG",
        "mobilenet_v3": "MobileNetV3",
    }
)


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
    AdditionError
        If an installed package adds it, and its code cannot be used.
    """
    if architecture not in NETWORKS:
        raise KeyError(architecture)
    if architecture not in NETWORKS.own:
        return _added_class(architecture)
    module = importlib.import_module(f"{__name__}.{architecture}")
    network: type[Network] = importlib.import_module(f"{__name__}.network").Network
    for value in vars(module).values():
        if not isinstance(value, type) or value.__module__ != module.__name__:
            continue
        if issubclass(value, network):
            return value
    raise KeyError(f"{architecture} defines no network class")


def usable_networks() -> Iterator[tuple[str, type[Network]]]:
    """Every architecture with its class; added ones that cannot be used are left out."""
    for architecture in NETWORKS:
        try:
            yield architecture, network_class(architecture)
        except installed.AdditionError:
            continue  # which was said when it was found


def _added_class(architecture: str) -> type[Network]:
    one = installed.addition(installed.NETWORKS, architecture)
    assert one is not None, "it is in NETWORKS"
    found = one.load()
    network: type[Network] = importlib.import_module(f"{__name__}.network").Network
    if not (isinstance(found, type) and issubclass(found, network)):
        raise one.refuse(TypeError(f"{one.value} is no segviewer.networks.network.Network"))
    missing = [name for name in ("title", "paper", "Config", "presets") if not _has(found, name)]
    if missing:
        raise one.refuse(TypeError(f"{one.value} lacks {', '.join(missing)}"))
    _TITLES[architecture] = found.title
    return found


def _has(found: type[Network], name: str) -> bool:
    return bool(getattr(found, name, None))
