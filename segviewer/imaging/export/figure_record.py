"""What a saved figure knows of itself: the session, the files it was made from, the versions.

The record is JSON inside the picture file, where other programs leave it alone: an ``iTXt``
chunk "segviewer" of a PNG, ``<metadata id="segviewer">`` of an SVG, a comment of a GIF. It
holds no path: a file is known by its name and SHA-256.

It is read without decoding the picture, and with a bound on every length, because a picture
may come from anywhere.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal
from xml.sax.saxutils import escape, unescape

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from segviewer.errors import SegviewerError, place_and_fault
from segviewer.files.plain_values import first_fault
from segviewer.files.regular_files import open_regular

VERSION = 1
"""Of the record's form; a higher one is refused."""

MAX_BYTES = 256 * 1024
"""Longest record that is written or read; a session takes about two thousand bytes."""

KEYWORD = "segviewer"
FILE = "file:"
"""Stands in a record's session before the name of a file, in place of its path."""

_PNG = b"\x89PNG\r\n\x1a\n"
_COMMENT = b"segviewer figure\n"
_MOST_CHUNKS = 100_000
_MOST_BLOCKS = 500_000  # of at most 255 bytes, in a GIF
# The record is written as the first element; other programs may put a little before it.
_MOST_SVG_BYTES = 4 << 20
_MOST_TAG_BYTES = 1024
_OURS = re.compile(rb"\sid\s{0,9}=\s{0,9}[\"']segviewer[\"']")
_SVG_TAG = re.compile(rb"<svg\b[^>]*>")
_CDATA = re.compile(r"\A<!\[CDATA\[(.*)\]\]>\Z", re.DOTALL)


class FigureError(SegviewerError):
    """A figure's record cannot be used."""


class FileMark(BaseModel):
    """A file that the figure was made from.

    Attributes
    ----------
    place : {"image", "target", "checkpoint", "reference"}
        What it was in the session; ``reference`` is the checkpoint pinned as A.
    name : str
        File name without folder.
    size : int
        Bytes.
    sha256 : str
        Of its content, 64 hexadecimal digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Literal["image", "target", "checkpoint", "reference"]
    name: str = Field(min_length=1, max_length=255)
    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _without_folder(cls, name: str) -> str:
        if name in (".", "..") or any(sign in name for sign in "/\\\0"):
            raise ValueError("a name with a folder")
        return name


class FigureRecord(BaseModel):
    """What stands in the file.

    Attributes
    ----------
    version : int
        Of the record's form.
    session : dict
        A session as JSON; ``file:NAME`` stands where a path was.
    files : tuple of FileMark
    seed : int or None
        Of random weights, where there are some.
    versions : dict
        Of segviewer and of the libraries that decide the numbers.
    caption : str
        What the figure shows, for a reader of the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = VERSION
    session: dict[str, Any]
    files: tuple[FileMark, ...] = Field(default=(), max_length=4)
    seed: int | None = None
    versions: dict[str, str] = {}
    caption: str = ""

    def mark(self, place: str) -> FileMark | None:
        """The file that was `place` in the session."""
        return next((file for file in self.files if file.place == place), None)

    def text(self) -> str:
        """The record as JSON in ASCII.

        Raises
        ------
        FigureError
            If it is longer than `MAX_BYTES`.
        """
        text = json.dumps(self.model_dump(mode="json"), separators=(",", ":"), allow_nan=False)
        if len(text) > MAX_BYTES:
            raise FigureError(
                "The figure was not saved.",
                f"Its record would take {len(text)} bytes; {MAX_BYTES} are allowed.",
                "Shorten the texts in the lab's settings.",
            )
        return text


def gif_comment(record: FigureRecord) -> bytes:
    """The record as a GIF's comment."""
    return _COMMENT + record.text().encode("ascii")


def svg_with_record(svg: bytes, record: FigureRecord) -> bytes:
    """The SVG with the record as its first element."""
    tag = _SVG_TAG.search(svg)
    if tag is None:
        raise ValueError("not an SVG")
    element = f'\n<metadata id="{KEYWORD}">{escape(record.text())}</metadata>'
    return svg[: tag.end()] + element.encode("ascii") + svg[tag.end() :]


def read_figure_record(path: str | os.PathLike[str]) -> FigureRecord | None:
    """The record inside a picture file; None if there is none.

    A file that cannot be read has none either: opening it as a picture says why. A picture
    that is cut off behind its record still reopens, since the record alone is needed.

    Raises
    ------
    FigureError
        If the record is damaged, too large, or of a newer version.
    """
    path = Path(path)
    try:
        with open_regular(path) as file:
            text = _record_text(file, path.name)
    except (OSError, ValueError):
        return None
    return None if text is None else parse_record(text, path.name)


def parse_record(text: str | bytes, name: str) -> FigureRecord:
    """The record that `text` holds; `name` of its file is for messages.

    Raises
    ------
    FigureError
    """
    if len(text) > MAX_BYTES:
        raise _too_large(name)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(name, "It is no JSON.", repr(error)) from error
    if not isinstance(found, dict):
        raise _damaged(name, "It is no JSON object.")
    fault = first_fault(found)
    if fault is not None:
        raise _damaged(name, fault[1])
    version = found.get("version")
    if isinstance(version, int) and version > VERSION:
        raise _newer(name, found)
    try:
        return FigureRecord.model_validate(found)
    except ValidationError as error:
        where, wrong = place_and_fault(error)
        raise _damaged(name, f"{where}: {wrong}.", str(error)) from None


def _record_text(file: IO[bytes], name: str) -> str | bytes | None:
    start = file.read(8)
    if start == _PNG:
        return _from_png(file, name)
    if start[:6] in (b"GIF87a", b"GIF89a"):
        file.seek(6)
        return _from_gif(file, name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<svg", b"<!--", b"<!DOC")):
        file.seek(0)
        return _from_svg(file.read(_MOST_SVG_BYTES), name)
    return None


def _from_png(file: IO[bytes], name: str) -> bytes | None:
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return None
        length = int.from_bytes(head[:4], "big")
        after = file.tell() + length + 4  # behind the checksum
        keyword = KEYWORD.encode() + b"\0"
        if head[4:] == b"iTXt" and length >= len(keyword) and file.read(len(keyword)) == keyword:
            # Room for the chunk's own words beside the text.
            if length > MAX_BYTES + 1024:
                raise _too_large(name)
            rest = length - len(keyword)
            body = file.read(rest + 4)
            if len(body) < rest + 4:
                raise _damaged(name, "The file is cut off inside it.")
            if zlib.crc32(head[4:] + keyword + body[:rest]) != int.from_bytes(body[rest:], "big"):
                raise _damaged(name, "Its checksum does not fit.")
            return _international_text(body[:rest], name)
        file.seek(after)
    return None


def _international_text(body: bytes, name: str) -> bytes:
    """The text of an iTXt chunk, from behind its keyword."""
    words = body[2:].split(b"\0", 2)  # language, keyword in that language, text
    if len(words) < 3:
        raise _damaged(name, "Its chunk is incomplete.")
    if not body[0]:
        return words[2]
    # Another program may have packed it; no more is unpacked than may be read.
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(words[2], MAX_BYTES + 1)
    except zlib.error as error:
        raise _damaged(name, "It cannot be unpacked.", repr(error)) from error
    if len(text) > MAX_BYTES:
        raise _too_large(name)
    return text


def _from_gif(file: IO[bytes], name: str) -> bytes | None:
    screen = file.read(7)
    if len(screen) < 7:
        return None
    _skip_colours(file, screen[4])
    left = iter(range(_MOST_BLOCKS))
    for _ in range(_MOST_CHUNKS):
        kind = file.read(1)
        if kind == b"!":
            if file.read(1) == b"\xfe":
                comment = _comment(file, name, left)
                if comment is not None:
                    return comment
            else:
                _skip_blocks(file, left)
        elif kind == b",":
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return None
            _skip_colours(file, descriptor[8])
            file.seek(1, os.SEEK_CUR)
            _skip_blocks(file, left)
        else:
            return None
    return None


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), os.SEEK_CUR)


def _skip_blocks(file: IO[bytes], left: Iterator[int]) -> None:
    for _ in left:
        length = file.read(1)
        if not length or not length[0]:
            return
        file.seek(length[0], os.SEEK_CUR)


def _comment(file: IO[bytes], name: str, left: Iterator[int]) -> bytes | None:
    """The record in a comment, None if the comment is another's."""
    text = b""
    while True:
        length = file.read(1)
        block = file.read(length[0]) if length else b""
        ours = text.startswith(_COMMENT)
        if not ours and not _COMMENT.startswith(text[: len(_COMMENT)]):
            if length and length[0]:
                _skip_blocks(file, left)
            return None
        if not length or len(block) < length[0]:
            if ours or (text + block).startswith(_COMMENT):
                raise _damaged(name, "The file is cut off inside it.")
            return None
        if not length[0]:
            return text[len(_COMMENT) :] if ours else None
        text += block
        if len(text) > MAX_BYTES + len(_COMMENT):
            raise _too_large(name)


def _from_svg(content: bytes, name: str) -> str | None:
    start = _start_in_svg(content)
    if start is None:
        return None
    end = content.find(b"</metadata>", start)
    if (len(content) if end < 0 else end) - start > 2 * MAX_BYTES:
        raise _too_large(name)
    if end < 0:
        raise _damaged(name, "The file is cut off inside it.")
    try:
        text = content[start:end].decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise _damaged(name, "It is no text.", repr(error)) from error
    packed = _CDATA.match(text)
    return packed[1] if packed else unescape(text, {"&quot;": '"', "&apos;": "'"})


def _start_in_svg(content: bytes) -> int | None:
    """Where the text of our ``<metadata>`` begins.

    One pass: an expression for the whole element would start anew at every ``<metadata``.
    """
    at = content.find(b"<metadata")
    while at >= 0:
        close = content.find(b">", at, at + _MOST_TAG_BYTES)
        if close >= 0 and _OURS.search(content, at + len(b"<metadata"), close):
            return close + 1
        at = content.find(b"<metadata", at + 1)
    return None


def _damaged(name: str, why: str, details: str = "") -> FigureError:
    return FigureError(
        f"The record in {name} is damaged.",
        why,
        "Take another copy of the figure, or open this one as a plain picture.",
        details,
    )


def _too_large(name: str) -> FigureError:
    return FigureError(
        f"The record in {name} is too large.",
        f"It takes more than {MAX_BYTES // 1024} KiB, and a session takes about two.",
        "It was not written by segviewer: open it as a plain picture.",
    )


def _newer(name: str, found: dict[str, Any]) -> FigureError:
    versions = found.get("versions")
    by = versions.get("segviewer") if isinstance(versions, dict) else None
    said = f" ({by})" if isinstance(by, str) and len(by) < 40 else ""
    return FigureError(
        f"{name} was saved by a newer segviewer{said}.",
        f"Its record has form {found['version']}; this program reads up to form {VERSION}.",
        "Update segviewer to reopen it, or open it as a plain picture.",
    )
