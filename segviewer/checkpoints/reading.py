"""Reading weights files without ever running what they contain.

What a file is, is decided by its content. Pickles are read by torch with
``weights_only=True``, and there is no way round that here: a file that needs more is
refused, with the way to make a safe one from it.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import pickletools
import shlex
import struct
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segviewer.errors import CheckpointError

# Where training programs keep the weights inside their checkpoint, best first: an average
# of the weights is what such a program evaluates with.
NESTED_NAMES = (
    "average",
    "model_ema",
    "ema",
    "ema_state_dict",
    "state_dict",
    "model_state",
    "model_state_dict",
    "model",
    "network",
    "net",
    "weights",
    "params",
    "module",
)
NOT_WEIGHTS = ("optimizer", "optim", "scheduler", "lr_scheduler", "scaler", "amp")
# Names that wrappers (DataParallel, torch.compile, Lightning, EMA) put in front of every key.
PREFIXES = ("module.", "model.", "_orig_mod.", "network.", "net.")
# Counters that wrappers add beside the weights (torch.optim.swa_utils.AveragedModel).
WRAPPER_COUNTERS = ("n_averaged",)
HARMLESS_GLOBALS = ("torch._utils.", "torch.storage.", "collections.OrderedDict")


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
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    nested_under: str = ""
    stripped_prefix: str = ""


def read_state_dict(path: str | Path, *, allow_non_finite: bool = False) -> StateDict:
    """Read the weights of a ``.pth``, ``.pt`` or ``.safetensors`` file.

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
    path = Path(path)
    head, size = _first_bytes(path)
    metadata: dict[str, str] = {}
    nested_under = ""
    if _is_safetensors(head, size):
        _check_memory(path, size)
        found, metadata = _read_safetensors(path)
    elif head.startswith(b"PK\x03\x04") or head.startswith(b"\x80"):
        content = _read_torch(path, head, size)
        found, nested_under = _weights_in(content)
    else:
        raise _not_a_checkpoint(path, head)
    found, stripped = _without_prefixes(found)
    tensors = _as_float32(path, found)
    if not allow_non_finite:
        _refuse_non_finite(path, tensors)
    return StateDict(tensors, metadata, nested_under, stripped)


def _first_bytes(path: Path) -> tuple[bytes, int]:
    again = "Choose a .pth, .pt or .safetensors file."
    if path.is_dir():
        raise CheckpointError(
            f"{path.name} is a folder.", "A checkpoint is one file.", again, str(path)
        )
    try:
        with path.open("rb") as file:
            head = file.read(512)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path.name} is not there.", "It was moved, renamed or deleted.", again, str(path)
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"{path.name} cannot be read.", f"The system says: {error.strerror}.", again, str(path)
        ) from error
    if size == 0:
        raise CheckpointError(
            f"{path.name} is empty.",
            "It has no bytes, as after a download or a save that broke off.",
            "Download or save it again.",
            str(path),
        )
    return head, size


def _is_safetensors(head: bytes, size: int) -> bool:
    # The header's length in eight bytes, then the header, which is JSON. The size is not
    # compared here, so that a truncated file is called truncated and not unknown.
    return size > 8 and head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] < 2**32


def _not_a_checkpoint(path: Path, head: bytes) -> CheckpointError:
    text = head.lstrip().lower()
    step = "Choose a .pth, .pt or .safetensors file with weights."
    pictures = (b"\x89png", b"\xff\xd8\xff", b"gif8", b"bm", b"ii*\x00", b"mm\x00*", b"riff")
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")):
        why = "It is a web page: the download gave an error or log-in page instead of the file."
        step = "Download it again from its page, and check that the size is right."
    elif text.startswith(b"version https://git-lfs"):
        why = "It is a Git LFS pointer, which only says where the weights lie."
        step = "Fetch the file itself with “git lfs pull”, or download it from the project's page."
    elif head.startswith(b"\x89HDF"):
        why = "It is an HDF5 file, as Keras writes it."
        step = "Export the weights to safetensors under PyTorch names first."
    elif text.startswith(pictures):
        why = "It is a picture."
    elif head.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"\xfd7zXZ")):
        why = "It is a packed archive."
        step = "Unpack it and open the weights inside."
    else:
        why = "Its content is neither a PyTorch nor a safetensors file."
    return CheckpointError(
        f"{path.name} is not a checkpoint.", why, step, f"{path}\nfirst bytes: {head[:32]!r}"
    )


def _damaged(path: Path, error: BaseException | str) -> CheckpointError:
    return CheckpointError(
        f"{path.name} is damaged.",
        "It begins like a checkpoint but does not end like one: it is cut short or was changed.",
        "Download or copy it again.",
        f"{path}\n{error}",
    )


def available_memory() -> int | None:
    """Bytes of memory that can still be used, or None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _check_memory(path: Path, needed: int) -> None:
    free = available_memory()
    if free is not None and needed > free:
        raise CheckpointError(
            f"{path.name} is too large for this machine.",
            f"Its weights need {needed / 2**30:,.1f} GiB and {free / 2**30:,.1f} GiB are free.",
            "Close other programs, or open it on a machine with more memory.",
            str(path),
        )


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    import safetensors
    import safetensors.torch

    # Read, not mapped: the file may be replaced or deleted while its network is open.
    data = path.read_bytes()
    try:
        length = struct.unpack("<Q", data[:8])[0]
        if 8 + length > len(data):
            raise _damaged(path, f"header of {length} bytes in a file of {len(data)}")
        header = json.loads(data[8 : 8 + length])
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(path, error) from error
    metadata = header.get("__metadata__") or {}
    return tensors, {str(key): str(value) for key, value in metadata.items()}


def _read_torch(path: Path, head: bytes, size: int) -> Any:
    if head.startswith(b"PK"):
        size = _check_archive(path)
    _check_memory(path, size)
    try:
        with warnings.catch_warnings():
            # Of unusual pickles torch warns before it refuses; the refusal is what counts.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = _foreign_globals(path)
        if not wanted:
            raise _damaged(path, error) from error
        raise _would_run_code(path, wanted, error) from error
    except MemoryError as error:
        raise CheckpointError(
            f"{path.name} is too large for this machine.",
            "The memory ran out while it was read.",
            "Close other programs, or open it on a machine with more memory.",
            str(path),
        ) from error
    except Exception as error:
        # Damaged bytes surface as almost any exception of the unpickler and zip reader.
        raise _damaged(path, error) from error


def _check_archive(path: Path) -> int:
    """Return the unpacked size of a zip file, refusing those that are not state dicts."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path, error) from error
    names = [entry.filename for entry in entries]
    if any("/code/" in f"/{name}" for name in names) and any(
        name.endswith("constants.pkl") for name in names
    ):
        raise CheckpointError(
            f"{path.name} is a TorchScript program.",
            "It carries code of its own beside the weights, which this program does not run.",
            "On a machine you trust, load it with torch.jit.load and save its state_dict().",
            str(path),
        )
    if not any(name.endswith("data.pkl") for name in names):
        raise CheckpointError(
            f"{path.name} is not a checkpoint.",
            "It is a zip archive without PyTorch weights at its top.",
            "If the weights are packed inside, unpack it and open them.",
            f"{path}\n" + "\n".join(names[:40]),
        )
    return sum(entry.file_size for entry in entries)


def _foreign_globals(path: Path) -> list[str]:
    """Names that a pickle asks Python for, beyond those that plain weights need.

    Read by disassembly: nothing of the file is run.
    """
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
            data = archive.read(name)
    stream, names, texts = io.BytesIO(data), [], []
    try:
        # A file of torch before 1.6 is several pickles, one after another.
        for _ in range(5):
            for operation, argument, _ in pickletools.genops(stream):
                if operation.name == "GLOBAL":
                    names.append(argument.replace(" ", "."))
                elif operation.name == "STACK_GLOBAL":
                    names.append(".".join(texts[-2:]))
                elif isinstance(argument, str):
                    texts.append(argument)
    except ValueError:
        pass  # behind the last pickle lie the raw numbers
    return [
        name
        for name in dict.fromkeys(names)
        if not name.startswith(HARMLESS_GLOBALS)
        and not (name.startswith("torch.") and name.endswith("Storage"))
    ]


def _would_run_code(path: Path, wanted: list[str], error: Exception) -> CheckpointError:
    convert = (
        'python -c "import sys, torch, safetensors.torch as s; '
        "d = torch.load(sys.argv[1], 'cpu', weights_only=False); "
        "d = d.state_dict() if hasattr(d, 'state_dict') else d.get('state_dict', d); "
        "s.save_file({k: v.contiguous().clone() for k, v in d.items()}, "
        f'sys.argv[2])" {shlex.quote(str(path))} {shlex.quote(path.stem + ".safetensors")}'
    )
    shown = ", ".join(wanted[:3]) + (" …" if len(wanted) > 3 else "")
    if any(name.startswith("torch.nn.") for name in wanted):
        what = f"{path.name} holds a whole network object, not its weights."
        why = f"It would run code on opening (it asks for {shown}), so it was not opened."
    else:
        what = f"{path.name} was not opened, because it would run code."
        why = f"It is a pickle that asks Python for {shown}; a file of weights needs none of that."
    return CheckpointError(
        what,
        why,
        f"If you trust its author, convert it to safetensors on a machine you trust: {convert}",
        "It asks for:\n" + "\n".join(wanted) + f"\n\n{path}\n{error}",
    )


def _weights_in(content: Any) -> tuple[dict[str, Tensor], str]:
    """Find the dict of tensors in what a training program saved, and where it lay."""
    if not isinstance(content, Mapping):
        return {}, ""
    inner = {
        name: _weights_in(value)
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Mapping) and name not in NOT_WEIGHTS
    }
    inner = {name: found for name, found in inner.items() if found[0]}
    direct = {
        name: value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    chosen = next((name for name in NESTED_NAMES if name in inner), None)
    if chosen is None:
        if direct or not inner:
            return direct, ""
        chosen = max(inner, key=lambda name: len(inner[name][0]))
    tensors, below = inner[chosen]
    return tensors, f"{chosen}.{below}" if below else chosen


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


def _as_float32(path: Path, found: dict[str, Tensor]) -> dict[str, Tensor]:
    if not found:
        raise CheckpointError(
            f"{path.name} holds no weights.",
            "No dictionary of named tensors was found in it.",
            "Save the network's state_dict() and open that file.",
            str(path),
        )
    # A view can claim any size over one stored number; only now does it take memory.
    _check_memory(path, sum(tensor.numel() * 4 for tensor in found.values()))
    tensors = {}
    for key, tensor in found.items():
        plain = tensor.layout is torch.strided and not (
            tensor.is_quantized or tensor.is_complex() or tensor.is_meta
        )
        if not plain:
            raise CheckpointError(
                f"{path.name} holds weights of a kind this program cannot use.",
                f"{key} is {tensor.dtype}, {tensor.layout}, on {tensor.device}.",
                "Save it with plain float32 or float16 weights.",
                str(path),
            )
        tensor = tensor.detach()
        if tensor.is_floating_point():
            tensor = tensor.float()
        tensors[key] = tensor.contiguous()
    return tensors


def _refuse_non_finite(path: Path, tensors: dict[str, Tensor]) -> None:
    bad = [
        key
        for key, tensor in tensors.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if bad:
        raise CheckpointError(
            f"{path.name} holds numbers that are not finite.",
            f"{bad[0]} has NaN or infinite values"
            + (f", and {len(bad) - 1} more tensors have." if len(bad) > 1 else "."),
            "The training run probably diverged: use an earlier checkpoint of it.",
            f"{path}\n" + "\n".join(bad),
        )
