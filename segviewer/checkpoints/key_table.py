"""How the keys of a file compare with those a network wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]

# A counter that matters only to further training with momentum None; many files lack it.
OPTIONAL_SUFFIX = "num_batches_tracked"


@dataclass(frozen=True)
class KeyTable:
    """Keys that are missing, unexpected, or of another shape.

    Attributes
    ----------
    missing : tuple of (key, shape)
        Wanted by the network and not in the file.
    unexpected : tuple of (key, shape)
        In the file and not wanted.
    mis_shaped : tuple of (key, shape in the file, wanted shape)
    matching : int
        How many keys agree in name and shape.
    """

    missing: tuple[tuple[str, Shape], ...]
    unexpected: tuple[tuple[str, Shape], ...]
    mis_shaped: tuple[tuple[str, Shape, Shape], ...]
    matching: int

    @classmethod
    def compare(cls, found: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> KeyTable:
        """Compare shapes by key; batch norm's counters are left out."""
        found = {k: s for k, s in found.items() if not k.endswith(OPTIONAL_SUFFIX)}
        wanted = {k: s for k, s in wanted.items() if not k.endswith(OPTIONAL_SUFFIX)}
        shared = [key for key in wanted if key in found]
        mis_shaped = [(k, found[k], wanted[k]) for k in shared if found[k] != wanted[k]]
        return cls(
            missing=tuple((k, s) for k, s in wanted.items() if k not in found),
            unexpected=tuple((k, s) for k, s in found.items() if k not in wanted),
            mis_shaped=tuple(mis_shaped),
            matching=len(shared) - len(mis_shaped),
        )

    @property
    def fits(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.unexpected or self.mis_shaped)

    @property
    def fills(self) -> bool:
        """Whether every key of the network gets its numbers; the file may hold more."""
        return not (self.missing or self.mis_shaped)

    @property
    def wanted(self) -> int:
        """How many keys the network wants."""
        return self.matching + len(self.missing) + len(self.mis_shaped)

    def summary(self) -> str:
        """One line of counts."""
        return (
            f"{self.matching} keys match, {len(self.missing)} missing, "
            f"{len(self.unexpected)} unexpected, {len(self.mis_shaped)} of another shape"
        )

    def lines(self) -> list[str]:
        """One line a key: mis-shaped first (they say most), then missing, then unexpected."""
        rows = [
            ("other shape", key, f"{_text(found)}, wanted {_text(wanted)}")
            for key, found, wanted in self.mis_shaped
        ]
        rows += [("missing", key, _text(shape)) for key, shape in self.missing]
        rows += [("unexpected", key, _text(shape)) for key, shape in self.unexpected]
        width = max((len(key) for _, key, _ in rows), default=0)
        return [f"{state:<11}  {key:<{width}}  {shapes}" for state, key, shapes in rows]


def _text(shape: Shape) -> str:
    return "×".join(str(size) for size in shape) if shape else "scalar"
