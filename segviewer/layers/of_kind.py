"""A part of a network as what it is known to be."""

from __future__ import annotations

from typing import TypeVar

Kind = TypeVar("Kind")


def of_kind(part: object, kind: type[Kind]) -> Kind:
    """Return `part`, checked to be a `kind`.

    What torch gives back by index or name (of a Sequential, of a ModuleList) is any module;
    this says which one, to the reader, to the type checker and when it runs.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if not isinstance(part, kind):
        raise TypeError(f"expected a {kind.__name__}, not a {type(part).__name__}")
    return part
