"""Malformed figures, sessions, lessons and presets: texts that describe a state.

Mutant number n of a seed is always the same, so that ``mutant(seed, n)`` rebuilds it.
"""

from __future__ import annotations

import copy
import json
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.errors import SegviewerError
from tests.hostile.report import Report
from tests.hostile.trial import attack

KINDS = ("figure.png", "figure.svg", "figure.gif", "session.json", "lesson.toml", "preset.json")
BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Open mutants for so many seconds, or `most` of them."""
    return attack(Report("records", seed), use, _mutants(seed, folder, most), seconds)


def _mutants(seed: int, folder: Path, most: int | None) -> Iterator[tuple[str, str]]:
    number = 0
    while most is None or number < most:
        name, data = mutant(seed, number)
        kind = name.split()[0]
        place = folder / Path(kind).stem
        place.mkdir(exist_ok=True)
        (place / kind).write_bytes(data)
        yield f"{name} (seed {seed}, number {number})", str(place / kind)
        number += 1


def mutant(seed: int, number: int) -> tuple[str, bytes]:
    """Name and bytes of one mutant."""
    rng = np.random.default_rng([seed, number])
    kind = KINDS[rng.integers(len(KINDS))]
    if kind == "lesson.toml":
        text, said = _mutated_toml(rng)
    else:
        text, said = _mutated_json(_PARSED[kind.split(".")[0]](), rng)
    if rng.random() < 0.3:
        text, how = _mutated_text(text, rng)
        said += how
    data = text.encode("utf-8", "surrogatepass")
    if kind.startswith("figure"):
        data = _FIGURES[kind](data)
        if rng.random() < 0.2:
            at = int(rng.integers(len(data)))
            data = data[:at] + rng.bytes(int(rng.integers(1, 9))) + data[at + 4 :]
            said += " + bytes"
    return f"{kind} {said}", data


def use(path: str) -> bool:
    """Open what is at `path` and do what the program would do next; True if it is refused."""
    file = Path(path)
    try:
        if file.suffix == ".toml":
            _use_lesson(file)
        elif file.name == "preset.json":
            return _use_preset(file)
        else:
            _use_session(file)
    except SegviewerError as error:
        assert error.what and error.why and error.next_step
        assert max(map(len, (error.what, error.why, error.next_step))) < 2000, "endless sentence"
        return True
    return False


def _use_session(path: Path) -> None:
    from segviewer.app.figure_session import figure_record, open_session_file

    found = open_session_file(path)
    _use(found.session)
    assert all(len(note) < 2000 for note in found.notes)
    record = figure_record(found.session)
    assert record.text()


def _use(session: Any) -> None:
    """What depends on a session without running a network."""
    from segviewer.app.copy_session import command, python_script
    from segviewer.lab_list import LabContext
    from segviewer.labs import compute
    from segviewer.network_state import config_of
    from segviewer.session import Session
    from segviewer.stages import STAGES, stage_key

    for stage in STAGES:
        if stage != "compiling":  # which belongs to no session
            hash(stage_key(session, stage))
    assert Session.model_validate_json(session.model_dump_json()) == session
    compile(python_script(session), "script", "exec")
    command(session).encode("utf-8")
    if session.checkpoint == BUNDLED:
        opened = _opened()
        try:
            opened.network.reconfigure(config_of(opened, session))
        except SegviewerError as error:
            assert error.why
    if session.lab.name:
        try:
            compute(session.lab.name, dict(session.lab.values), LabContext())
        except SegviewerError as error:
            assert error.why


@cache
def _opened():
    from segviewer.checkpoints.opening import open_network

    return open_network(BUNDLED)


def _use_lesson(path: Path) -> None:
    from segviewer.lessons.reading import find_lessons, read_lesson, session_for

    found, problems = find_lessons((path.parent,))
    assert len(found) + len(problems) == 1
    file = read_lesson(path)
    for step in file.lesson.steps:
        session, said = session_for(step, path)
        assert all(len(sentence) < 2000 for sentence in said)
        _use(session)


def _use_preset(path: Path) -> bool:
    from segviewer.crf.copy_as import script
    from segviewer.crf.own_presets import load_presets
    from segviewer.crf.setting_text import crf_text, parse_crf

    presets, problems = load_presets(path.parent)
    assert len(presets) + len(problems) == 1
    assert all(len(problem) < 2000 for problem in problems)
    for preset in presets:
        compile(script(preset.settings), "script", "exec")
        # In its words the smaller class of a pair comes first.
        said = parse_crf(crf_text(preset.settings))
        assert parse_crf(crf_text(said)) == said
    return bool(problems)


# The originals


def _session() -> dict[str, Any]:
    from segviewer.session import InferenceSettings, LabState, Session

    session = Session(
        image="sample:palace", checkpoint=BUNDLED,
        network=(("atrous_rates", (3, 6, 9)), ("output_stride", 8)),
        inference=InferenceSettings(long_side=96, flip=True),
        lab=LabState(name="valid_weights", values=(("rate", 18),)),
    ).pinned()  # fmt: skip
    crf = session.crf.changed(enabled=True, compatibility=((0, 1, 0.5), (2, 3, 1.5)))
    return session.changed(crf=crf).model_dump(mode="json")


@cache
def _record_text() -> str:
    from segviewer.app.figure_session import figure_record
    from segviewer.session import Session

    return figure_record(Session.model_validate(_session()), "A caption.").text()


def _preset() -> dict[str, Any]:
    return {"title": "Night", "source": "here", "crf": {**_session()["crf"]}}


_PARSED = {
    "figure": lambda: json.loads(_record_text()),
    "session": _session,
    "preset": lambda: {
        **_preset(),
        "crf": {k: v for k, v in _preset()["crf"].items() if k != "enabled"},
    },
}


def _png(text: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"iTXt", b"segviewer\0\0\0\0\0" + text)
        + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )  # fmt: skip


def _svg(text: bytes) -> bytes:
    from xml.sax.saxutils import escape

    said = escape(text.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg"><metadata id="segviewer">'
        + said
        + (b"</metadata></svg>")
    )


def _gif(text: bytes) -> bytes:
    text = b"segviewer figure\n" + text
    blocks = (text[at : at + 255] for at in range(0, len(text), 255))
    packed = b"".join(bytes([len(block)]) + block for block in blocks)
    return b"GIF89a\1\0\1\0\0\0\0!\xfe" + packed + b"\0;"


_FIGURES = {"figure.png": _png, "figure.svg": _svg, "figure.gif": _gif}


# Values that no file of ours holds


def _nasty(rng) -> Any:
    depth = int(10 ** rng.uniform(0, 2.8))
    deep: Any = 1
    for _ in range(depth):
        deep = [deep] if rng.random() < 0.5 else {"a": deep}
    values = (
        10 ** int(10 ** rng.uniform(0, 3.6)), -(2**63) - 1, 2**63, 2**31, -1, 0, 1e308, 5e-324,
        float("nan"), float("inf"), -0.0, 0.5, True, None, "", "x" * int(10 ** rng.uniform(1, 5)),
        "\ud800", "a\0b", "\n\r\t\x1b[31m", "~nosuch/x", "/dev/zero", "/proc/self/mem", "..",
        "../" * 500 + "etc/passwd", "sample:", "sample:../../x", "bundled:", "bundled:../x",
        "random:", "random:deeplab_v3", "random:deeplab_v3:x", "random:" + ":" * 5000,
        "untrained:" * int(10 ** rng.uniform(0, 4)), "untrained:" + BUNDLED, "file:", "file:x",
        "<img src='file:///dev/zero'>", "a." * 20_000 + "a", "(" * 200 + ")" * 200, [], {}, [[]],
        deep, list(range(int(10 ** rng.uniform(0, 4)))), {"": ""}, 7, "7", [7, 7], "１２",
        "é" * 300,
    )  # fmt: skip
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
        nasty = _nasty(rng)
        return nasty if isinstance(nasty, str) else "x"
    if isinstance(value, list) and value:
        return [value[int(rng.integers(len(value)))] for _ in range(int(rng.integers(9)))]
    return value


def _mutated_json(value: Any, rng) -> tuple[str, str]:
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
            holder[key] = _nasty(rng)
            said.append(f"{name} = {_shown(holder[key])}")
        elif how >= 6:
            holder[key] = _like(holder[key], rng)
            said.append(f"{name} = {_shown(holder[key])}")
        elif how == 4:
            del holder[key]
            said.append(f"without {name}")
        elif isinstance(holder, dict):
            new = _nasty(rng)
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
    from segviewer.lessons.reading import shipped_folder

    return tuple(path.read_text("utf-8") for path in sorted(shipped_folder().glob("*.toml")))


def _mutated_toml(rng) -> tuple[str, str]:
    texts = _lessons()
    lines = texts[rng.integers(len(texts))].splitlines()[: int(rng.integers(10, 120))]
    said = []
    for _ in range(1 + int(rng.integers(3))):
        at = int(rng.integers(len(lines)))
        how = int(rng.integers(6))
        if how <= 2 and "=" in lines[at]:
            key = lines[at].split("=", 1)[0]
            value = _toml(_nasty(rng))
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


def _mutated_text(text: str, rng) -> tuple[str, str]:
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
