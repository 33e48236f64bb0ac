"""The record in a picture file: written, read back, and refused where it must be."""

from __future__ import annotations

import json
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from segviewer.imaging.export.figure_record import (
    MAX_BYTES,
    VERSION,
    FigureError,
    FigureRecord,
    FileMark,
    gif_comment,
    parse_record,
    read_figure_record,
    svg_with_record,
)
from segviewer.imaging.export.writing import write_gif, write_png, write_svg

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9">\n<g/></svg>'
MARK = FileMark(place="image", name="straße.png", size=12, sha256="0" * 64)
RECORD = FigureRecord(
    session={"image": "file:straße.png", "crf": {"clip": 1e-5}},
    files=(MARK,),
    seed=0,
    versions={"segviewer": "0.1.0"},
    caption='σα < 3 & "mehr"',
)


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)


def write(kind, path, picture, record=RECORD):
    if kind == "png":
        return write_png(path, picture, record=record)
    if kind == "gif":
        return write_gif(path, [picture, 255 - picture], [500, 700], record)
    return write_svg(path, SVG, record)


@pytest.mark.parametrize("kind", ["png", "gif", "svg"])
def test_what_is_written_is_read_back(kind, picture, tmp_path):
    path = write(kind, tmp_path / f"figure.{kind}", picture)
    assert read_figure_record(path) == RECORD
    assert str(tmp_path).encode() not in path.read_bytes()
    assert not [left for left in tmp_path.iterdir() if left != path]


@pytest.mark.parametrize("kind", ["png", "gif", "svg"])
def test_nothing_is_written_over(kind, picture, tmp_path):
    first = write(kind, tmp_path / f"figure.{kind}", picture)
    kept = first.read_bytes()
    second = write(kind, first, picture)
    assert second.name == f"figure-2.{kind}" and first.read_bytes() == kept


def test_the_pixels_are_those_of_the_picture(picture, tmp_path):
    with Image.open(write("png", tmp_path / "a.png", picture)) as read:
        assert np.array_equal(np.asarray(read), picture)
    with Image.open(write("gif", tmp_path / "a.gif", picture)) as read:
        assert (read.n_frames, read.size, read.info["duration"]) == (2, (32, 24), 500)


@given(st.text(max_size=200), st.text(max_size=40))
@settings(max_examples=40)
def test_any_text_survives_every_format(caption, word):
    record = RECORD.model_copy(update={"caption": caption, "session": {word: word}})
    assert parse_record(record.text(), "a.png") == record
    assert gif_comment(record).isascii()
    assert svg_with_record(SVG, record).isascii()


@given(caption=st.text(max_size=60))
@settings(max_examples=20)
def test_any_text_survives_svg_in_a_file(caption, tmp_path_factory):
    record = RECORD.model_copy(update={"caption": caption})
    path = tmp_path_factory.mktemp("svg") / "a.svg"
    path.write_bytes(svg_with_record(SVG, record))
    assert read_figure_record(path) == record


def test_pictures_without_a_record_have_none(picture, tmp_path):
    write_png(tmp_path / "a.png", picture)
    Image.fromarray(picture).save(tmp_path / "a.jpg")
    Image.fromarray(picture).save(tmp_path / "a.gif", comment=b"holiday")
    (tmp_path / "a.svg").write_bytes(SVG)
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")
    for path in tmp_path.iterdir():
        assert read_figure_record(path) is None, path.name
    assert read_figure_record(tmp_path) is None
    assert read_figure_record(tmp_path / "absent.png") is None


def test_other_texts_of_a_png_are_passed_over(picture, tmp_path):
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("Author", "somebody")
    texts.add_text("segviewer", "not international")
    texts.add_itxt("segviewer", RECORD.text(), zip=True)  # as another program may pack it
    Image.fromarray(picture).save(tmp_path / "a.png", pnginfo=texts)
    assert read_figure_record(tmp_path / "a.png") == RECORD


def test_another_programs_svg_with_quotes_as_entities(tmp_path):
    text = RECORD.text().replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    body = f"<svg>\n<g/><metadata\n  data-x='1'\n  id='segviewer'>\n{text}\n</metadata></svg>"
    (tmp_path / "a.svg").write_text(body)
    assert read_figure_record(tmp_path / "a.svg") == RECORD


@pytest.mark.parametrize("kind", ["png", "gif", "svg"])
def test_a_file_cut_off_anywhere_is_said_or_has_no_record_or_is_read(kind, picture, tmp_path):
    whole = write(kind, tmp_path / f"whole.{kind}", picture).read_bytes()
    path, said = tmp_path / f"cut.{kind}", set()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        try:
            found = read_figure_record(path)
            assert found in (None, RECORD)
            said.add("none" if found is None else "read")
        except FigureError as error:
            assert "damaged" in error.what and error.why and error.next_step
            said.add("damaged")
    assert said == {"none", "damaged", "read"}


@pytest.mark.parametrize("kind", ["png", "gif", "svg"])
def test_a_record_that_was_tampered_with_is_refused(kind, picture, tmp_path):
    path = write(kind, tmp_path / f"a.{kind}", picture)
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":x'))
    with pytest.raises(FigureError, match="damaged"):
        read_figure_record(path)


@pytest.mark.parametrize("kind", ["png", "gif", "svg"])
def test_a_newer_record_is_refused_politely(kind, picture, tmp_path):
    newer = FigureRecord(version=VERSION + 1, session={}, versions={"segviewer": "9.2"})
    path = write(kind, tmp_path / f"a.{kind}", picture, newer)
    with pytest.raises(FigureError) as refused:
        read_figure_record(path)
    assert "newer segviewer (9.2)" in refused.value.what
    assert "form 2" in refused.value.why and "Update" in refused.value.next_step


def test_a_newer_record_may_hold_anything():
    text = json.dumps({"version": VERSION + 5, "scenes": [1, 2], "versions": 7})
    with pytest.raises(FigureError, match="newer"):
        parse_record(text, "a.png")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{",
        "null",
        '{"version":1}',
        '{"version":1,"session":7}',
        '{"version":1,"session":{},"extra":1}',
        '{"version":1,"session":{},"seed":"x"}',
        "[" * 100_000,
    ],
    ids=range(10),
)
def test_what_is_no_record_is_called_damaged(text):
    with pytest.raises(FigureError) as refused:
        parse_record(text, "a.png")
    assert "damaged" in refused.value.what and "a.png" in refused.value.what
    assert refused.value.why and refused.value.next_step


@pytest.mark.parametrize("name", ["/etc/passwd", "..", "a/b.png", "a\\b.png", "", "a\0b"])
def test_a_record_cannot_name_a_folder(name):
    found = json.loads(RECORD.text())
    found["files"][0]["name"] = name
    with pytest.raises(FigureError, match="damaged"):
        parse_record(json.dumps(found), "a.png")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_file(kind: str, text: bytes) -> bytes:
    if kind == "png":
        return b"\x89PNG\r\n\x1a\n" + chunk(b"iTXt", b"segviewer\0\0\0\0\0" + text)
    if kind == "packed png":
        body = b"segviewer\0\1\0\0\0" + zlib.compress(text)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"iTXt", body)
    if kind == "svg":
        return b'<svg><metadata id="segviewer">' + text + b"</metadata></svg>"
    text = b"segviewer figure\n" + text
    blocks = [text[i : i + 255] for i in range(0, len(text), 255)]
    packed = b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
    return b"GIF89a" + bytes(7) + b"!\xfe" + packed + b";"


@pytest.mark.parametrize("kind", ["png", "packed png", "gif", "svg"])
def test_a_huge_record_is_refused_without_reading_it(kind, tmp_path):
    (tmp_path / "a").write_bytes(huge_file(kind, b" " * (3 * MAX_BYTES)))
    with pytest.raises(FigureError, match="too large") as refused:
        read_figure_record(tmp_path / "a")
    assert "256 KiB" in refused.value.why and refused.value.next_step


def test_a_huge_record_is_not_written(picture, tmp_path):
    record = RECORD.model_copy(update={"caption": "x" * MAX_BYTES})
    with pytest.raises(FigureError, match="not saved"):
        write_png(tmp_path / "a.png", picture, record=record)
    assert not list(tmp_path.iterdir())


def test_a_chunk_that_lies_about_its_length(tmp_path):
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 0xFFFFFFFF)
    (tmp_path / "a.png").write_bytes(head + b"iTXtsegviewer\0")
    with pytest.raises(FigureError, match="too large"):
        read_figure_record(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(head + b"IDATsegviewer\0")
    assert read_figure_record(tmp_path / "b.png") is None


@pytest.mark.parametrize(
    "content",
    [
        b"<svg>" + b"<metadata " * 500_000,
        b"<svg>" + b"<metadata id=" * 300_000 + b">",
        b'<svg><metadata id="other' + b" " * 4_000_000 + b'">',
        b"<svg>" + b'<metadata id="another">' * 170_000,
    ],
    ids=["no end", "no id", "long tag", "many"],
)
def test_an_svg_is_searched_in_one_pass(content, tmp_path):
    (tmp_path / "a.svg").write_bytes(content)
    began = time.perf_counter()
    assert read_figure_record(tmp_path / "a.svg") is None
    # An expression for the element took 31 s for 200 kB.
    assert time.perf_counter() - began < 2


def test_comments_of_other_programs_in_a_gif_are_passed_over(picture, tmp_path):
    write_gif(tmp_path / "a.gif", [picture, 255 - picture], [100, 100], record=RECORD)
    data = (tmp_path / "a.gif").read_bytes()
    place = data.index(b"!\xfe")
    others = (b"!\xfe" + (b"\xff" + b"segv" + bytes(251)) * 4000 + b"\0") * 20 + b"!\xfe\x03abc\0"
    (tmp_path / "b.gif").write_bytes(data[:place] + others + data[place:])
    began = time.perf_counter()
    assert read_figure_record(tmp_path / "b.gif") == RECORD
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    "value",
    ["9" * 10_000, "[" * 100 + "]" * 100, '"\\ud800"', "1" + "0" * 4000],
    ids=["digits", "deep", "half a character", "large"],
)
def test_a_record_with_values_that_cannot_even_be_shown_is_damaged(value):
    text = RECORD.text().replace('"session":{', '"session":{"x":' + value + ",")
    with pytest.raises(FigureError, match="damaged"):
        parse_record(text, "a.png")


def test_a_mark_is_found_by_what_the_file_was():
    marks = tuple(
        FileMark(place=place, name=f"{place}.png", size=1, sha256="0" * 64)
        for place in ("image", "checkpoint")
    )
    record = FigureRecord(session={}, files=marks)
    assert record.mark("checkpoint") is marks[1] and record.mark("image") is marks[0]
    assert record.mark("target") is None
