"""Networks in two files: CSAILVision writes an encoder and a decoder beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from segviewer.checkpoints.reading.nesting import Dictionary
from segviewer.checkpoints.reading.reading import WeightsFile, read_weights_file
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import is_regular, shown_name

ENCODER, DECODER = "encoder", "decoder"
# Keys that say which half a file is: any of these sets.
_HALVES = {
    ENCODER: (("conv3.weight", "layer4.0.conv1.weight"), ("features.17.conv.6.weight",)),
    DECODER: (
        ("ppm.0.1.weight", "conv_last.4.weight"),
        ("cbr.0.weight", "conv_last.weight"),
        ("ppm_conv.0.0.weight", "ppm_last_conv.0.weight"),
    ),
}
_CLASSIFIERS = ("fc.weight", "classifier.1.weight")  # of a whole image classifier


def with_other_half(file: WeightsFile) -> WeightsFile:
    """`file`, or both halves of the network that it is one half of.

    Keys of the two get ``encoder.`` and ``decoder.`` in front.

    Raises
    ------
    CheckpointError
        If it is a half and the other does not lie beside it.
    """
    tensors = file.dictionaries[0].tensors if file.dictionaries else {}
    half = _half(tensors)
    if not half:
        return file
    other = DECODER if half == ENCODER else ENCODER
    path = _beside(file.path, half, other)
    if path is None:
        if half == ENCODER:  # which other programs' parts look like, too
            return file
        raise _alone(file.path, half, other)
    second = read_weights_file(path)
    found = second.dictionaries[0].tensors if second.dictionaries else {}
    if _half(found) != other:
        raise _alone(file.path, half, other)
    both = {f"{half}.{key}": tensor for key, tensor in tensors.items()}
    both |= {f"{other}.{key}": tensor for key, tensor in found.items()}
    return replace(file, size=file.size + second.size, dictionaries=(Dictionary("", both),))


def _half(tensors: Mapping[str, Tensor]) -> str:
    if any(key in tensors for key in _CLASSIFIERS):
        return ""
    for half, choices in _HALVES.items():
        if any(all(key in tensors for key in keys) for keys in choices):
            return half
    return ""


def _beside(path: Path, half: str, other: str) -> Path | None:
    if half not in path.name:
        return None
    found = path.with_name(path.name.replace(half, other))
    return found if is_regular(found) else None


def _alone(path: Path, half: str, other: str) -> CheckpointError:
    names = f"“{half}_….pth” and “{other}_….pth”, the same otherwise"
    return CheckpointError(
        f"{shown_name(path)} is the {half} of a network in two files (CSAILVision).",
        f"Its {other} is not beside it under the name that belongs to it.",
        f"Put both into one folder, named {names}, and open either.",
        str(path),
    )
