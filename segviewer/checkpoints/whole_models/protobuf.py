"""Reading the wire format of protocol buffers, as far as an ONNX file is looked at unopened.

By hand in thirty lines: the library that knows ONNX's messages is a second dependency of 20 MB,
and would read gigabytes of weights to say which files they lie in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_MOST_TEXT = 1 << 16


class DamagedMessage(ValueError):
    """It is no message, or ends before it should."""


@dataclass(frozen=True)
class Field:
    """One field of a message.

    Attributes
    ----------
    number : int
    value : int
        Of a number; 0 for anything else.
    start, end : int
        Where its content lies in the file; the same for a number.
    """

    number: int
    value: int
    start: int
    end: int


def fields(file: IO[bytes], end: int) -> Iterator[Field]:
    """The fields of the message from where `file` stands to `end`; contents are skipped.

    Raises
    ------
    DamagedMessage
    """
    place = file.tell()
    while place < end:
        key = _varint(file)
        number, wire = key >> 3, key & 7
        value, start = 0, file.tell()
        if wire == _VARINT:
            value = _varint(file)
            stop = start = file.tell()
        elif wire == _LENGTH:
            length = _varint(file)
            start = file.tell()
            stop = start + length
        elif wire in (_EIGHT, _FOUR):
            stop = start + (8 if wire == _EIGHT else 4)
        else:
            raise DamagedMessage(f"wire type {wire} at byte {place}")
        if number == 0 or stop > end:
            raise DamagedMessage(f"field {number} at byte {place} ends behind its message")
        yield Field(number, value, start, stop)
        place = file.seek(stop, os.SEEK_SET)


def inside(file: IO[bytes], field: Field) -> Iterator[Field]:
    """The fields of the message that `field` is."""
    file.seek(field.start)
    yield from fields(file, field.end)


def text(file: IO[bytes], field: Field) -> str:
    """The text that `field` is."""
    file.seek(field.start)
    return file.read(min(field.end - field.start, _MOST_TEXT)).decode("utf-8", "replace")


def _varint(file: IO[bytes]) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise DamagedMessage("a number has no end")
