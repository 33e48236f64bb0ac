"""A small U-Net in a file without a card, as milesial's program saves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from segviewer.networks import network_class


def save_small_u_net(path: Path, num_classes: int, **beside: Any) -> Path:
    """Write one with random weights, always the same; with `beside`, below ``state_dict``."""
    torch.manual_seed(3)
    network_type = network_class("u_net")
    network = network_type(network_type.Config(width=4, num_classes=num_classes))
    tensors = {milesial_key(key): tensor for key, tensor in network.state_dict().items()}
    torch.save({"state_dict": tensors, **beside} if beside else tensors, path)
    return path


def milesial_key(key: str) -> str:
    """Key of that program for one of ours."""
    part, *rest = key.split(".")
    if part == "classifier":
        return ".".join(["outc.conv", *rest])
    number, name = int(rest[0]), ".".join(rest[1:])
    if part == "encoder":
        place = f"down{number}.maxpool_conv.1" if number else "inc"
        return f"{place}.double_conv.{name}"
    return (
        f"up{number + 1}.up.{name}" if part == "ups" else f"up{number + 1}.conv.double_conv.{name}"
    )
