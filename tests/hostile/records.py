"""Malformed figures, sessions, lessons and presets: texts that describe a state.

Mutant number n of a seed is always the same, so that ``mutant(seed, n)`` rebuilds it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.errors import SegviewerError
from tests.hostile.mutated_texts import mutated_json, mutated_text, mutated_toml
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
        text, said = mutated_toml(rng)
    else:
        text, said = mutated_json(_PARSED[kind.split(".")[0]](), rng)
    if rng.random() < 0.3:
        text, how = mutated_text(text, rng)
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
    from segviewer.export.figure_session import figure_record, open_session_file

    found = open_session_file(path)
    _use(found.session)
    assert all(len(note) < 2000 for note in found.notes)
    record = figure_record(found.session)
    assert record.text()


def _use(session: Any) -> None:
    """What depends on a session without running a network."""
    from segviewer.engine.stages import STAGES, stage_key
    from segviewer.export.copy_session import command, python_script
    from segviewer.inference.network_state import config_of
    from segviewer.labs import compute
    from segviewer.labs.lab import LabContext
    from segviewer.session import Session

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
    from segviewer.crf.settings.copy_as import script
    from segviewer.crf.settings.own_presets import load_presets
    from segviewer.crf.settings.setting_text import crf_text, parse_crf

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
        image="sample:palace",
        checkpoint=BUNDLED,
        network=(("atrous_rates", (3, 6, 9)), ("output_stride", 8)),
        inference=InferenceSettings(long_side=96, flip=True),
        lab=LabState(name="valid_weights", values=(("rate", 18),)),
    ).pinned()
    crf = session.crf.changed(enabled=True, compatibility=((0, 1, 0.5), (2, 3, 1.5)))
    return session.changed(crf=crf).model_dump(mode="json")


@cache
def _record_text() -> str:
    from segviewer.export.figure_session import figure_record
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
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"iTXt", b"segviewer\0\0\0\0\0" + text)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


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
