"""JSON and TOML with values in them that no file of ours holds."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def nasty(rng) -> Any:
    """One of them."""
    # Deeper ones are written as text: making them would be too deep for this file, too.
    depth = int(10 ** rng.uniform(0, 2.3))
    deep: Any = 1
    for _ in range(depth):
        deep = [deep] if rng.random() < 0.5 else {"a": deep}
    values = (
        10 ** int(10 ** rng.uniform(0, 3.6)),
        -(2**63) - 1,
        2**63,
        2**31,
        -1,
        0,
        1e308,
        5e-324,
        float("nan"),
        float("inf"),
        -0.0,
        0.5,
        True,
        None,
        "",
        "x" * int(10 ** rng.uniform(1, 5)),
        "\ud800",
        "a\0b",
        "\n\r\t\x1b[31m",
        "~nosuch/x",
        "/dev/zero",
        "/proc/self/mem",
        "..",
        "../" * 500 + "etc/passwd",
        "sample:",
        "sample:../../x",
        "bundled:",
        "bundled:../x",
        "random:",
        "random:deeplab_v3",
        "random:deeplab_v3:x",
        "random:" + ":" * 5000,
        "untrained:" * int(10 ** rng.uniform(0, 4)),
        "untrained:" + BUNDLED,
        "file:",
        "file:x",
        "<img src='file:///dev/zero'>",
        "a." * 20_000 + "a",
        "(" * 200 + ")" * 200,
        [],
        {},
        [[]],
        deep,
        list(range(int(10 ** rng.uniform(0, 4)))),
        {"": ""},
        7,
        "7",
        [7, 7],
        "１２",
        "é" * 300,
    )
    return values[rng.integers(len(values))]


def _like(value: Any, rng) -> Any:
    """Another value of the same type, which is let in more often."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return int(rng.choice([0, 1, 2, 3, 5, 7, 8, 16, 100, 254, 255, 8192, 10**6]))
    if isinstance(value, float):
        return float(rng.choice([0.0, 1e-9, 0.1, 0.5, 1.0, 1.5, 20.0, 200.0, 1e6]))
    if isinstance(value, str):
        other = nasty(rng)
        return other if isinstance(other, str) else "x"
    if isinstance(value, list) and value:
        return [value[int(rng.integers(len(value)))] for _ in range(int(rng.integers(9)))]
    return value


def mutated_json(value: Any, rng) -> tuple[str, str]:
    """JSON with a few values replaced, renamed, left out or repeated; and what was done."""
    value = copy.deepcopy(value)
    said = []
    for _ in range(1 + int(rng.integers(3))):
        places = list(_places(value))
        if not places:
            break
        holder, key = places[rng.integers(len(places))]
        how = int(rng.integers(9))
        name = f"{key}"
        if how <= 3:
            holder[key] = nasty(rng)
            said.append(f"{name} = {_shown(holder[key])}")
        elif how >= 6:
            holder[key] = _like(holder[key], rng)
            said.append(f"{name} = {_shown(holder[key])}")
        elif how == 4:
            del holder[key]
            said.append(f"without {name}")
        elif isinstance(holder, dict):
            new = nasty(rng)
            new = new if isinstance(new, str) else "odd"
            holder[new] = holder.pop(key)
            said.append(f"{name} called {_shown(new)}")
        else:
            holder[key:key] = [holder[key]] * int(10 ** rng.uniform(0, 4))
            said.append(f"many {name}")
    return _dumped(value), ", ".join(said)


def _dumped(value: Any) -> str:
    text = json.dumps(value)
    # Python refuses to write longer integers, other programs do not.
    return text.replace(str(10**4000), "9" * 10_000)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (holder, key), not deeper than there is anything of ours."""
    waiting = [(value, 0)]
    while waiting:
        holder, depth = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list) and depth < 6:
                waiting.append((holder[key], depth + 1))


def _shown(value: Any) -> str:
    try:
        return ascii(value)[:40]
    except (ValueError, RecursionError):
        return type(value).__name__


# TOML, which is changed line by line


@cache
def _lessons() -> tuple[str, ...]:
    from segviewer.lessons.reading import lesson_paths, shipped_folder

    return tuple(path.read_text("utf-8") for path in lesson_paths(shipped_folder()))


def mutated_toml(rng) -> tuple[str, str]:
    """The beginning of a shipped lesson, changed line by line; and what was done."""
    texts = _lessons()
    lines = texts[rng.integers(len(texts))].splitlines()[: int(rng.integers(10, 120))]
    said = []
    for _ in range(1 + int(rng.integers(3))):
        at = int(rng.integers(len(lines)))
        how = int(rng.integers(6))
        if how <= 2 and "=" in lines[at]:
            key = lines[at].split("=", 1)[0]
            value = _toml(nasty(rng))
            lines[at] = f"{key}= {value}"
            said.append(f"{key.strip()[:40]} = {ascii(value)[:40]}")
        elif how == 3:
            extra = _LINES[rng.integers(len(_LINES))](int(10 ** rng.uniform(0, 4)))
            lines.insert(at, extra)
            said.append(f"line {ascii(extra)[:40]}")
        elif how == 4:
            lines[at:at] = [lines[at]] * int(10 ** rng.uniform(0, 3))
            said.append("many lines")
        else:
            said.append(f"without line {at}")
            del lines[at]
            lines = lines or [""]
    return "\n".join(lines), ", ".join(said)


_LINES = (
    lambda n: "[session.network]\noutput_stride = 7",
    lambda n: "[" + "a." * n + "a]",
    lambda n: "a." * n + "a = 1",
    lambda n: "x = " + "[" * n + "]" * n,
    lambda n: "x = " + "{a=" * n + "1" + "}" * n,
    lambda n: "x = " + "9" * n,
    lambda n: "x = 0x" + "f" * n,
    lambda n: "x = 1e" + "9" * min(n, 400),
    lambda n: "[[" * n,
    lambda n: '"' * n,
    lambda n: "'a'" + ".'b'" * n + " = 1",
    lambda n: " " * n + "=",
    lambda n: "x = 1979-05-27T07:32:00Z",
    lambda n: '"""',
    lambda n: "\\" * n,
    lambda n: "[[steps]]\n" * n,
    lambda n: f"observations = {['outline > 0'] * n}",
    lambda n: "observations = ['" + "-" * min(n, 399) + "1 > 0']",
    lambda n: "observations = ['share(" + "(" * min(n, 150) + "']",
    lambda n: "a = {" + ", ".join(f"b{i} = {i}" for i in range(n)) + "}",
)


def _toml(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return _dumped(value).replace("NaN", "nan").replace("Infinity", "inf")


def mutated_text(text: str, rng) -> tuple[str, str]:
    """The text as such: cut, doubled, with signs put in."""
    at = int(rng.integers(len(text) + 1))
    how = int(rng.integers(4))
    if how == 0:
        return text[:at], " + cut"
    if how == 1:
        end = min(len(text), at + int(rng.integers(1, 400)))
        return text[:end] + text[at:end] * int(10 ** rng.uniform(0, 2.5)) + text[
            end:
        ], " + repeated"
    signs = (
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        "\0",
        "9",
        "-",
        "\u2028",
        "\ufeff",
        "&",
        "<",
        "e",
        ".",
    )
    sign = signs[rng.integers(len(signs))] * int(10 ** rng.uniform(0, 4.5))
    return text[:at] + sign + text[at:], f" + {len(sign)} × {ascii(sign[0])}"
