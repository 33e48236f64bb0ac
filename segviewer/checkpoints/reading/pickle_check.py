"""What a pickle of weights would make, found out with stand-ins before torch makes any of it.

torch's own reading (``weights_only=True``) keeps a pickle from running code, not from asking
for memory or time without end: a number in it may claim a terabyte, a key of nested tuples
takes for ever to hash. Here the pickle is walked with the same few operations that torch
knows, but a storage is only its number of bytes and a tensor only a check that it lies inside.

In one file because the stand-ins mean nothing without the walk that makes and checks them, and
because who doubts the check must be able to read it whole.
"""

from __future__ import annotations

import pickletools
import re
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING  # Python 2's names, as torch maps them
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

import torch

from segviewer.checkpoints.reading.harmless import is_harmless

MOST_OPERATIONS = 500_000
"""A ResNet-101's weights take 21,000; a training program keeps its history beside them."""

_SCALARS = (str, int, float, bool, bytes, type(None))
_MOST_KEY_PARTS = 16
_MOST_OPEN = 10_000  # dictionaries and tuples begun inside each other
_MOST_INTEGER_BITS = 63  # longer ones can be chosen to collide in a dictionary
_TEXT_CODECS = ("latin1", "latin-1", "latin_1")  # of pickled bytes; others can take for ever

_NUMPY_SCALAR = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
_PLAIN = frozenset(
    [
        "collections.OrderedDict",
        "collections.Counter",
        "builtins.set",
        "builtins.bytearray",
        "builtins.complex",
        "_codecs.encode",
        "torch.Size",
        "torch.device",
        "torch.nn.parameter.Parameter",
        "torch.serialization._get_layout",
        "torch._tensor._rebuild_from_type_v2",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_meta_tensor_no_storage",
        "torch._utils._rebuild_nested_tensor",
        "torch._utils._rebuild_wrapper_subclass",
        "torch._utils._rebuild_device_tensor_from_numpy",
        "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    ]
)
_STORAGE_CLASS = re.compile(r"torch\.((cuda|storage)\.)?\w*Storage")
_TENSOR_CLASS = re.compile(r"torch\.((cuda|sparse|cuda\.sparse)\.)?\w*Tensor")


class PickleProblem(Exception):
    """The pickle is damaged, or asks for what weights never need; the text says which."""

    def __str__(self) -> str:
        return str(self.args[0])


class Excess(PickleProblem):
    """It asks for more memory or time than its size can justify; the text says the numbers."""


class OtherForm(PickleProblem):
    """A pickle of a form that torch does not read safely."""


@dataclass
class Declared:
    """What a pickle would make.

    Attributes
    ----------
    globals : dict
        Every name it asks Python for, in order (a dict for its order and speed).
    storages : dict
        Key of a storage to its bytes.
    other_bytes : int
        Memory for what is made from a size alone.
    content : object
        What the pickle is, where that is a plain value; else a stand-in.
    as_mapping, as_list : set of str
        Harmless names whose instances it fills like a dictionary, or like a list.
    """

    globals: dict[str, None] = field(default_factory=dict)
    storages: dict[str, int] = field(default_factory=dict)
    other_bytes: int = 0
    content: Any = None
    as_mapping: set[str] = field(default_factory=set)
    as_list: set[str] = field(default_factory=set)

    @property
    def foreign(self) -> list[str]:
        """Names that weights do not need."""
        return [name for name in self.globals if not _is_plain(name)]


def check_pickle(file: IO[bytes]) -> Declared:
    """Walk the pickle at `file`'s position to its end; nothing of it is run or allocated.

    Raises
    ------
    PickleProblem
        `args[1]` is the :class:`Declared` so far.
    """
    walk = _Walk()
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(file)):
            if count >= MOST_OPERATIONS:
                raise Excess(f"It takes more than {MOST_OPERATIONS:,} steps to read.")
            walk.step(operation.name, argument)
    except PickleProblem as problem:
        problem.args = (problem.args[0], walk.declared)
        raise
    except Exception as error:
        # Whatever a garbled pickle breaks here, it would break in torch, too.
        raise PickleProblem(f"{type(error).__name__}: {error}", walk.declared) from error
    if walk.other_form:
        kind = OtherForm if walk.protocol > 2 else PickleProblem
        raise kind(f"It has the operation {walk.other_form}.", walk.declared)
    walk.declared.content = walk.stack[-1] if walk.stack else None
    return walk.declared


def _is_plain(name: str) -> bool:
    if (
        name in _PLAIN
        or is_harmless(name)
        or _STORAGE_CLASS.fullmatch(name)
        or _TENSOR_CLASS.fullmatch(name)
    ):
        return True
    module, _, short = name.rpartition(".")
    kinds = torch.dtype, torch.qscheme, torch.layout
    return module == "torch" and isinstance(getattr(torch, short, None), kinds)


class _Thing:
    """Stands for whatever is neither a number, a text nor a tuple."""


class _Items(list[Any]):
    """A list or dictionary: what was put in, in order. Never hashed or compared."""

    __slots__ = ()


class _Made(_Items):
    """What a call of a harmless name gives; it may be filled, or be given a state."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        super().__init__()
        self.name = name


@dataclass(frozen=True)
class _Name(_Thing):
    """A class or function that the pickle asks for."""

    name: str


@dataclass(frozen=True)
class _Storage(_Thing):
    nbytes: int
    item: int


class _Long(_Thing):
    """A whole number of more than 63 bits."""


class _Tensor(_Thing):
    """A tensor, or the shell of one that old files fill later."""


class _Walk:
    """The stack machine of a pickle, as torch's has it."""

    def __init__(self) -> None:
        self.declared = Declared()
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.protocol = 0
        self.other_form = ""  # the first operation that torch does not know
        self._texts: deque[str] = deque(maxlen=2)
        self._newest: str | None = None  # what was pushed last, if it is a text

    def step(self, name: str, argument: Any) -> None:
        """Do one operation."""
        if self.other_form:
            self._list_names(name, argument)
        elif name in _PUSHED:
            self.stack.append(argument)
        elif name == "BINUNICODE":
            self._texts.append(argument)
            self.stack.append(argument)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name == "GLOBAL":
            self.stack.append(self._name(argument))
        elif name in _STEPS:
            _STEPS[name](self)
        elif name == "LONG1":
            # The mark at the front of torch's old files is the one such number there is.
            long = argument.bit_length() > _MOST_INTEGER_BITS
            if long and argument != torch.serialization.MAGIC_NUMBER:
                # A generator's state; no key, and no tensor's size.
                argument = _Long()
            self.stack.append(argument)
        elif name == "PROTO":
            self.protocol = argument
        elif name != "STOP":
            self.other_form = name
            self._list_names(name, argument)

    def _list_names(self, name: str, argument: Any) -> None:
        """Only look what a pickle asks for that is not opened anyway."""
        if name == "FRAME":
            return
        text = argument if isinstance(argument, str) else None
        if name == "GLOBAL":
            self._name(argument)
            text = None
        elif name == "STACK_GLOBAL":
            self._name(" ".join(self._texts))
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = self._newest
            return
        elif name in ("BINGET", "LONG_BINGET"):  # a module's name is written once
            kept = self.memo.get(argument)
            text = kept if isinstance(kept, str) else None
        self._newest = text
        if text is not None:
            self._texts.append(text)

    def _name(self, argument: str) -> _Name:
        module, _, rest = argument.partition(" ")
        module = IMPORT_MAPPING.get(module, module)
        module, rest = NAME_MAPPING.get((argument.partition(" ")[0], rest), (module, rest))
        name = f"{module}.{rest}"
        self.declared.globals[name] = None
        return _Name(name)

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.below.pop()
        return items

    def _mark(self) -> None:
        if len(self.below) >= _MOST_OPEN:
            raise PickleProblem(f"It begins more than {_MOST_OPEN:,} things inside each other.")
        self.below.append(self.stack)
        self.stack = []

    def _tuple(self, count: int) -> None:
        items = tuple(self.stack[-count:])
        if len(items) < count:
            raise PickleProblem("A tuple has too few items.")
        self.stack[-count:] = [items]

    def _tuple_since_mark(self) -> None:
        items = tuple(self._since_mark())  # first, because it changes which stack it is
        self.stack.append(items)

    def _append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, _Items):
            raise PickleProblem("It appends to what is no list.")
        if isinstance(target, _Made):
            self.declared.as_list.add(target.name)
        target.extend(items)

    def _set(self, items: list[Any]) -> None:
        for key in items[::2]:
            _check_key(key)
        target = self.stack[-1]
        if not isinstance(target, _Items):
            raise PickleProblem("It sets items of what is no dictionary.")
        if isinstance(target, _Made):
            self.declared.as_mapping.add(target.name)
        # The keys are kept, too: a class may be called with the whole dictionary.
        target.extend(items)

    def _set_one(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set([key, value])

    def _persistent(self) -> None:
        described = self.stack.pop()
        if not isinstance(described, tuple) or len(described) not in (5, 6):
            raise PickleProblem("A storage is not described as torch does it.")
        _, kind, key, _, count = described[:5]
        if not (isinstance(kind, _Name) and isinstance(key, str) and type(count) is int):
            raise PickleProblem("A storage is not described as torch does it.")
        item = _item_size(kind.name)
        nbytes = count * item
        if count < 0 or self.declared.storages.setdefault(key, nbytes) != nbytes:
            raise PickleProblem(f"Storage {key} has two sizes, or a negative one.")
        if len(described) == 6 and described[5] is not None:  # a part of it, in old files
            _, offset, length = described[5]
            if min(offset, length) < 0 or offset + length > count:
                raise PickleProblem(f"A part of storage {key} lies outside it.")
            nbytes = length * item
        self.stack.append(_Storage(nbytes, item))

    def _reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(self._called(function, arguments))

    def _build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, _Tensor) and isinstance(state, tuple | _Items):
            if len(state) == 4:
                self._check_tensor(*state)
            elif len(state) in (2, 3) and isinstance(state[0], _Storage):
                raise PickleProblem("A tensor is described without its stride.")

    def _called(self, function: Any, arguments: Any) -> Any:
        if not (isinstance(function, _Name) and isinstance(arguments, tuple)):
            raise PickleProblem("It calls what is no function.")
        name = function.name
        short = name.rpartition(".")[2]
        if short in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            self._check_tensor(*arguments[:4])
        elif short == "_rebuild_tensor_v3":
            item = _dtype(arguments[6].name).itemsize
            storage, offset, size, stride = arguments[:4]
            self._check_tensor(storage, offset, size, stride, item)
        elif short == "_rebuild_qtensor":
            self._check_tensor(*arguments[:4])
            self.declared.other_bytes += _product(arguments[2]) * 8
        elif short in ("_rebuild_parameter", "_rebuild_parameter_with_state"):
            return arguments[0]
        elif short == "_rebuild_from_type_v2":
            return self._called(arguments[0], arguments[2])
        elif _TENSOR_CLASS.fullmatch(name) or short in ("Parameter", "Buffer"):
            self.declared.other_bytes += 8 * _product(_numbers(arguments))
            return _Tensor()
        elif name == "_codecs.encode":
            if len(arguments) != 2 or arguments[1] not in _TEXT_CODECS:
                raise PickleProblem("It encodes text in a way that weights never need.")
            return arguments[0].encode("latin-1")
        elif name == "builtins.bytearray":
            self.declared.other_bytes += sum(a for a in arguments if type(a) is int)
        elif name in ("collections.OrderedDict", "collections.Counter", "builtins.set"):
            return self._collection(arguments)
        elif name in _NUMPY_SCALAR:
            return 0  # a number, which may be a key
        elif is_harmless(name):
            return _Made(name)
        return _Tensor() if short.startswith("_rebuild_") else _Thing()

    def _collection(self, arguments: tuple[Any, ...]) -> _Items:
        if len(arguments) > 1 or not all(isinstance(one, _Items) for one in arguments):
            raise PickleProblem("A collection is made of what is no list.")
        for item in arguments[0] if arguments else ():
            # Python 2 wrote an OrderedDict as a list of lists of key and value.
            _check_key(item[0] if isinstance(item, _Items) and len(item) == 2 else item)
        return _Items()

    def _check_tensor(
        self, storage: Any, offset: Any, size: Any, stride: Any, item: int | None = None
    ) -> None:
        """Refuse a tensor that reaches outside its storage, which torch may grow for it."""
        if not isinstance(storage, _Storage):
            raise PickleProblem("A tensor has no storage.")
        item = storage.item if item is None else item
        if not all(type(n) is int and n >= 0 for n in (offset, *size, *stride)):
            raise PickleProblem("A tensor's size is not made of whole numbers.")
        if len(size) != len(stride):
            raise PickleProblem("A tensor's size and stride differ in length.")
        if 0 in size:
            return
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if (last + 1) * item > storage.nbytes:
            raise Excess(
                f"A tensor of size {'×'.join(map(str, size[:8])) or '1'} reaches to byte "
                f"{(last + 1) * item:,} of a storage that has {storage.nbytes:,}."
            )


def _check_key(key: Any) -> None:
    """Refuse a key whose hash is not had at once."""
    parts = key if isinstance(key, tuple) else (key,)
    plain = all(isinstance(part, (*_SCALARS, _Name)) for part in parts)
    if not plain or len(parts) > _MOST_KEY_PARTS:
        raise PickleProblem("A dictionary has a key that is neither text nor a number.")


def _item_size(name: str) -> int:
    """Bytes of one number in a storage of this class."""
    size = _STORAGE_ITEMS.get(name.rpartition(".")[2])
    if size is None:
        raise PickleProblem(f"It has a storage of the unknown kind {name}.")
    return size


def _dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name.rpartition(".")[2], None)
    if not isinstance(dtype, torch.dtype):
        raise PickleProblem(f"It has a tensor of the unknown kind {name}.")
    return dtype


def _numbers(arguments: tuple[Any, ...]) -> list[int]:
    """The sizes a tensor class was called with; none for a call that gives contents."""
    inside = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple) else arguments
    return [n for n in inside if type(n) is int]


def _product(sizes: Any) -> int:
    total = 1
    for size in sizes:
        total *= max(0, size)
        if total > 2**62:
            raise Excess(f"A tensor has the size {'×'.join(map(str, list(sizes)[:8]))}.")
    return total if sizes else 0


# Newer kinds of numbers lie in an UntypedStorage.
_STORAGE_ITEMS = {
    "UntypedStorage": 1,
    "DoubleStorage": 8,
    "FloatStorage": 4,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "LongStorage": 8,
    "IntStorage": 4,
    "ShortStorage": 2,
    "CharStorage": 1,
    "ByteStorage": 1,
    "BoolStorage": 1,
    "ComplexDoubleStorage": 16,
    "ComplexFloatStorage": 8,
    "QInt8Storage": 1,
    "QUInt8Storage": 1,
    "QInt32Storage": 4,
    "QUInt4x2Storage": 1,
    "QUInt2x4Storage": 1,
}
_PUSHED = frozenset(["NONE", "BININT", "BININT1", "BININT2", "BINFLOAT", "SHORT_BINSTRING"])
_STEPS: dict[str, Callable[[_Walk], None]] = {
    "MARK": _Walk._mark,
    "NEWTRUE": lambda walk: walk.stack.append(True),
    "NEWFALSE": lambda walk: walk.stack.append(False),
    "EMPTY_TUPLE": lambda walk: walk.stack.append(()),
    "EMPTY_LIST": lambda walk: walk.stack.append(_Items()),
    "EMPTY_DICT": lambda walk: walk.stack.append(_Items()),
    "EMPTY_SET": lambda walk: walk.stack.append(_Items()),
    "TUPLE": _Walk._tuple_since_mark,
    "TUPLE1": lambda walk: walk._tuple(1),
    "TUPLE2": lambda walk: walk._tuple(2),
    "TUPLE3": lambda walk: walk._tuple(3),
    "APPEND": lambda walk: walk._append([walk.stack.pop()]),
    "APPENDS": lambda walk: walk._append(walk._since_mark()),
    "SETITEM": _Walk._set_one,
    "SETITEMS": lambda walk: walk._set(walk._since_mark()),
    "BINPERSID": _Walk._persistent,
    "REDUCE": _Walk._reduce,
    "NEWOBJ": _Walk._reduce,
    "BUILD": _Walk._build,
}
