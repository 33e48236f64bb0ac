"""A formula as it is written in a lab or a lesson, read into words and mathematics.

Two notations: the small markup of :mod:`segviewer.widgets.text.equation` (``x<sub>i</sub>``,
``σα²``, ``(a − 2r)² / a²``), and LaTeX between dollar signs (``$\\frac{a}{b}$``). Words stay words,
in the window's font, where a line may break; mathematics becomes MathML for the typesetter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal

LONGEST = 2000  # letters of a formula that is typeset; a longer one is shown as it is written
DEEPEST = 8  # brackets, indices and fractions within each other
FUNCTIONS = frozenset(("exp", "log", "argmax", "argmin", "softmax", "mod", "cos", "sin", "tanh"))
# Of two letters, and yet no product of two symbols.
SHORT = frozenset(re.findall("..", "anasatbebyifinisitnoofonorpxsotoupwelrvs"))
OPEN, CLOSE = "([{⌈⌊", ")]}⌉⌋"
BREAKS = frozenset("=≈≤≥≠→∝←+−<>")  # where a line may begin, outside brackets
_SUBS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₑᵢⱼᵤₚₖ", "0123456789eijupk")
_SUPS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ⁻", "0123456789n−")
_TOKEN = re.compile(
    r"(?P<tag></?(?:sub|sup|b|i)>)|(?P<space>(?:\s|&nbsp;|\u00a0)+)|(?P<entity>&(?:lt|gt|amp);)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[½¼¾])"
    r"|(?P<lower>[₀-₉ₑᵢⱼᵤₚₖ]+)|(?P<upper>[⁰¹²³⁴-⁹ⁿ⁻]+)"
    r"|(?P<symbol>σ[αβγ]|θ[12])|(?P<greek>[α-ωΑ-Ωℓ](?:\u0303)?)"
    r"|(?P<version>v\d+(?![\d.]))|(?P<word>[^\W\d_]\u0303?(?:[^\W\d_α-ωΑ-Ωℓ⁰-⁹¹²³ⁿ₀-₉]|[\-'’](?=[^\W\d_]))*)"
    r"|(?P<other>[+*−]=|.)",
    re.DOTALL,
)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


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


@dataclass
class _Atom:
    kind: str  # word, number, letter, operator, group, made
    text: str
    space: int = 0
    bold: bool = False
    inside: list[_Atom] = field(default_factory=list)
    closing: str = ""


class NoFormula(ValueError):
    """It is too long or nested too deep to be typeset."""


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
            parts.extend(_parts(_Reader(segment).read()))
    return tuple(parts)


class _Reader:
    """Letters to atoms: numbers, letters with their indices, words, operators, bracketed groups."""

    def __init__(self, text: str):
        self.tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]
        self.partner = _partners(self.tokens)
        self.at = 0

    def read(self, end: int | None = None, depth: int = 0, bold: bool = False) -> list[_Atom]:
        """Atoms up to the token `end`, which is consumed too; None: all of them."""
        if depth > DEEPEST:
            raise NoFormula(f"nested deeper than {DEEPEST}")
        atoms: list[_Atom] = []
        space = 0
        last = len(self.tokens) if end is None else end
        while self.at < last:
            here, (kind, text) = self.at, self.tokens[self.at]
            self.at += 1
            if kind == "space":
                space = max(space, 1 + ("&nbsp;" in text or "\u00a0" in text))
                continue
            for place, atom in enumerate(self._atoms(here, depth, bold, space, atoms)):
                atom.space = atom.space or (space if place == 0 else 0)
                atoms.append(atom)
            space = 0
        self.at = last + 1
        return atoms

    def _atoms(
        self, here: int, depth: int, bold: bool, space: int, before: list[_Atom]
    ) -> list[_Atom]:
        """What a token makes; an index takes the last of the atoms `before`."""
        kind, text = self.tokens[here]
        if here in self.partner:
            return self._within(here, depth, bold, before)
        if kind == "tag":
            return []
        if kind == "entity":
            return [_Atom("operator", _ENTITIES[text], bold=bold)]
        if kind in ("number", "symbol"):
            return [_Atom("number" if kind == "number" else "letter", text, bold=bold)]
        if kind == "greek":
            name = {"Σ": "∑", "Π": "∏"}.get(text)
            return [_Atom("big" if name else "letter", name or text, bold=bold)]
        if kind == "version":
            return [_Atom("word", text, bold=bold)]
        if kind == "word":
            return _word(text, bold)
        if kind in ("lower", "upper"):
            table, where = (_SUBS, "sub") if kind == "lower" else (_SUPS, "sup")
            return _indexed(before, where, _Reader(text.translate(table)).read())
        if before and not space and (text == "′" or (text == "*" and self._ends_here())):
            return _indexed(before, "sup", [_Atom("operator", text)])
        return [_Atom("operator", text, bold=bold)]

    def _ends_here(self) -> bool:
        """Whether nothing follows at once."""
        follows = self.tokens[self.at] if self.at < len(self.tokens) else ("space", "")
        return follows[0] == "space" or follows[1] in CLOSE

    def _within(self, here: int, depth: int, bold: bool, before: list[_Atom]) -> list[_Atom]:
        """What stands between two brackets or tags."""
        end, text = self.partner[here], self.tokens[here][1]
        name = text[1:-1]
        inside = self.read(end, depth + 1, bold or text == "<b>")
        if name in ("sub", "sup"):
            return _indexed(before, name, inside)
        if name:
            return inside
        return [_Atom("group", text, bold=bold, inside=inside, closing=self.tokens[end][1])]


def _partners(tokens: list[tuple[str, str]]) -> dict[int, int]:
    """Where each bracket, bar and tag that is closed is closed; the others are mere signs."""
    found: dict[int, int] = {}
    opened: list[tuple[str, int]] = []  # what would close it, and where it is
    for here, (kind, text) in enumerate(tokens):
        beside = [tokens[i][0] if 0 <= i < len(tokens) else "space" for i in (here - 1, here + 1)]
        if (text == "|" and beside == ["space", "space"]) or len(opened) > 10 * DEEPEST:
            continue  # as in P(B | A)
        places = [place for place, (closing, _) in enumerate(opened) if closing == text]
        if places:
            found[opened[places[-1]][1]] = here
            del opened[places[-1] :]
        elif text == "|":
            opened.append(("|", here))
        elif kind == "other" and text in OPEN:
            opened.append((CLOSE[OPEN.index(text)], here))
        elif kind == "tag" and not text.startswith("</"):
            opened.append((f"</{text[1:]}", here))
    return found


def _word(text: str, bold: bool) -> list[_Atom]:
    """A word, a letter, or two letters that are a product."""
    if len(text) == 2 and text.islower() and text not in SHORT and "\u0303" not in text:
        return [_Atom("letter", letter, bold=bold) for letter in text]
    is_name = len(text.rstrip("\u0303")) > 1 and text not in FUNCTIONS
    return [_Atom("word" if is_name else "letter", text, bold=bold)]


def _indexed(before: list[_Atom], where: str, inside: list[_Atom]) -> list[_Atom]:
    """The atom before with an index; it is taken off the list."""
    base = before.pop() if before else _Atom("word", "")
    if base.kind == {"sub": "sup", "sup": "sub"}[where]:
        # σ with its own index, raised: one sign with two.
        base.text = f"{base.text}|{where}"
        base.inside.append(_Atom("made", _row(inside)))
        base.kind = "both"
        return [base]
    return [
        _Atom(
            where, "", space=base.space, bold=base.bold, inside=[base, _Atom("made", _row(inside))]
        )
    ]


# Atoms to MathML


def _row(atoms: list[_Atom]) -> str:
    """MathML of a row, in one element where it is needed as one."""
    prepared = _with_roots(_with_fractions(atoms))
    return _element(prepared[0]) if len(prepared) == 1 else f"<mrow>{_elements(prepared)}</mrow>"


def _elements(atoms: list[_Atom]) -> str:
    """Elements side by side; what is written apart stands a little apart."""
    made = []
    for place, atom in enumerate(atoms):
        before = atoms[place - 1] if place else None
        plain = before is not None and "operator" not in (before.kind, atom.kind)
        if before is not None and atom.space and (plain or atom.text == "%"):
            wide = "word" in (before.kind, atom.kind)
            made.append(f'<mspace width="{0.25 if wide else 0.17}em"/>')
        after = atoms[place + 1] if place + 1 < len(atoms) else None
        if atom.kind == "operator" and atom.text in "−+±" and after is not None:
            # A sign of what follows it, or between two.
            form = "infix" if after.space or (before and before.kind != "operator") else "prefix"
            made.append(f'<mo form="{form}" stretchy="false">{atom.text}</mo>')
            continue
        made.append(_element(atom))
    return "".join(made)


def _element(atom: _Atom) -> str:
    text, kind = escape(atom.text, quote=False), atom.kind
    variant = ' mathvariant="bold"' if atom.bold else ""
    if kind == "made":
        return atom.text
    if kind == "number":
        return f"<mn{variant}>{text}</mn>"
    if kind == "word":
        return f"<mtext>{text}</mtext>"
    if kind == "letter":
        if len(atom.text) == 2 and atom.text[0] in "σθ":
            index = "mn" if atom.text[1].isdigit() else "mi"
            return f"<msub><mi>{text[0]}</mi><{index}>{text[1]}</{index}></msub>"
        if atom.text.endswith("\u0303"):
            return f"<mover><mi>{text[0]}</mi><mo>~</mo></mover>"
        return f"<mi{variant}>{text}</mi>"
    if kind == "group":
        bracket = '<mo stretchy="{}" form="{}" fence="true">{}</mo>'
        tall = "true" if _is_tall(atom.inside) else "false"
        inside = _elements(_with_roots(_with_fractions(atom.inside)))
        opening = bracket.format(tall, "prefix", escape(atom.text))
        end = bracket.format(tall, "postfix", escape(atom.closing))
        return f"<mrow>{opening}{inside}{end}</mrow>"
    if kind in ("sub", "sup"):
        base, index = atom.inside
        if base.kind == "big":
            way = "munder" if kind == "sub" else "mover"
            return f"<{way}>{_element(base)}{index.text}</{way}>"
        if kind == "sup" and base.kind == "letter" and len(base.text) == 2 and base.text[0] in "σθ":
            first, second = _element(base)[6:-7].split("</mi><", 1)
            return f"<msubsup>{first}</mi><{second}{index.text}</msubsup>"
        return f"<m{kind}>{_element(_upright(base))}{index.text}</m{kind}>"
    if kind == "both":
        base, first, second = atom.inside
        low, high = (first, second) if atom.text.endswith("sup") else (second, first)
        way = "munderover" if base.kind == "big" else "msubsup"
        return f"<{way}>{_element(_upright(base))}{low.text}{high.text}</{way}>"
    if text == ":" and not atom.space:
        return "<mtext>:</mtext>"
    if kind == "big":
        return f'<mo movablelimits="false">{text}</mo>'
    return f'<mo stretchy="false" form="{_form(atom)}">{text}</mo>'


def _is_tall(atoms: list[_Atom]) -> bool:
    return any((a.kind == "operator" and a.text == "/") or _is_tall(a.inside) for a in atoms)


def _upright(base: _Atom) -> _Atom:
    """A word that carries an index is a name."""
    return _Atom("letter", base.text, bold=base.bold) if base.kind == "word" else base


def _form(atom: _Atom) -> str:
    return "postfix" if atom.text in "!%′." else "infix"


def _with_roots(atoms: list[_Atom]) -> list[_Atom]:
    made: list[_Atom] = []
    rest = iter(atoms)
    for atom in rest:
        if atom.kind == "operator" and atom.text == "√" and (under := next(rest, None)) is not None:
            inside = _row(under.inside) if under.kind == "group" else _element(under)
            made.append(_Atom("made", f"<msqrt>{inside}</msqrt>", space=atom.space))
        else:
            made.append(atom)
    return made


def _with_fractions(atoms: list[_Atom]) -> list[_Atom]:
    """Divisions as fractions, where it is plain what stands above and below."""
    atoms = list(atoms)
    at = 1
    while at < len(atoms) - 1:
        atom = atoms[at]
        if atom.kind == "operator" and atom.text == "/":
            left, right = _run_before(atoms, at), _run_after(atoms, at)
            over, under = atoms[left:at], atoms[at + 1 : right]
            named = any(a.kind == "word" for a in over) and any(a.kind == "word" for a in under)
            if over and under and (atom.space or not named):
                made = f"<mfrac>{_bare(over)}{_bare(under)}</mfrac>"
                atoms[left:right] = [_Atom("made", made, space=over[0].space)]
                at = left
        at += 1
    return atoms


def _bare(atoms: list[_Atom]) -> str:
    """A row without the brackets that a fraction makes needless."""
    if len(atoms) == 1 and atoms[0].kind == "group" and atoms[0].text == "(":
        return _row(atoms[0].inside)
    first, *others = atoms
    return _row([replace(first, space=0), *others])


def _run_before(atoms: list[_Atom], at: int) -> int:
    """Where what is divided begins."""
    left = at
    named = atoms[at].space > 0 and atoms[at - 1].kind == "word"
    while left > 0:
        atom = atoms[left - 1]
        # A function has its argument with it, a sum its terms, and words are read as one.
        leads = atom.text in FUNCTIONS or _is_sum(atom)
        joined = left == at or not atoms[left].space or leads or named
        if (atom.kind == "operator" and atom.text != "√") or not joined:
            break
        left -= 1
    return left


def _run_after(atoms: list[_Atom], at: int) -> int:
    """Where what divides ends."""
    right = at + 1
    while right < len(atoms):
        atom, before = atoms[right], atoms[right - 1]
        first = right == at + 1
        leads = before.text in FUNCTIONS or _is_sum(atoms[at + 1])
        joined = first or not atom.space or leads or before.kind == atom.kind == "word"
        if (atom.kind == "operator" and not (first and atom.text == "√")) or not joined:
            break
        right += 1
    return right


def _is_sum(atom: _Atom) -> bool:
    return atom.kind == "big" or (bool(atom.inside) and atom.inside[0].kind == "big")


# Atoms to words and pieces of mathematics


def _parts(atoms: list[_Atom]) -> Iterator[Words | Maths]:
    atoms = _with_roots(_with_fractions(_opened(atoms)))
    piece: list[_Atom] = []
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


def _may_break(piece: list[_Atom], atom: _Atom) -> bool:
    """Whether a line may begin with this atom: before a sign such as =, behind a comma."""
    if atom.kind == "operator":
        return atom.text in BREAKS and not (len(piece) == 1 and piece[0].kind == "operator")
    return bool(piece) and piece[-1].kind == "operator" and piece[-1].text in ",;:"


def _piece(piece: list[_Atom], joined: bool) -> Iterator[Words | Maths]:
    """A piece; an operator brings its own space, at either side of it."""
    first, *others = piece
    if first.kind == "number" and all(a.kind == "operator" and a.text in ",;:%." for a in others):
        # A number alone among words is one of them.
        yield Words(first.text, first.bold, first.space)
        yield from (Words(atom.text, atom.bold, atom.space) for atom in others)
        return
    own = joined or (first.kind == "operator" and first.text in BREAKS)
    yield Maths(_elements(piece), space=max(0, first.space - 1) if own else first.space)


def _opened(atoms: list[_Atom]) -> list[_Atom]:
    """Brackets about prose are prose too."""
    made: list[_Atom] = []
    for atom in atoms:
        prose = atom.kind == "group" and atom.text in "(["
        if prose and sum(a.kind == "word" for a in atom.inside) > 2:
            made.append(_Atom("word", atom.text, atom.space, atom.bold))
            made.extend(_opened(atom.inside))
            made.append(_Atom("word", atom.closing, 0, atom.bold))
        else:
            made.append(atom)
    return made


def _names_a_function(atoms: list[_Atom], place: int) -> bool:
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return after is not None and after.kind == "group" and not after.space


def _between_words(atoms: list[_Atom], place: int) -> bool:
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return after is not None and after.kind == "word" and bool(after.space)
