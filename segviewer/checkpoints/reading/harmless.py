"""Plain values that training programs keep beside their weights, and how they are read.

A score of numpy's, the arguments of a command line, a library's configuration: data, but
pickled as calls of classes. None of these classes is imported or called here. Each is replaced
by a stand-in that keeps what it was given and runs nothing, so that a file opens whether or
not the library is installed, and whatever a class of that name would do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from torch import Tensor, from_numpy

_NUMPY_KINDS = "biufcSUmM"  # numbers, texts and times: no objects, no records
_TENSOR_KINDS = "biuf"  # of them, what torch has
_MOST_ITEM_BYTES = 8
_MOST_DEPTH = 20
MOST_VALUES = 100_000
"""How many values beside the weights are kept; ImageNet's class names are a thousand."""

_NAMES = frozenset(
    [
        "argparse.Namespace",
        "types.SimpleNamespace",
        "collections.defaultdict",
        "collections.deque",
        "copyreg._reconstructor",
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "torch.torch_version.TorchVersion",
        # Types kept as values: what a defaultdict makes, what an argument is parsed with.
        *(
            f"builtins.{name}"
            for name in (
                *("bool", "bytes", "dict", "float", "frozenset", "int", "list"),
                *("object", "range", "slice", "str", "tuple"),
            )
        ),
        *(
            f"pathlib{module}.{name}"
            for module in ("", "._local")  # the second since Python 3.13
            for name in (
                *("Path", "PosixPath", "WindowsPath"),
                *("PurePath", "PurePosixPath", "PureWindowsPath"),
            )
        ),
        "numpy.dtype",
        "numpy.ndarray",
        *(
            f"numpy.{name}"
            for name in (
                *("bool", "bool_", "int8", "int16", "int32", "int64"),
                *("uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"),
                *("complex64", "complex128", "str_", "bytes_"),
            )
        ),
        *(
            f"numpy.{module}.multiarray.{name}"
            for module in ("core", "_core")  # the second since numpy 2
            for name in ("scalar", "_reconstruct")
        ),
        *(
            f"numpy.{module}.numeric._frombuffer"
            for module in ("core", "_core")  # protocol 5
        ),
        "numpy.random._mt19937.MT19937",
        "numpy.random._pcg64.PCG64",
        "numpy.random._pcg64.PCG64DXSM",
        "numpy.random._philox.Philox",
        "numpy.random._sfc64.SFC64",
        "numpy.random.bit_generator.SeedSequence",
        "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
        "numpy.random._pickle.__bit_generator_ctor",
        "numpy.random._pickle.__generator_ctor",
        "numpy.random._pickle.__randomstate_ctor",
    ]
)
# Configurations, histories and states of libraries, which are data throughout.
_LIBRARIES = (
    "addict.",
    "box.",
    "detectron2.config.",
    "easydict.",
    "fvcore.common.config.",
    "lightning.fabric.utilities.",
    "lightning.pytorch.",
    "lightning_fabric.utilities.",
    "ml_collections.config_dict.",
    "mmcv.utils.config.",
    "mmengine.config.",
    "mmengine.logging.",
    "munch.",
    "omegaconf.",
    "pytorch_lightning.",
    "typing.",
    "yacs.config.",
)


def is_harmless(name: str) -> bool:
    """Whether a pickle may ask for `name`, ``module.Class``: it gets a stand-in."""
    return name in _NAMES or name.startswith(_LIBRARIES)


def stand_ins(
    names: Iterable[str], as_mapping: Collection[str], as_list: Collection[str]
) -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    """What to hand to ``torch.serialization.safe_globals`` for `names`.

    Parameters
    ----------
    names : iterable of str
        All that a pickle asks for; those that are not harmless are left out.
    as_mapping, as_list : collection of str
        Of them, whose instances the pickle fills like a dictionary or a list.
    """
    found: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = []
    for name in sorted(filter(is_harmless, names)):
        if name in _REBUILT:
            stand_in: Any = _REBUILT[name]
        elif name in as_mapping:
            stand_in = OrderedDict  # of the three that torch fills, the one that has a state
        else:
            stand_in = OpaqueList if name in as_list else Opaque
        found.append((stand_in, name))
    return found


class Opaque:
    """Stands for an object of a class that is not imported: what it was made of, and its state."""

    def __init__(self, *arguments: Any):
        self.arguments: tuple[Any, ...] = arguments
        self.state: Any = None

    def __new__(cls, *arguments: Any) -> Opaque:
        made = super().__new__(cls)
        made.arguments, made.state = arguments, None
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state


class OpaqueList(list[Any]):
    """The same for a class that is filled like a list."""

    def __init__(self, *arguments: Any):
        super().__init__()

    def __new__(cls, *arguments: Any) -> OpaqueList:
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None:
        pass


class NumpyKind:
    """Stands for ``numpy.dtype``: the name of a kind of number, and its byte order."""

    def __init__(self, name: Any = "", *_: Any):
        self.name = name
        self.order: Literal["<", ">", "=", "|"] = "="

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "=", "|"):
            self.order = state[1]

    def dtype(self) -> np.dtype | None:
        """The kind itself, or None for one that is no plain number, text or time."""
        if not isinstance(self.name, str) or not self.name.isalnum() or len(self.name) > 8:
            return None
        try:
            found = np.dtype(self.name).newbyteorder(self.order)
        except (TypeError, ValueError):
            return None
        return found if found.kind in _NUMPY_KINDS and found.itemsize else None


class NumpyArray:
    """Stands for an array; `array` is its numbers, or None where they are no plain ones."""

    def __init__(self, *_: Any):
        self.array: np.ndarray | None = None
        self._tensor: Tensor | None = None

    def tensor(self) -> Tensor | None:
        """The numbers as torch has them, the same tensor each time; None for other things."""
        array = self.array
        if self._tensor is not None or array is None:
            return self._tensor
        if array.dtype.kind in _TENSOR_KINDS and array.itemsize <= _MOST_ITEM_BYTES:
            # In this machine's byte order, and no part of the file's own bytes.
            self._tensor = from_numpy(array.astype(array.dtype.newbyteorder("="), order="C"))
        return self._tensor

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 5:
            _, shape, kind, by_column, data = state
            self.array = _numbers(shape, kind, data, "F" if by_column is True else "C")


def _scalar(kind: Any = None, data: Any = b"") -> Any:
    """numpy's number as Python's."""
    found = _numbers((), kind, data, "C")
    return None if found is None else found.item()


def _numbers(shape: Any, kind: Any, data: Any, order: str) -> np.ndarray | None:
    """An array of as many numbers as `data` holds, never more."""
    dtype = kind.dtype() if isinstance(kind, NumpyKind) else None
    if dtype is None or not isinstance(data, bytes) or not isinstance(shape, tuple):
        return None
    if not all(type(side) is int and side >= 0 for side in shape) or len(shape) > 8:
        return None
    wanted = dtype.itemsize
    for side in shape:
        wanted *= side
        if wanted > len(data):
            return None
    if wanted != len(data):
        return None
    return np.frombuffer(data, dtype).reshape(shape, order="F" if order == "F" else "C")


def _from_buffer(data: Any = b"", kind: Any = None, shape: Any = (), order: Any = "C") -> Any:
    """An array as protocol 5 writes it."""
    made = NumpyArray()
    made.array = _numbers(shape, kind, data, "F" if order == "F" else "C")
    return made


def _dictionary(*_: Any) -> dict[Any, Any]:
    return {}


_REBUILT: dict[str, Any] = {
    "collections.defaultdict": _dictionary,
    "numpy.dtype": NumpyKind,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _from_buffer,
    "numpy._core.numeric._frombuffer": _from_buffer,
    "numpy.core.multiarray._reconstruct": NumpyArray,
    "numpy._core.multiarray._reconstruct": NumpyArray,
}


def plain_value(value: Any) -> Any:
    """`value` in dicts, lists, texts and numbers; None for what is none of them.

    Stand-ins become the dictionary of their state, arrays lists. For what a file says beside
    its weights: class names, colours, the arguments it was trained with. What is shared or
    lies in itself is looked at once, and no more than `MOST_VALUES` values.
    """
    return _plain(value, 0, {}, [MOST_VALUES])


def _plain(value: Any, depth: int, known: dict[int, Any], left: list[int]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    left[0] -= 1
    if depth >= _MOST_DEPTH or left[0] < 0:
        return None
    if id(value) in known:
        return known[id(value)]
    known[id(value)] = None  # what it is inside itself
    if isinstance(value, Opaque):
        state = value.state if isinstance(value.state, Mapping) else {}
        # omegaconf keeps a node's contents beside its types and flags.
        inner = next((state[key] for key in ("_content", "_val") if key in state), state)
        found = _plain(inner, depth + 1, known, left) if state else None
    elif isinstance(value, NumpyArray):
        array = value.array
        found = None if array is None or array.size > left[0] else array.tolist()
        left[0] -= 0 if array is None else array.size
    elif isinstance(value, Mapping):
        found = {
            key: _plain(inner, depth + 1, known, left)
            for key, inner in value.items()
            if isinstance(key, str | int) and not isinstance(inner, Tensor)
        }
    elif isinstance(value, list | tuple | set):
        found = [_plain(inner, depth + 1, known, left) for inner in value]
    else:
        found = None
    known[id(value)] = found
    return found
