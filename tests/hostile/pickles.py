"""Pickles that want what they should not get: code, memory, time."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from random import Random

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
FRONT = MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}q\x00."
EXTREME = (0, 1, 2, 127, 255, 2**15, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, -1, -(2**31))


def whole_number(value: int) -> bytes:
    """A number, in the shortest form that torch reads."""
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def tuple_of(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def put(place: int) -> bytes:
    return b"r" + struct.pack("<I", place)


def get(place: int) -> bytes:
    return b"j" + struct.pack("<I", place)


def storage(count: int, key: str = "0", kind: str = "FloatStorage", old: bool = False) -> bytes:
    items = [text("storage"), f"ctorch\n{kind}\n".encode(), text(key), text("cpu")]
    return tuple_of(*items, whole_number(count), *([b"N"] if old else [])) + b"Q"


def tensor(
    count: int, size: tuple, stride: tuple, offset: int = 0, key: str = "0", old: bool = False
) -> bytes:
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n"
        + tuple_of(
            storage(count, key, old=old),
            whole_number(offset),
            tuple_of(*map(whole_number, size)),
            tuple_of(*map(whole_number, stride)),
            b"\x89",
            b"ccollections\nOrderedDict\n)R",
        )
        + b"R"
    )


def dictionary(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def as_zip(pickled: bytes, numbers: bytes = bytes(64), method: int = zipfile.ZIP_STORED) -> bytes:
    """The file that torch would write around this pickle, with one storage."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", b"little")
        archive.writestr("archive/data/0", numbers)
        archive.writestr("archive/version", b"3\n")
    return out.getvalue()


def as_old(pickled: bytes, numbers: bytes = bytes(64)) -> bytes:
    """The same before torch 1.6."""
    keys = b"\x80\x02]q\x00" + text("0") + b"a."
    return FRONT + pickled + keys + struct.pack("<q", len(numbers) // 4) + numbers


class Trap:
    """Unpickling this calls `function`."""

    def __init__(self, function: Callable, *arguments):
        self.what = function, arguments

    def __reduce__(self):
        return self.what


def evil(random: Random, canary: str) -> bytes:
    """A pickle that would make the file `canary`."""
    import importlib
    import os
    import shutil
    import subprocess

    # PySide puts another function in its place, which no pickle can name.
    by_name = __import__ if __import__.__name__ == "__import__" else importlib.import_module
    code = f"open({canary!r}, 'w').close()"
    way = random.choice(
        [
            Trap(os.system, f"touch '{canary}'"),
            Trap(os.mkdir, canary),
            Trap(eval, code),
            Trap(exec, code),
            Trap(subprocess.check_call, ["touch", canary]),
            Trap(open, canary, "w"),
            Trap(getattr, Trap(by_name, "os"), "system"),
            Trap(shutil.copy, "/etc/hostname", canary),
        ]
    )
    place = random.choice(["top", "value", "key", "args", "state"])
    content = {
        "top": way,
        "value": {"state_dict": {}, "x": way},
        "key": {"a": (way,)},
        "args": [way, way],
        "state": {"optimizer": {"state": {0: way}}},
    }[place]
    protocol = random.choice([0, 1, 2, 2, 2, 3, 4, 5])
    pickled = pickle.dumps(content, protocol)
    if random.random() < 0.3 and protocol == 2:
        # Harmless names around it, as a scanner that looks only at the first would like.
        pickled = b"\x80\x02ccollections\nOrderedDict\n)R0" + pickled[2:]
    if random.random() < 0.2:
        module = random.choice([b"torch._utils", b"torch", b"torch.storage", b"collections"])
        name = random.choice([b"os.system", b"hub.load", b"_load_from_bytes", b"load", b"abc"])
        pickled = b"\x80\x02c" + module + b"\n" + name + b"\n" + text(canary) + b"\x85R."
    return pickled


def bombs() -> dict[str, bytes]:
    """Pickles of protocol 2, by name, that are small and want much."""
    head = b"\x80\x02"

    def shared(levels: int, wide: int) -> bytes:
        """Dictionaries of which each holds the one before `wide` times."""
        inside = dictionary(w=tensor(16, (4, 4), (4, 1))) + put(0)
        for level in range(levels):
            names = b"".join(text(f"k{i}") + get(level) for i in range(wide))
            inside += b"}(" + names + b"u" + put(level + 1)
        return head + b"}(" + text("j") + b"](" + inside + b"e" + text("m") + get(levels) + b"u."

    tuples = b")" + put(0)
    for level in range(60):
        tuples += get(level) + get(level) + b"\x86" + put(level + 1)
    key = b"(" + tuples + b"t"
    found = {
        "28 levels of shared dictionaries": shared(28, 2),
        "60 levels of shared dictionaries": shared(60, 2),
        "200 levels, eight wide": shared(200, 8),
        "key of shared tuples": head + b"}" + key + b"K\x01s.",
        "set of shared tuples": head + b"c__builtin__\nset\n]" + key + b"a\x85R.",
        "dictionary in itself": head
        + b"}q\x00("
        + text("model")
        + b"h\x00"
        + text("w")
        + tensor(16, (4, 4), (4, 1))
        + b"u.",
        "5,000 deep": head + b"}" + (text("model") + b"}") * 5000 + b"s" * 5000 + b".",
        "100,000 deep": head + b"}" + (text("a") + b"}") * 100_000 + b"s" * 100_000 + b".",
        "100,000 tuples deep": head + b")" + b"\x85" * 100_000 + b".",
        "memo at the end": head + b"}r\xff\xff\xff\xff.",
        "marks without end": head + b"(" * 3_000_000 + b".",
        "lists without end": head + b"]" * 3_000_000 + b".",
        "text of 4 GB": head + b"X\xff\xff\xff\xffabc.",
        "long number": head + b"\x8b" + struct.pack("<i", 2**20) + b"\x11" * 2**20 + b".",
        "colliding keys": head
        + b"}("
        + b"".join(whole_number(k * (2**61 - 1)) + b"N" for k in range(1, 30_000))
        + b"u.",
        "bytes of a terabyte": head
        + b"c__builtin__\nbytearray\n"
        + whole_number(2**40)
        + b"\x85R.",
        "tensor class of a terabyte": head
        + b"ctorch\nFloatTensor\n"
        + whole_number(2**40)
        + b"\x85R.",
        "tensor class, new": head + b"ctorch\nTensor\n" + whole_number(2**40) + b"\x85\x81.",
        "punycode": head
        + b"c_codecs\nencode\n"
        + text("".join(chr(0x4E00 + i % 20_000) for i in range(300_000)))
        + text("punycode")
        + b"\x86R.",
        "array of a terabyte": head
        + b"}"
        + text("a")
        + b"cnumpy.core.multiarray\n_reconstruct\n"
        + tuple_of(b"cnumpy\nndarray\n", tuple_of(whole_number(2**40)), text("b"))
        + b"R"
        + tuple_of(
            b"K\x01",
            tuple_of(whole_number(2**40)),
            b"cnumpy\ndtype\n" + tuple_of(text("f8"), b"\x89", b"\x88") + b"R",
            b"\x89",
            b"c_codecs\nencode\n" + tuple_of(text("abc"), text("latin1")) + b"R",
        )
        + b"bs.",
        "kind of a terabyte": head
        + b"cnumpy\ndtype\n"
        + tuple_of(text("V1099511627776"), b"\x89", b"\x88")
        + b"R.",
        "Namespaces in each other": head
        + (b"cargparse\nNamespace\n)\x81}" + text("a")) * 3000
        + b"N"
        + b"sb" * 3000
        + b".",
        "defaultdict in itself": head
        + b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85Rq\x00"
        + text("model")
        + b"h\x00s.",
        "range without end": head
        + b"c__builtin__\nxrange\n"
        + tuple_of(b"K\x00", whole_number(2**62), b"K\x01")
        + b"R.",
        "number of tensors": head
        + b"}("
        + b"".join(text(f"t{i}") + tensor(16, (4,), (1,)) for i in range(3_000))
        + b"u.",
        "other protocol": pickle.dumps({"a": "plain"}, 4),
        "nothing": head + b"N.",
        "only a stop": b"\x80\x02.",
        "name of a megabyte": head + b"}" + text("n" * 2**20) + tensor(16, (4,), (1,)) + b"s.",
        "name of no text": head + b"}" + text("\ud800\n\0") + tensor(16, (4,), (1,)) + b"s.",
    }
    for old in (False, True):
        when = "old " if old else ""
        for name, count, size, stride, offset in (
            ("view of a terabyte", 16, (2**38,), (0,), 0),
            ("view outside", 16, (2**33,), (1,), 0),
            ("view behind", 16, (4,), (1,), 2**40),
            ("view before", 16, (4,), (-1,), 3),
            ("sizes that overflow", 16, (2**40, 2**40), (0, 0), 0),
            ("nothing of everything", 16, (2**60, 0), (1, 1), 0),
            ("storage of a terabyte", 2**38, (4,), (1,), 0),
            ("storage of no number", -4, (4,), (1,), 0),
            ("storage too small", 4, (16,), (1,), 0),
            ("65 dimensions", 16, (1,) * 65, (1,) * 65, 0),
            ("5,000 dimensions", 16, (1,) * 5000, (1,) * 5000, 0),
        ):
            key = "conv1.weight"
            found[when + name] = (
                head + dictionary(**{key: tensor(count, size, stride, offset, old=old)}) + b"."
            )
    return found


def soup(random: Random) -> bytes:
    """Operations in any order, most of them ones that torch knows."""
    items = [
        b"}",
        b"]",
        b")",
        b"(",
        b"t",
        b"\x85",
        b"\x86",
        b"\x87",
        b"N",
        b"\x88",
        b"K\x05",
        b"a",
        b"e",
        b"s",
        b"u",
        b"R",
        b"\x81",
        b"b",
        b"Q",
        b"q\x00",
        b"q\x01",
        b"h\x00",
        b"h\x01",
        b"G" + bytes(8),
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"ctorch\nFloatStorage\n",
        b"ccollections\nOrderedDict\n",
        b"ctorch\nTensor\n",
        b"ctorch\nSize\n",
        b"ctorch._utils\n_rebuild_parameter\n",
        b"c__builtin__\nset\n",
        b"ctorch\ndevice\n",
        b"ctorch.nn.parameter\nParameter\n",
        b"ctorch._tensor\n_rebuild_from_type_v2\n",
        b"ctorch._utils\n_rebuild_sparse_tensor\n",
        b"ctorch._utils\n_rebuild_qtensor\n",
        b"cnumpy.core.multiarray\nscalar\n",
        b"cnumpy._core.multiarray\n_reconstruct\n",
        b"cnumpy\ndtype\n",
        b"cargparse\nNamespace\n",
        b"ccollections\ndefaultdict\n",
        b"ccollections\ndeque\n",
        b"comegaconf.dictconfig\nDictConfig\n",
        b"cmmengine.config.config\nConfigDict\n",
        text("a"),
        text("storage"),
        text("0"),
        text("cpu"),
        storage(16),
        tensor(16, (4, 4), (4, 1)),
    ]
    body = b"".join(random.choice(items) for _ in range(random.randrange(1, 60)))
    if random.random() < 0.3:
        body += whole_number(random.choice(EXTREME)) + random.choice([b"\x85R", b"\x85\x81", b""])
    return b"\x80\x02" + body + b"."
