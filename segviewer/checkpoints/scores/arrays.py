"""The arrays of a file of scores, whatever wrote it; nothing of it runs, and sizes come first."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from segviewer.checkpoints.reading.refusals import check_memory
from segviewer.errors import CheckpointError, SegviewerError
from segviewer.files.regular_files import open_regular, shown_name, status_of

SUFFIXES = (".npy", ".npz", ".pt", ".pth", ".safetensors", ".h5", ".hdf5")
"""Of files that may hold scores."""

MOST_ARRAYS = 64
"""A file with more is no file of scores."""

INSTALL_H5PY = 'pip install "segviewer[hdf5]"'
_MOST_NAMES = 1 << 20  # bytes of class names


@dataclass
class Arrays:
    """What a file holds.

    Attributes
    ----------
    by_name : dict of str to ndarray
        Numbers, of two to four axes.
    classes : tuple of str
        Names of the classes, where the file says them.
    """

    by_name: dict[str, np.ndarray] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


def read_arrays(path: Path) -> Arrays:
    """Read a file.

    Raises
    ------
    CheckpointError
        If it cannot be read, is too large for the memory that is free, holds code, or needs a
        library that is not installed.
    """
    suffix = path.suffix.lower()
    readers = {
        ".npy": _npy,
        ".npz": _npz,
        ".pt": _torch,
        ".pth": _torch,
        ".safetensors": _safetensors,
        ".h5": _hdf5,
        ".hdf5": _hdf5,
    }
    if suffix not in readers:
        raise unreadable(path, f"Files of scores end in {', '.join(SUFFIXES)}.")
    with _explained(path):
        found = readers[suffix](path)
    if not found.by_name:
        raise unreadable(path, "It holds no array of numbers with two to four axes.")
    return found


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except SegviewerError:
        raise
    except Exception as error:  # a damaged file can raise nearly anything
        raise CheckpointError(
            f"{shown_name(path)} cannot be read as scores.",
            f"It is damaged, or something else: {str(error)[:200] or type(error).__name__}.",
            "Save it again, for example with numpy.save(path, probabilities).",
            f"{path}\n{error}",
        ) from error


def unreadable(path: Path, why: str) -> CheckpointError:
    """The error for a file that is understood and holds no scores; `why` is one sentence."""
    return CheckpointError(
        f"{shown_name(path)} holds no scores.",
        why,
        "Save an array (classes, height, width) of probabilities or logits, and open that.",
        str(path),
    )


def _is_numbers(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    return 2 <= len(shape) <= 4 and dtype.kind in "fiub" and 0 not in shape


def _check(path: Path, shape: tuple[int, ...], itemsize: int) -> None:
    """Refuse what does not fit into memory: as it is, as float32, and once more at work."""
    count = 1
    for side in shape:
        count *= int(side)
    check_memory(path, count * (itemsize + 8))


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


def _npy(path: Path) -> Arrays:
    with open_regular(path) as file:
        shape, _, dtype = _header(file)
        start = file.tell()
    if dtype.hasobject:
        raise _holds_code(path)
    if not _is_numbers(shape, dtype):
        raise unreadable(path, f"It is {dtype} {shape}.")
    _check(path, shape, dtype.itemsize)
    if status_of(path).st_size - start < int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
        raise unreadable(path, f"It is cut short: its header says {shape}, {dtype}.")
    with open_regular(path) as file:
        return Arrays({path.stem: np.load(file, allow_pickle=False)})


def _npz(path: Path) -> Arrays:
    found, needed = Arrays(), 0
    with open_regular(path) as file, zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
        if len(entries) > MOST_ARRAYS:
            raise unreadable(path, f"It holds {len(entries)} arrays.")
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            with archive.open(entry) as inside:
                shape, _, dtype = _header(inside)
            if dtype.hasobject:
                raise _holds_code(path)
            names = dtype.kind == "U" and len(shape) == 1 and entry.file_size <= _MOST_NAMES
            if not names and not _is_numbers(shape, dtype):
                continue
            count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
            if entry.file_size < count:
                raise unreadable(path, f"{name} is cut short: its header says {shape}, {dtype}.")
            needed += count
            check_memory(path, needed)
            _check(path, shape, dtype.itemsize)
            with archive.open(entry) as inside:
                array = np.lib.format.read_array(inside, allow_pickle=False)
            if not names:
                found.by_name[name] = array
            elif name in ("classes", "class_names", "names", "labels"):
                found.classes = tuple(str(one) for one in array)
    return found


def _torch(path: Path) -> Arrays:
    import torch

    with open_regular(path) as file:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                check_memory(path, sum(entry.file_size for entry in archive.infolist()))
        else:
            check_memory(path, 2 * status_of(path).st_size)
        file.seek(0)
        try:
            loaded = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            if "weights_only" in str(error) or "Unsupported" in str(error):
                raise _holds_code(path) from error
            raise
    return _of_tensors(path, loaded)


def _of_tensors(path: Path, loaded: Any) -> Arrays:
    import torch

    if isinstance(loaded, torch.Tensor):
        loaded = {path.stem: loaded}
    if isinstance(loaded, list | tuple):
        loaded = dict(enumerate(loaded))
    if not isinstance(loaded, dict) or len(loaded) > MOST_ARRAYS:
        raise unreadable(path, "It holds neither a tensor nor a few by name.")
    found = Arrays()
    for name, tensor in loaded.items():
        if name in ("classes", "class_names", "names") and isinstance(tensor, list | tuple):
            found.classes = tuple(str(one) for one in tensor)
        if not isinstance(tensor, torch.Tensor) or not 2 <= tensor.ndim <= 4 or not tensor.numel():
            continue
        # A view can be far larger than what it is a view of.
        _check(path, tuple(tensor.shape), tensor.element_size())
        tensor = tensor.detach()
        if tensor.is_complex() or tensor.is_quantized or tensor.layout != torch.strided:
            continue
        as_float = tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor
        found.by_name[str(name)] = as_float.numpy()
    return found


def _safetensors(path: Path) -> Arrays:
    from safetensors.torch import load

    with open_regular(path) as file:
        # Its numbers lie in it as they are, so that its size is what it takes.
        check_memory(path, 3 * status_of(path).st_size)
        data = file.read()
    tensors = load(data)
    if len(tensors) > MOST_ARRAYS:
        raise unreadable(path, f"It holds {len(tensors)} tensors: it is a network.")
    found = _of_tensors(path, tensors)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    said = header.get("__metadata__", {}).get("classes", "")
    if said:
        try:
            listed = json.loads(said)
        except ValueError:
            listed = said.split(",")
        if isinstance(listed, list):
            found.classes = tuple(str(one).strip() for one in listed)
    return found


def _hdf5(path: Path) -> Arrays:
    try:
        import h5py
    except ImportError as error:
        raise CheckpointError(
            f"{shown_name(path)} cannot be read here.",
            "HDF5 files need the library h5py, which is not installed.",
            f"Install it with: {INSTALL_H5PY}, or save the scores as .npy.",
        ) from error
    found = Arrays()
    with open_regular(path) as opened, h5py.File(opened, "r") as file:
        names: list[str] = []

        def visit(name: str, entry: Any) -> bool | None:
            if isinstance(entry, h5py.Dataset):
                names.append(name)
            return True if len(names) > MOST_ARRAYS else None  # ends the walk

        file.visititems(visit)
        if len(names) > MOST_ARRAYS:
            raise unreadable(path, "It holds very many arrays.")
        for name in names:
            entry = file[name]
            if entry.external or entry.is_virtual:
                continue  # what lies in other files
            if not _is_numbers(entry.shape, entry.dtype):
                strings = h5py.check_string_dtype(entry.dtype)
                if strings is not None and entry.ndim == 1 and entry.size <= 10_000:
                    found.classes = tuple(str(one) for one in entry.asstr()[()])
                continue
            _check(path, entry.shape, entry.dtype.itemsize)
            found.by_name[name] = entry[()]
    return found


def _holds_code(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{shown_name(path)} is not opened.",
        "It holds Python objects, which would run code of whoever made the file.",
        "Save plain numbers: numpy.save(path, probabilities), or torch.save(tensor, path).",
        str(path),
    )
