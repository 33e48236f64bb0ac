"""Networks by the name of their paper: one file and one line of `NETWORKS` each."""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from torch import nn

# Module names, not classes: the window's process lists the architectures but must not
# import torch, which every network file does. The class is found when it is asked for.
NETWORKS: tuple[str, ...] = ("deeplab_v3",)


def network_class(architecture: str) -> type[nn.Module]:
    """Return the network class of an architecture, importing its file (and torch) now.

    The file's one public Module with a ``Config`` is the network.

    Parameters
    ----------
    architecture : str
        One of `NETWORKS`.

    Raises
    ------
    KeyError
        If there is no such architecture.
    """
    if architecture not in NETWORKS:
        raise KeyError(architecture)
    module = importlib.import_module(f"{__name__}.{architecture}")
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            config = getattr(value, "Config", None)
            if isinstance(config, type) and hasattr(value, "reconfigure"):
                return value
    raise KeyError(f"{architecture} defines no network class")
