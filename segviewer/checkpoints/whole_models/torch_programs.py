"""Loading what ``torch.jit.save`` and ``torch.export.save`` wrote, once a person has agreed.

The archive is looked at before: what it lists, what that takes unpacked, and who has agreed to
exactly these bytes. Only then torch gets them.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickletools
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from segviewer.checkpoints.reading.refusals import check_declared, check_memory, damaged
from segviewer.checkpoints.whole_models.kinds import KINDS, TORCH_SCRIPT
from segviewer.checkpoints.whole_models.network import Input
from segviewer.checkpoints.whole_models.said import extra_files
from segviewer.checkpoints.whole_models.trust import is_trusted, untrusted
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import open_regular, shown_name

_MOST_HINT = 1 << 16
_LEAST_SIDE, _MOST_SIDE = 16, 4096


class TorchProgram:
    """A module of torch that is only called.

    Parameters
    ----------
    module : Module
        Of either kind, as it runs after training.
    movable : bool
        Whether it runs on another device than it was saved for. An exported program has its
        device in its operations.
    """

    differentiable = True

    def __init__(self, module: nn.Module, movable: bool) -> None:
        self.module, self.movable = module, movable
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        self.num_parameters = sum(p.numel() for p in module.parameters())

    def run(self, image: Tensor) -> Any:
        place = next(self.parameters(), image).device
        return self.module(image if self.movable else image.to(place))

    def parameters(self) -> Iterator[Tensor]:
        yield from self.module.parameters()

    def move(self, device: torch.device) -> None:
        if self.movable and all(tensor.device != device for tensor in self.parameters()):
            self.module.to(device)


def load_torch_program(
    path: Path, kind: str
) -> tuple[TorchProgram, Input | None, list[tuple[int, int]], dict[str, str]]:
    """Load a program that somebody has agreed to.

    Returns
    -------
    program : TorchProgram
    takes : Input or None
        What it takes, where the file says so.
    hints : list of (int, int)
        Sizes, height first, with which it may have been traced.
    texts : dict of str to str
        What was saved beside it.

    Raises
    ------
    UntrustedProgram
        Before anything of it is run.
    CheckpointError
        If it is damaged, too large, or torch cannot load it.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        check_memory(path, 2 * size)
        data = file.read()
    sha256 = hashlib.sha256(data).hexdigest()
    _check_archive(path, data, size)
    if not is_trusted(sha256):
        raise untrusted(path, kind, sha256)
    texts = extra_files(io.BytesIO(data))
    try:
        with warnings.catch_warnings():
            # Of its own age, and of what was saved with other versions.
            warnings.simplefilter("ignore")
            if kind == TORCH_SCRIPT:
                return _script(data), None, _traced_sizes(data), texts
            return *_exported(data), [], texts
    except MemoryError as error:
        raise CheckpointError(
            f"{shown_name(path)} is too large for this machine.",
            "The memory ran out while it was loaded.",
            "Close other programs, or open it on a machine with more memory.",
            str(path),
        ) from error
    # Torch's loaders end in nearly any exception.
    except Exception as error:
        raise _not_loaded(path, kind, error) from error


def _script(data: bytes) -> TorchProgram:
    module = torch.jit.load(io.BytesIO(data), map_location="cpu")  # type: ignore[no-untyped-call]
    module.eval()
    return TorchProgram(module, movable=True)


def _exported(data: bytes) -> tuple[TorchProgram, Input | None]:
    program = torch.export.load(io.BytesIO(data))
    names = program.graph_signature.user_inputs
    shapes = [
        tuple(node.meta["val"].shape)
        for node in program.graph.nodes
        if node.op == "placeholder" and node.name in names and "val" in node.meta
    ]
    takes = _input_of(shapes[0]) if len(shapes) == 1 and len(shapes[0]) == 4 else None
    return TorchProgram(program.module(), movable=False), takes


def _input_of(shape: tuple[Any, ...]) -> Input | None:
    """What four sides say; symbols are free."""
    known = [side if isinstance(side, int) else None for side in shape]
    last = known[1] not in (1, 3) and known[3] in (1, 3)
    channels, height, width = (known[3], known[1], known[2]) if last else known[1:]
    size = (height, width) if height is not None and width is not None else None
    return Input(channels if channels in (1, 3) else 3, last, size)


def _check_archive(path: Path, data: bytes, size: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = [entry.filename.casefold() for entry in archive.infolist()]
    except Exception as error:  # a damaged list can raise nearly anything
        raise damaged(path, error) from error
    check_memory(path, unpacked)
    check_declared(path, unpacked, size, "Its packed records")
    if len(set(names)) < len(names):
        raise damaged(path, "two records have the same name")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            changed = archive.testzip()
        except Exception as error:  # of a method of packing, or an end, that is not there
            raise damaged(path, error) from error
    if changed is not None:
        raise damaged(
            path, changed, "Its content differs from the checksum that was saved with it."
        )


def _traced_sizes(data: bytes) -> list[tuple[int, int]]:
    """Sizes of the picture a program was traced with, read off its pickle without running it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next((n for n in archive.namelist() if n.endswith("traced_inputs.pkl")), "")
        if not name or archive.getinfo(name).file_size > _MOST_HINT:
            return []
        pickled = archive.read(name)
    try:
        numbers = [arg for _, arg, _ in pickletools.genops(pickled) if isinstance(arg, int)]
    except ValueError:
        return []
    found = []
    for index, channels in enumerate(numbers[:-2]):
        sides = numbers[index + 1 : index + 3]
        if channels in (1, 3) and all(_LEAST_SIDE <= side <= _MOST_SIDE for side in sides):
            found.append((sides[0], sides[1]))
    return found[:4]


def _not_loaded(path: Path, kind: str, error: Exception) -> CheckpointError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0][:200].rstrip(".") if lines else type(error).__name__
    return CheckpointError(
        f"{shown_name(path)} cannot be loaded.",
        f"torch {torch.__version__} says of this {KINDS[kind].title}: {said}.",
        "Save it again with this version of torch, or open the network's state_dict() or an ONNX "
        "export of it.",
        f"{path}\n{error}",
    )
