"""How checkpoints and cards are made wrong, each way by a seed and a number."""

from __future__ import annotations

import io
import json
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from tests.hostile import pickles
from tests.hostile.card_mutants import BASES, REAL, changed_card, real_card
from tests.hostile.odd_tensors import ODD

CANARY = "canary"


@dataclass(frozen=True)
class Mutant:
    """One attack: a short name, and what is given to ``open_network``."""

    name: str
    reference: str


def mutant(seed: int, index: int, folder: Path) -> Mutant:
    """Write the mutant of this number into `folder`."""
    random = Random(f"{seed}/{index}")
    name, make = random.choices(MAKERS, [weight for _, _, weight in MAKERS])[0][:2]
    place = folder / "mutant"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink() if not old.is_dir() or old.is_symlink() else old.rmdir()
    detail, reference = make(random, place)
    return Mutant(f"{name}: {detail}", str(reference))


@lru_cache(maxsize=1)
def real_weights() -> dict[str, Any]:
    """The weights of a network that ships, in half precision."""
    import safetensors.torch

    from segviewer.resource_files import resource_path

    return safetensors.torch.load(resource_path("checkpoints", f"{REAL}.safetensors").read_bytes())


@lru_cache(maxsize=8)
def whole_file(kind: str, size: str) -> bytes:
    """A good file: "zip", "old" or "safetensors"; "real", "small" or "nested"."""
    import safetensors.torch
    import torch

    weights = real_weights()
    if size == "small":
        weights = {key: weights[key] for key in list(weights)[:6]}
    if kind == "safetensors":
        return safetensors.torch.save(weights, {"segviewer": real_card().decode()})
    out = io.BytesIO()
    content = weights
    if size == "nested":
        content = {"epoch": 3, "optimizer": {"state": {}}, "state_dict": weights, "best": 0.5}
    torch.save(content, out, _use_new_zipfile_serialization=kind == "zip")
    return out.getvalue()


def any_file(random: Random) -> tuple[str, bytes]:
    kind = random.choice(["zip", "old", "safetensors"])
    size = random.choice(["small", "small", "real", "nested"])
    return f"{kind} {size}", whole_file(kind, "real" if kind == "safetensors" else size)


def _put(place: Path, data: bytes, name: str = "w.pth", card: bytes | None = None) -> Path:
    path = place / name
    path.write_bytes(data)
    path.with_suffix(".json").write_bytes(real_card() if card is None else card)
    return path


def _spot(random: Random, size: int) -> int:
    """A place in a file: often near its ends, where its structure is."""
    near = min(size, random.choice([64, 1024, 8192, size]))
    return random.choice([random.randrange(near), size - 1 - random.randrange(near)])


def flipped(random: Random, place: Path) -> tuple[str, Path]:
    name, data = any_file(random)
    changed = bytearray(data)
    count = random.choice([1, 1, 2, 8, 64])
    for _ in range(count):
        changed[_spot(random, len(data))] ^= 1 << random.randrange(8)
    return f"{name}, {count} bits", _put(place, changed)


def cut(random: Random, place: Path) -> tuple[str, Path]:
    name, data = any_file(random)
    length = random.choice([random.randrange(min(4096, len(data))), random.randrange(len(data))])
    return f"{name}, {length} bytes", _put(place, data[:length])


def spliced(random: Random, place: Path) -> tuple[str, Path]:
    (name, one), (other, two) = any_file(random), any_file(random)
    first, second = _spot(random, len(one)), _spot(random, len(two))
    length = random.choice([1, 8, 64, 4096, 100_000])
    way = random.choice(["insert", "replace", "delete", "zero", "ones", "tail", "twice"])
    piece = two[second : second + length]
    changed = {
        "insert": one[:first] + piece + one[first:],
        "replace": one[:first] + piece + one[first + length :],
        "delete": one[:first] + one[first + length :],
        "zero": one[:first] + bytes(length) + one[first + length :],
        "ones": one[:first] + b"\xff" * length + one[first + length :],
        "tail": one[:first] + two[second:],
        "twice": one + one,
    }[way]
    return f"{name} {way} {other}", _put(place, changed)


def zip_records(random: Random, place: Path) -> tuple[str, Path]:
    """A zip whose records are packed, lost, doubled, exchanged or lied about."""
    size = random.choice(["small", "nested"])
    with zipfile.ZipFile(io.BytesIO(whole_file("zip", size))) as source:
        records = [(entry.filename, source.read(entry)) for entry in source.infolist()]
    way = random.choice(
        ["pack", "drop", "double", "rename", "exchange", "shorten", "lie", "case", "lie twice"]
    )
    at, other = random.randrange(len(records)), random.randrange(len(records))
    name, data = records[at]
    if way == "drop":
        del records[at]
    elif way == "double":
        records.append((name, records[other][1]))
    elif way == "rename":
        fresh = random.choice(["x", "archive/data/0", "../../x", "/etc/x", "a\\b", "ü" * 50])
        records[at] = (fresh, data)
    elif way == "case":
        records.append((name.upper(), records[other][1]))
    elif way == "exchange":
        records[at], records[other] = (name, records[other][1]), (records[other][0], data)
    elif way == "shorten":
        records[at] = (name, data[: len(data) // 2])
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method = zipfile.ZIP_DEFLATED if way == "pack" else zipfile.ZIP_STORED
        with zipfile.ZipFile(out, "w", method) as archive:
            for one, content in records:
                archive.writestr(one, content)
    changed = bytearray(out.getvalue())
    if way.startswith("lie"):
        # Sizes, checksums and offsets stand at known places behind each mark.
        for mark, fields in ((b"PK\x01\x02", range(8, 46, 2)), (b"PK\x03\x04", range(4, 30, 2))):
            found = changed.find(mark, random.randrange(len(changed)))
            if found >= 0:
                value = random.choice(pickles.EXTREME) & 0xFFFFFFFF
                struct.pack_into("<I", changed, found + random.choice(fields), value)
    return f"{size} {way}", _put(place, changed)


def _around(random: Random, pickled: bytes) -> tuple[str, bytes]:
    way = random.choice(["zip", "zip", "packed zip", "old", "bare"])
    if way == "old":
        return way, pickles.as_old(pickled)
    if way == "bare":
        return way, pickled
    method = zipfile.ZIP_DEFLATED if way == "packed zip" else zipfile.ZIP_STORED
    return way, pickles.as_zip(pickled, method=method)


def evil(random: Random, place: Path) -> tuple[str, Path]:
    pickled = pickles.evil(random, str(place.parent / CANARY))
    way, data = _around(random, pickled)
    return f"{way} {pickled[:40]!r}", _put(place, data)


@lru_cache(maxsize=1)
def _bombs() -> dict[str, bytes]:
    return pickles.bombs()


def bomb(random: Random, place: Path) -> tuple[str, Path]:
    name = random.choice(sorted(_bombs()))
    if random.random() < 0.9:
        old = name.startswith("old ")
        data = pickles.as_old(_bombs()[name]) if old else pickles.as_zip(_bombs()[name])
        way = "old" if old else "zip"
    else:
        way, data = _around(random, _bombs()[name])
    return f"{name} in {way}", _put(place, data)


def packed_bomb(random: Random, place: Path) -> tuple[str, Path]:
    """Nothing but zeros, packed a thousand times smaller, or one record many times."""
    megabytes = random.choice([1, 30, 100, 250])
    pickled = (
        b"\x80\x02"
        + pickles.dictionary(w=pickles.tensor(megabytes << 18, (megabytes << 18,), (1,)))
        + b"."
    )
    if random.random() < 0.5:
        data = pickles.as_zip(pickled, bytes(megabytes << 20), zipfile.ZIP_DEFLATED)
        return f"packed {megabytes} MB", _put(place, data)
    data = bytearray(pickles.as_zip(pickled, bytes(1 << 20)))
    end = data.rfind(b"PK\x05\x06")
    first = data.find(b"PK\x01\x02")
    directory = bytes(data[first:end])
    many = directory * 50
    tail = bytearray(data[end:])
    count = 4 * 50
    struct.pack_into("<HHII", tail, 8, count, count, len(many), first)
    return "one record many times", _put(place, bytes(data[:first]) + many + bytes(tail))


def changed_pickle(random: Random, place: Path) -> tuple[str, Path]:
    """A good file whose pickle is changed, its checksum made to fit."""
    kind = random.choice(["zip", "zip", "old"])
    if kind == "old":
        data = bytearray(whole_file("old", "small"))
        at = random.randrange(len(pickles.FRONT), min(2000, len(data)))
        data[at] = random.randrange(256)
        return "old", _put(place, data)
    with zipfile.ZipFile(io.BytesIO(whole_file("zip", "small"))) as source:
        records = {entry.filename: source.read(entry) for entry in source.infolist()}
    name = next(name for name in records if name.endswith("data.pkl"))
    pickled = bytearray(records[name])
    way = random.choice(["bytes", "number", "operation", "cut", "insert"])
    at = random.randrange(len(pickled))
    if way == "bytes":
        for _ in range(random.choice([1, 3, 20])):
            pickled[random.randrange(len(pickled))] = random.randrange(256)
    elif way == "number":
        places = [i for i in range(len(pickled) - 3) if pickled[i : i + 1] in (b"K", b"M")]
        at = random.choice(places)
        width = 2 if pickled[at : at + 1] == b"K" else 3
        pickled[at : at + width] = pickles.whole_number(random.choice(pickles.EXTREME))
    elif way == "operation":
        pickled[at] = random.choice(b"}])(tN0123abehjqrRQsu.\x81\x85\x86\x87\x88\x93\x94\x97")
    elif way == "cut":
        del pickled[at:]
    else:
        pickled[at:at] = pickles.soup(random)[2:-1]
    records[name] = bytes(pickled)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, content in records.items():
            archive.writestr(one, content)
    return f"zip {way}", _put(place, out.getvalue())


def soup(random: Random, place: Path) -> tuple[str, Path]:
    way, data = _around(random, pickles.soup(random))
    return way, _put(place, data)


def odd_tensors(random: Random, place: Path) -> tuple[str, Path]:
    """Good files of numbers and shapes that no network has."""
    import torch

    kinds = [d for d in vars(torch).values() if isinstance(d, torch.dtype)]
    kind = random.choice(kinds)
    name = random.choice(sorted(ODD))
    tensors: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = ODD[name](kind)
            tensors[random.choice(list(real_weights()))] = made
            if random.random() < 0.5:
                tensors = {**real_weights(), **tensors}
            torch.save(
                tensors, place / "w.pth", _use_new_zipfile_serialization=random.random() < 0.7
            )
        except Exception:  # torch makes or saves no such tensor
            name, kind = "none", "of this kind"
            torch.save(dict(real_weights()), place / "w.pth")
    (place / "w.json").write_bytes(real_card())
    return f"{name} {kind}", place / "w.pth"


def safetensors_header(random: Random, place: Path) -> tuple[str, Path]:
    """A header that lies, in a file of safetensors."""
    data = whole_file("safetensors", "real")
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    way = random.choice(["field", "field", "length", "deep", "wide", "text", "double", "card"])
    key = random.choice([key for key in header if key != "__metadata__"])
    if way == "field":
        field = random.choice(["dtype", "shape", "data_offsets"])
        kinds = [
            "F64",
            "F16",
            "BF16",
            "F8_E4M3",
            "F8_E5M2",
            "F8_E8M0",
            "F6_E2M3",
            "F4",
            "I64",
            "U16",
            "U64",
            "C64",
            "BOOL",
            "X",
            "",
            None,
            3,
        ]
        number = random.choice([*pickles.EXTREME, None, 1.5, "1", 10**30])
        header[key][field] = {
            "dtype": random.choice(kinds),
            "shape": random.choice([[number], [number, 0], [1] * 65, [1] * 5000, [number] * 3]),
            "data_offsets": random.choice([[0, number], [number, number], [number], [8, 4], []]),
        }[field]
    elif way == "card":
        header["__metadata__"]["segviewer"] = changed_card(random)[1].decode("utf-8", "replace")
    elif way == "wide":
        more = {
            f"k{i}": {"dtype": "F32", "shape": [0], "data_offsets": [len(body)] * 2}
            for i in range(30_000)
        }
        header.update(more)
    elif way == "text":
        fresh = random.choice(["", "\0", "\ud800", "a" * 10**6, "\u202e", "<b>x", "ü\n" * 9])
        header[fresh] = header.pop(key)
    raw = json.dumps(header).encode()
    if way == "deep":
        raw = b'{"__metadata__":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"
    elif way == "double":
        raw = raw[:-1] + b"," + json.dumps({key: header[key]}).encode()[1:]
    size = len(raw)
    if way == "length":
        size = abs(random.choice([*pickles.EXTREME, size + 1, size - 1, 10**8, 10**8 - 8]))
    return way, _put(place, struct.pack("<Q", size) + raw + body, "w.safetensors")


def card(random: Random, place: Path) -> tuple[str, Path]:
    way, raw = changed_card(random)
    return way, _put(place, whole_file("safetensors", "real"), "w.safetensors", raw)


def base(random: Random, place: Path) -> tuple[str, Path]:
    """A card whose base is anything but a checkpoint."""
    card = json.loads(real_card())
    named = random.choice(BASES)
    if named == "FIFO":
        os.mkfifo(place / "pipe")
        named = str(place / "pipe")
    elif named == "SELF":
        named = str(place / "w.safetensors")
    card["base"] = named
    data = whole_file("safetensors", "real")
    return ascii(named)[:40], _put(place, data, "w.safetensors", json.dumps(card).encode())


def strange_place(random: Random, place: Path) -> tuple[str, str | Path]:
    """Paths that are none, and things that are no files."""
    way = random.choice(
        [
            "base",
            "fifo",
            "loop",
            "folder",
            "card fifo",
            "card folder",
            "untrained",
            "random",
            "long",
            "unix",
        ]
    )
    path = place / "w.pth"
    if way == "fifo":
        os.mkfifo(path)
    elif way == "loop":
        path.symlink_to("w.pth")
    elif way == "folder":
        path.mkdir()
    elif way.startswith("card"):
        path.write_bytes(whole_file("zip", "real"))
        beside = place / "w.json"
        beside.mkdir() if way == "card folder" else os.mkfifo(beside)
    elif way == "untrained":
        return way, "untrained:" * random.choice([1, 2, 5000]) + random.choice(BASES[:-4])
    elif way == "random":
        return way, "random:" + random.choice(
            ["", ":", "drn:", "drn:x", "x" * 5000, "\0", "fcn:\ud800"]
        )
    elif way == "long":
        path = place / ("n" * 250 + ".pth")
        path.write_bytes(whole_file("zip", "real"))
    else:
        return way, random.choice(BASES[:-4])
    return way, path


MAKERS: list[tuple[str, Callable[[Random, Path], tuple[str, Any]], int]] = [
    ("flipped", flipped, 5),
    ("cut", cut, 3),
    ("spliced", spliced, 4),
    ("zip records", zip_records, 4),
    ("evil", evil, 4),
    ("bomb", bomb, 4),
    ("packed bomb", packed_bomb, 1),
    ("pickle", changed_pickle, 6),
    ("soup", soup, 5),
    ("tensors", odd_tensors, 4),
    ("header", safetensors_header, 4),
    ("card", card, 5),
    ("base", base, 2),
    ("place", strange_place, 2),
]
