"""How a card beside weights is made wrong."""

from __future__ import annotations

import json
from functools import lru_cache
from random import Random
from typing import Any

REAL = "drn_a_18_narrow_camvid"  # the smallest that ships whole
VALUES: list[Any] = [
    None,
    "",
    0,
    -1,
    1,
    2,
    7,
    10**9,
    10**18,
    2**63,
    10**30,
    10**400,
    1e308,
    float("inf"),
    float("nan"),
    True,
    [],
    {},
    [[]],
    [None],
    "x",
    "x" * 100_000,
    "\0",
    "\ud800",
    "a\nb",
    "<img src='file:///etc/passwd'>",
    [1] * 50,
    [10**9] * 3,
    [-1, 0, 1],
    {"a": {"b": 1}},
    [0.5, 0.5, 0.5],
    [1e-300] * 3,
    "resnet101",
    "drn",
    "fcn",
    "deeplab_v3",
    "crf_rnn",
    "u_net",
]
BASES = [
    "~nosuch/x",
    "~",
    "a\0b",
    "x" * 5000,
    "/dev/zero",
    "/dev/stdin",
    "/dev/tty",
    "/proc/kmsg",
    "/proc/self/mem",
    "/proc/self/environ",
    "/etc",
    ".",
    "",
    "bundled:none",
    "bundled:",
    "bundled:../../etc/passwd",
    "random:drn",
    "untrained:bundled:x",
    "\ud800",
    "//host/share/x",
    "FIFO",
    "SELF",
    f"bundled:{REAL}",
    "bundled:psp_b1_max_efficientnet_lite0_camvid",
]


@lru_cache(maxsize=1)
def real_card() -> bytes:
    from segviewer.resource_files import resource_path

    return resource_path("checkpoints", f"{REAL}.json").read_bytes()


def changed_card(random: Random) -> tuple[str, bytes]:
    card = json.loads(real_card())
    way = random.choice(["field", "field", "config", "config", "text", "deep", "bytes", "long"])
    if way in ("field", "config"):
        for _ in range(random.choice([1, 1, 2, 5])):
            table = card["config"] if way == "config" else card
            key = random.choice([*table, "results", "preprocessing", "num_classes", "unknown"])
            inner = table.get(key)
            if isinstance(inner, dict) and inner and random.random() < 0.6:
                table, key = inner, random.choice(list(inner))
            if random.random() < 0.15:
                table.pop(key, None)
            else:
                table[key] = random.choice(VALUES)
    raw = json.dumps(card).encode()
    if way == "text":
        fresh = random.choice([b"\xff\xfe", b"\xef\xbb\xbf", b"", b"null", b"[]", b'"x"', b"1e999"])
        raw = random.choice([fresh, fresh + raw, raw + fresh])
    elif way == "deep":
        raw = raw[:-1] + b',"results":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"
    elif way == "bytes":
        changed = bytearray(raw)
        for _ in range(random.choice([1, 4, 30])):
            changed[random.randrange(len(changed))] = random.randrange(256)
        raw = bytes(changed)
    elif way == "long":
        digits = b"9" * random.choice([5000, 100_000])
        field = random.choice([b"iterations", b"seed", b"inference_long_side", b"title"])
        raw = raw[:-1] + b',"' + field + b'":' + digits + b"}"
    return way, raw
