"""What is drawn on the photograph to point at something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A rectangle on the photograph: left, top, right, bottom as fractions of its sides.

    `tone` is the symbol whose colour it has (σα, r …); `dashed` says "theory" where a filled
    line says "measured"; `oval` is the ellipse inside.
    """

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""
    tone: str = "r"
    dashed: bool = False
    oval: bool = False
