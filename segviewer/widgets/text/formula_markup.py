"""A formula as it is written in a lab or a lesson, read into words and mathematics.

Two notations: the small markup of :mod:`segviewer.widgets.text.equation` (``x<sub>i</sub>``,
``σα²``, ``(a − 2r)² / a²``), and LaTeX between dollar signs (``$\\frac{a}{b}$``). Words stay words,
in the window's font, where a line may break; mathematics becomes MathML for the typesetter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segviewer.widgets.text.formula_atoms import Atom, NoFormula, Reader
from segviewer.widgets.text.formula_mathml import elements, with_fractions, with_roots

LONGEST = 2000  # letters of a formula that is typeset; a longer one is shown as it is written
BREAKS = frozenset("=≈≤≥≠→∝←+−<>")  # where a line may begin, outside brackets


@dataclass(frozen=True)
class Words:
    """Text in the window's font."""

    text: str
    bold: bool = False
    space: int = 1  # spaces before it


@dataclass(frozen=True)
class Maths:
    """Mathematics in one piece, which no line break divides."""

    source: str
    notation: Literal["mathml", "latex"] = "mathml"
    space: int = 1


def read_formula(text: str) -> tuple[Words | Maths, ...]:
    """The parts of a formula, in order.

    Raises
    ------
    NoFormula
        It is longer than `LONGEST` letters or nested deeper than `DEEPEST`.
    """
    if len(text) > LONGEST:
        raise NoFormula(f"{len(text)} letters, more than {LONGEST}")
    parts: list[Words | Maths] = []
    # A dollar without its partner is one that is paid.
    segments = text.split("$") if text.count("$") % 2 == 0 else [text]
    for number, segment in enumerate(segments):
        if number % 2:
            parts.append(Maths(segment.strip(), "latex", 1))
        elif segment.strip():
            parts.extend(_parts(Reader(segment).read()))
    return tuple(parts)


def _parts(atoms: list[Atom]) -> Iterator[Words | Maths]:
    atoms = with_roots(with_fractions(_opened(atoms)))
    piece: list[Atom] = []
    joined = True
    for place, atom in enumerate(atoms):
        words = atom.kind == "word" and not _names_a_function(atoms, place)
        article = atom.text == "a" and _between_words(atoms, place)
        sign = atom.kind == "operator" and atom.text in ",;:.%”“’‘()" and not piece
        breaks = atom.space and _may_break(piece, atom)
        if piece and (words or article or breaks):
            yield from _piece(piece, joined)
            joined = piece[-1].kind == "operator" and piece[-1].text not in ",;:.%"
            piece = []
        if words or article or sign:
            yield Words(atom.text, atom.bold, atom.space)
            joined = False
        else:
            piece.append(atom)
    if piece:
        yield from _piece(piece, joined)


def _may_break(piece: list[Atom], atom: Atom) -> bool:
    """Whether a line may begin with this atom: before a sign such as =, behind a comma."""
    if atom.kind == "operator":
        return atom.text in BREAKS and not (len(piece) == 1 and piece[0].kind == "operator")
    return bool(piece) and piece[-1].kind == "operator" and piece[-1].text in ",;:"


def _piece(piece: list[Atom], joined: bool) -> Iterator[Words | Maths]:
    """A piece; an operator brings its own space, at either side of it."""
    first, *others = piece
    if first.kind == "number" and all(a.kind == "operator" and a.text in ",;:%." for a in others):
        # A number alone among words is one of them.
        yield Words(first.text, first.bold, first.space)
        yield from (Words(atom.text, atom.bold, atom.space) for atom in others)
        return
    own = joined or (first.kind == "operator" and first.text in BREAKS)
    yield Maths(elements(piece), space=max(0, first.space - 1) if own else first.space)


def _opened(atoms: list[Atom]) -> list[Atom]:
    """Brackets about prose are prose too."""
    made: list[Atom] = []
    for atom in atoms:
        prose = atom.kind == "group" and atom.text in "(["
        if prose and sum(a.kind == "word" for a in atom.inside) > 2:
            made.append(Atom("word", atom.text, atom.space, atom.bold))
            made.extend(_opened(atom.inside))
            made.append(Atom("word", atom.closing, 0, atom.bold))
        else:
            made.append(atom)
    return made


def _names_a_function(atoms: list[Atom], place: int) -> bool:
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return after is not None and after.kind == "group" and not after.space


def _between_words(atoms: list[Atom], place: int) -> bool:
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return after is not None and after.kind == "word" and bool(after.space)
