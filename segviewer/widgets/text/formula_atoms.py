"""The signs of a formula: numbers, letters with their indices, words, operators, groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEEPEST = 8  # brackets, indices and fractions within each other
FUNCTIONS = frozenset(("exp", "log", "argmax", "argmin", "softmax", "mod", "cos", "sin", "tanh"))
# Of two letters, and yet no product of two symbols.
SHORT = frozenset(re.findall("..", "anasatbebyifinisitnoofonorpxsotoupwelrvs"))
OPEN, CLOSE = "([{⌈⌊", ")]}⌉⌋"
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


class NoFormula(ValueError):
    """It is too long or nested too deep to be typeset."""


@dataclass
class Atom:
    """One sign, or a group of them.

    Attributes
    ----------
    kind : str
        word, number, letter, operator, big (a sum's sign), group (in brackets), row, sub, sup,
        both (with two indices), or made (MathML already).
    text : str
        Letters, or the bracket that opens a group.
    space : int
        Spaces before it; 2 stand for a wide one.
    inside : list of Atom
        Of a group or row what is in it, of an index the base and the indices.
    """

    kind: str
    text: str = ""
    space: int = 0
    bold: bool = False
    inside: list[Atom] = field(default_factory=list)
    closing: str = ""


class Reader:
    """Letters to atoms: numbers, letters with their indices, words, operators, bracketed groups."""

    def __init__(self, text: str):
        self.tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]
        self.partner = _partners(self.tokens)
        self.at = 0

    def read(self, end: int | None = None, depth: int = 0, bold: bool = False) -> list[Atom]:
        """Atoms up to the token `end`, which is consumed too; None: all of them."""
        if depth > DEEPEST:
            raise NoFormula(f"nested deeper than {DEEPEST}")
        atoms: list[Atom] = []
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
        self, here: int, depth: int, bold: bool, space: int, before: list[Atom]
    ) -> list[Atom]:
        """What a token makes; an index takes the last of the atoms `before`."""
        kind, text = self.tokens[here]
        if here in self.partner:
            return self._within(here, depth, bold, before)
        if kind == "tag":
            return []
        if kind == "entity":
            return [Atom("operator", _ENTITIES[text], bold=bold)]
        if kind in ("number", "symbol"):
            return [Atom("number" if kind == "number" else "letter", text, bold=bold)]
        if kind == "greek":
            name = {"Σ": "∑", "Π": "∏"}.get(text)
            return [Atom("big" if name else "letter", name or text, bold=bold)]
        if kind == "version":
            return [Atom("word", text, bold=bold)]
        if kind == "word":
            return _word(text, bold)
        if kind in ("lower", "upper"):
            table, where = (_SUBS, "sub") if kind == "lower" else (_SUPS, "sup")
            return _indexed(before, where, Reader(text.translate(table)).read())
        if before and not space and (text == "′" or (text == "*" and self._ends_here())):
            return _indexed(before, "sup", [Atom("operator", text)])
        return [Atom("operator", text, bold=bold)]

    def _ends_here(self) -> bool:
        """Whether nothing follows at once."""
        follows = self.tokens[self.at] if self.at < len(self.tokens) else ("space", "")
        return follows[0] == "space" or follows[1] in CLOSE

    def _within(self, here: int, depth: int, bold: bool, before: list[Atom]) -> list[Atom]:
        """What stands between two brackets or tags."""
        end, text = self.partner[here], self.tokens[here][1]
        name = text[1:-1]
        inside = self.read(end, depth + 1, bold or text == "<b>")
        if name in ("sub", "sup"):
            return _indexed(before, name, inside)
        if name:
            return inside
        return [Atom("group", text, bold=bold, inside=inside, closing=self.tokens[end][1])]


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


def _word(text: str, bold: bool) -> list[Atom]:
    """A word, a letter, or two letters that are a product."""
    if len(text) == 2 and text.islower() and text not in SHORT and "\u0303" not in text:
        return [Atom("letter", letter, bold=bold) for letter in text]
    is_name = len(text.rstrip("\u0303")) > 1 and text not in FUNCTIONS
    return [Atom("word" if is_name else "letter", text, bold=bold)]


def _indexed(before: list[Atom], where: str, inside: list[Atom]) -> list[Atom]:
    """The atom before with an index; it is taken off the list."""
    base = before.pop() if before else Atom("word", "")
    if base.kind == {"sub": "sup", "sup": "sub"}[where]:
        # σ with its own index, raised: one sign with two.
        base.text = f"{base.text}|{where}"
        base.inside.append(Atom("row", inside=inside))
        base.kind = "both"
        return [base]
    return [
        Atom(where, "", space=base.space, bold=base.bold, inside=[base, Atom("row", inside=inside)])
    ]
