"""A pickle of a later protocol in the operations of protocol 2, which torch reads safely.

``torch.save(…, pickle_protocol=4)`` writes the same values in other words: names from the stack,
short texts, bytes of their own, a memory that numbers itself. They are put into protocol 2's
words here, without running anything, and what comes out is checked and read like any file.
Protocols: PEP 307 (2), PEP 3154 (4), PEP 574 (5).
"""

from __future__ import annotations

import pickletools
import struct
from dataclasses import dataclass
from typing import IO

MOST_OPERATIONS = 500_000
_TEXTS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8")
_BYTES = ("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8")
_PUTS = ("BINPUT", "LONG_BINPUT", "MEMOIZE")
_GETS = ("BINGET", "LONG_BINGET")
_ENCODE = b"c_codecs\nencode\n"


@dataclass
class _Word:
    """An operation of protocol 2, and the text that it pushes, if it is that."""

    written: bytes
    text: str | None = None


def later_protocol(data: bytes) -> bool:
    """Whether a pickle says that it is of a protocol after 2."""
    return data[:1] == b"\x80" and data[1:2] in (b"\x03", b"\x04", b"\x05")


def as_protocol_2(stream: IO[bytes]) -> bytes | None:
    """The pickle at the stream's position in the operations of protocol 2.

    Returns
    -------
    bytes or None
        None where it has an operation for which protocol 2 has no words (sets, buffers outside),
        or is damaged: reading it as it is says so. The stream then stands anywhere.
    """
    words: list[_Word] = []
    memory: dict[int, str | None] = {}  # what was kept: a text, or something else
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(stream)):
            if count >= MOST_OPERATIONS or not _translate(
                operation.name, operation.code, argument, words, memory
            ):
                return None
    except Exception:
        # Whatever a garbled pickle breaks here is said by who checks it.
        return None
    return b"".join(word.written for word in words)


def _translate(
    name: str, code: str, argument: object, words: list[_Word], memory: dict[int, str | None]
) -> bool:
    """Add one operation to `words`; False where protocol 2 has none."""
    if name == "PROTO":
        words.append(_Word(b"\x80\x02"))
    elif name in _TEXTS:
        words.append(_text(str(argument)))
    elif name in _BYTES:
        assert isinstance(argument, bytes | bytearray)
        encoded = _text(argument.decode("latin-1")).written + _text("latin1").written
        words.append(_Word(_ENCODE + encoded + b"\x86R"))
    elif name in _PUTS:
        number = len(memory) if name == "MEMOIZE" else argument
        assert isinstance(number, int)
        memory[number] = words[-1].text
        if words[-1].text is None:
            words.append(_Word(b"r" + struct.pack("<I", number)))
        # A text is written again where it is wanted: it may have become part of a name.
    elif name in _GETS:
        assert isinstance(argument, int)
        kept = memory[argument]
        words.append(_Word(b"j" + struct.pack("<I", argument)) if kept is None else _text(kept))
    elif name == "STACK_GLOBAL":
        asked, module = words.pop().text, words.pop().text
        if asked is None or module is None or "\n" in asked + module:
            return False
        words.append(_Word(f"c{module}\n{asked}\n".encode()))
    elif name == "GLOBAL":
        words.append(_Word(f"c{str(argument).replace(' ', chr(10), 1)}\n".encode()))
    elif name in _PLAIN:
        words.append(_Word(code.encode("latin-1") + _PLAIN[name](argument)))
    elif name != "FRAME":
        return False
    return True


def _text(text: str) -> _Word:
    data = text.encode("utf-8", "surrogatepass")
    return _Word(b"X" + struct.pack("<I", len(data)) + data, text)


def _long(argument: object) -> bytes:
    assert isinstance(argument, int)
    size = (argument.bit_length() + 8) // 8
    return bytes([size]) + argument.to_bytes(size, "little", signed=True)


_NOTHING = lambda argument: b""  # noqa: E731 (an operation without an argument)
_PLAIN = {
    **dict.fromkeys(
        (
            *("NONE", "NEWTRUE", "NEWFALSE", "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT"),
            *("MARK", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "APPEND", "APPENDS"),
            *("SETITEM", "SETITEMS", "BINPERSID", "REDUCE", "NEWOBJ", "BUILD", "STOP"),
        ),
        _NOTHING,
    ),
    "BININT": lambda argument: struct.pack("<i", argument),
    "BININT1": lambda argument: struct.pack("<B", argument),
    "BININT2": lambda argument: struct.pack("<H", argument),
    "BINFLOAT": lambda argument: struct.pack(">d", argument),
    "LONG1": _long,
}
