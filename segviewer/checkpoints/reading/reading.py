"""Reading weights files without ever running what they contain.

What a file is, is decided by its content. Pickles are read by torch with
``weights_only=True``, and there is no way round that here: a file that needs more is
refused, with the way to make a safe one from it.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

from segviewer.checkpoints.reading.foreign import foreign_file, refusal
from segviewer.checkpoints.reading.harmless import plain_value
from segviewer.checkpoints.reading.nesting import NOT_WEIGHTS, Dictionary, dictionaries_in
from segviewer.checkpoints.reading.refusals import VIEWS_ROOM, check_declared, check_memory, damaged
from segviewer.checkpoints.reading.torch_file import read_torch_file
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import open_regular, reason, shown_name

MOST_TENSORS = 20_000
"""A DenseNet-264, the network here with most of them, has 1,500."""

MOST_DIMENSIONS = 8
"""A convolution has four; of more than 64 torch can hardly do anything."""

MOST_HEADER_BYTES = 16 << 20
"""Longest header of a safetensors file that is read."""

_MOST_KEY_LETTERS = 500
# Names that wrappers (DataParallel, torch.compile, Lightning, EMA) put in front of every key.
PREFIXES = ("module.", "model.", "_orig_mod.", "network.", "net.")
# Counters that wrappers add beside the weights (torch.optim.swa_utils.AveragedModel).
WRAPPER_COUNTERS = ("n_averaged",)


@dataclass(frozen=True)
class StateDict:
    """Weights as they are in a file, and how they were found in it.

    Attributes
    ----------
    tensors : dict of str to Tensor
        On the CPU; floating-point ones are float32.
    metadata : dict of str to str
        Free text in a safetensors header.
    nested_under : str
        Dotted names of the dicts the weights lay in; empty if at the top.
    stripped_prefix : str
        What was taken off the front of every key.
    beside : mapping
        What else the file says, in plain dicts, lists, texts and numbers.
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    nested_under: str = ""
    stripped_prefix: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights, its tensors as they were stored.

    Attributes
    ----------
    path : Path
    size : int
        Bytes of the file.
    dictionaries : tuple of Dictionary
        Every dictionary of tensors in it, the likeliest first; perhaps none.
    metadata : dict of str to str
        Free text in a safetensors header.
    beside : mapping
        What else it says, in plain dicts, lists, texts and numbers.
    """

    path: Path
    size: int
    dictionaries: tuple[Dictionary, ...]
    metadata: dict[str, str]
    beside: Mapping[str, Any]

    def state_dict(
        self,
        dictionary: Dictionary | None = None,
        prefix: str | None = None,
        *,
        allow_non_finite: bool = False,
    ) -> StateDict:
        """The weights of one dictionary whose keys begin with `prefix`, ready to use.

        Parameters
        ----------
        dictionary : Dictionary, optional
            The likeliest one if it is left out.
        prefix : str, optional
            Taken off; what wrappers put in front of every key if it is left out.
        allow_non_finite : bool
            Keep NaN and infinite weights instead of refusing the file.

        Raises
        ------
        CheckpointError
            If there are none, or they are of a kind that cannot be used.
        """
        if dictionary is None:
            dictionary = self.dictionaries[0] if self.dictionaries else Dictionary("", {})
        found = dictionary.tensors
        _check_keys(self.path, found)
        if prefix is None:
            found, prefix = _without_prefixes(found)
        else:
            found = {
                key.removeprefix(prefix): tensor
                for key, tensor in found.items()
                if key.startswith(prefix)
            }
        tensors = _as_float32(self.path, found, self.size)
        if not allow_non_finite:
            _refuse_non_finite(self.path, tensors)
        return StateDict(tensors, self.metadata, dictionary.nested_under, prefix, self.beside)


def read_state_dict(path: str | Path, *, allow_non_finite: bool = False) -> StateDict:
    """Read the likeliest weights of a ``.pth``, ``.pt`` or ``.safetensors`` file.

    Parameters
    ----------
    path : path-like
    allow_non_finite : bool
        Keep NaN and infinite weights instead of refusing the file.

    Returns
    -------
    StateDict

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, too large, unsafe or holds no usable weights.
    """
    return read_weights_file(path).state_dict(allow_non_finite=allow_non_finite)


def read_weights_file(path: str | Path) -> WeightsFile:
    """Read a ``.pth``, ``.pt`` or ``.safetensors`` file with all that it holds.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, too large or unsafe.
    """
    path = Path(path)
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(512)
        file.seek(0)
        if _is_safetensors(head, size):
            check_memory(path, size)
            tensors, metadata = _read_safetensors(path, file)
            found = (Dictionary("", tensors),) if tensors else ()
            return WeightsFile(path, size, found, metadata, {})
        if not (head.startswith(b"PK\x03\x04") or head.startswith(b"\x80")):
            raise _not_a_checkpoint(path, head, _end_of(file, size))
        check_memory(path, size)
        content = read_torch_file(path, file, size)
    beside = {}
    if isinstance(content, Mapping):
        beside = plain_value({k: v for k, v in content.items() if k not in NOT_WEIGHTS})
    return WeightsFile(path, size, dictionaries_in(content), {}, beside)


def _opened(path: Path) -> IO[bytes]:
    again = "Choose a .pth, .pt or .safetensors file."
    name = shown_name(path)
    try:
        file = open_regular(path)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{name} is not there.", "It was moved, renamed or deleted.", again, str(path)
        ) from error
    except OSError as error:
        if os.path.isdir(path):  # which answers any path
            raise CheckpointError(
                f"{name} is a folder.", "A checkpoint is one file.", again, str(path)
            ) from error
        raise CheckpointError(
            f"{name} cannot be read.", reason(error), again, f"{path}\n{error!r}"
        ) from error
    if os.fstat(file.fileno()).st_size == 0:
        file.close()
        raise CheckpointError(
            f"{name} is empty.",
            "It has no bytes, as after a download or a save that broke off.",
            "Download or save it again.",
            str(path),
        )
    return file


def _is_safetensors(head: bytes, size: int) -> bool:
    # The header's length in eight bytes, then the header, which is JSON. The size is not
    # compared here, so that a truncated file is called truncated and not unknown.
    return size > 8 and head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] < 2**32


def _end_of(file: IO[bytes], size: int) -> bytes:
    file.seek(max(0, size - 8))
    return file.read(8)


def _not_a_checkpoint(path: Path, head: bytes, end: bytes) -> CheckpointError:
    details = f"{path}\nfirst bytes: {head[:32]!r}"
    foreign = foreign_file(path, head, end)
    if foreign is not None:
        return refusal(path, foreign, details)
    text = head.lstrip().lower()
    step = "Choose a .pth, .pt or .safetensors file with weights."
    pictures = (b"\x89png", b"\xff\xd8\xff", b"gif8", b"bm", b"ii*\x00", b"mm\x00*", b"riff")
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")):
        why = "It is a web page: the download gave an error or log-in page instead of the file."
        step = "Download it again from its page, and check that the size is right."
    elif text.startswith(b"version https://git-lfs"):
        why = "It is a Git LFS pointer, which only says where the weights lie."
        step = "Fetch the file itself with “git lfs pull”, or download it from the project's page."
    elif path.suffix.lower() == ".onnx":
        why = "It is named as an ONNX model and is none: it is cut short, or something else."
        step = "Download or export it again."
    elif text.startswith(pictures):
        why = "It is a picture."
    elif head.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\xfd7zXZ")):
        why = "It is a packed archive."
        step = "Unpack it and open the weights inside."
    else:
        why = "Its content is neither a PyTorch nor a safetensors file."
    return CheckpointError(f"{shown_name(path)} is not a checkpoint.", why, step, details)


def _read_safetensors(path: Path, file: IO[bytes]) -> tuple[dict[str, Tensor], dict[str, str]]:
    import safetensors
    import safetensors.torch

    # Read, not mapped: the file may be replaced or deleted while its network is open.
    data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    if 8 + length > len(data):
        raise damaged(path, f"header of {length} bytes in a file of {len(data)}")
    if length > MOST_HEADER_BYTES:
        raise damaged(path, f"header of {length} bytes; at most {MOST_HEADER_BYTES} are read")
    try:
        tensors = safetensors.torch.load(data)
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    except MemoryError:
        raise
    # Numbers of a kind or number of dimensions that torch does not know end in nearly any.
    except Exception as error:
        raise damaged(path, error) from error
    return tensors, {str(key): str(value) for key, value in metadata.items()}


def _check_keys(path: Path, found: Mapping[str, Tensor]) -> None:
    """Refuse more tensors, or longer names, than any network has."""
    if len(found) > MOST_TENSORS:
        why = f"It has {len(found):,} tensors; at most {MOST_TENSORS:,} are read."
    elif any(len(key) > _MOST_KEY_LETTERS or not key.isprintable() for key in found):
        why = f"A tensor's name is longer than {_MOST_KEY_LETTERS} letters, or cannot be shown."
    else:
        return
    raise CheckpointError(
        f"{shown_name(path)} holds no network's weights.",
        why,
        "Save the network's state_dict() alone and open that file.",
        str(path),
    )


def _without_prefixes(found: dict[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    stripped = ""
    while found:
        keys = [key for key in found if key not in WRAPPER_COUNTERS]
        prefix = next(
            (p for p in PREFIXES if keys and all(key.startswith(p) for key in keys)), None
        )
        if prefix is None:
            break
        found = {key.removeprefix(prefix): found[key] for key in keys}
        stripped += prefix
    return found, stripped


def _as_float32(path: Path, found: dict[str, Tensor], size: int) -> dict[str, Tensor]:
    if not found:
        raise CheckpointError(
            f"{shown_name(path)} holds no weights.",
            "No dictionary of named tensors was found in it.",
            "Save the network's state_dict() and open that file.",
            str(path),
        )
    for key, tensor in found.items():
        if not _is_plain(tensor):
            raise _unusable_kind(path, key, tensor)
    # A view can claim any size over one stored number; only now does it take memory.
    needed = sum(tensor.numel() * max(4, tensor.itemsize) for tensor in found.values())
    check_memory(path, needed)
    check_declared(path, needed, size, "Its weights", VIEWS_ROOM)
    tensors = {}
    for key, tensor in found.items():
        try:
            tensor = tensor.detach()
            if tensor.is_floating_point():
                tensor = tensor.float()
            tensors[key] = tensor.contiguous()
        # Of numbers packed in halves of bytes, or of 65 dimensions, torch makes no others.
        except (RuntimeError, TypeError, IndexError) as error:
            raise _unusable_kind(path, key, tensor) from error
    return tensors


def _is_plain(tensor: Tensor) -> bool:
    return (
        type(tensor) in (Tensor, torch.nn.Parameter)
        and tensor.dim() <= MOST_DIMENSIONS
        and tensor.layout is torch.strided
        and not (tensor.is_nested or tensor.is_quantized or tensor.is_complex() or tensor.is_meta)
    )


def _unusable_kind(path: Path, key: str, tensor: Tensor) -> CheckpointError:
    kind = f"{'a nested tensor of ' if tensor.is_nested else ''}{tensor.dtype}, {tensor.layout}"
    return CheckpointError(
        f"{shown_name(path)} holds weights of a kind this program cannot use.",
        f"{key} is {kind}, {tensor.dim()} dimensions, on {tensor.device}.",
        "Save it with plain float32 or float16 weights.",
        str(path),
    )


def _refuse_non_finite(path: Path, tensors: dict[str, Tensor]) -> None:
    bad = [
        key
        for key, tensor in tensors.items()
        if tensor.is_floating_point() and not _is_finite(tensor)
    ]
    if bad:
        raise CheckpointError(
            f"{shown_name(path)} holds numbers that are not finite.",
            f"{bad[0]} has NaN or infinite values"
            + (f", and {len(bad) - 1} more tensors have." if len(bad) > 1 else "."),
            "The training run probably diverged: use an earlier checkpoint of it.",
            f"{path}\n" + "\n".join(bad),
        )


def _is_finite(tensor: Tensor) -> bool:
    # By numpy: for hundreds of small tensors torch would wake its threads hundreds of times.
    return bool(np.isfinite(tensor.numpy(force=True)).all())
