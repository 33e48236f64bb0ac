"""Signs of a formula as MathML: divisions as fractions, indices, roots, sums."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from segviewer.widgets.text.formula_atoms import FUNCTIONS, Atom


def _row(atoms: list[Atom]) -> str:
    """MathML of a row, in one element where it is needed as one."""
    prepared = with_roots(with_fractions(atoms))
    return _element(prepared[0]) if len(prepared) == 1 else f"<mrow>{elements(prepared)}</mrow>"


def elements(atoms: list[Atom]) -> str:
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


def _element(atom: Atom) -> str:
    text, kind = escape(atom.text, quote=False), atom.kind
    variant = ' mathvariant="bold"' if atom.bold else ""
    if kind == "made":
        return atom.text
    if kind == "row":
        return _row(atom.inside)
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
        inside = elements(with_roots(with_fractions(atom.inside)))
        opening = bracket.format(tall, "prefix", escape(atom.text))
        end = bracket.format(tall, "postfix", escape(atom.closing))
        return f"<mrow>{opening}{inside}{end}</mrow>"
    if kind in ("sub", "sup"):
        base, low = atom.inside
        if base.kind == "big":
            way = "munder" if kind == "sub" else "mover"
            return f"<{way}>{_element(base)}{_element(low)}</{way}>"
        if kind == "sup" and base.kind == "letter" and len(base.text) == 2 and base.text[0] in "σθ":
            left, right = _element(base)[6:-7].split("</mi><", 1)
            return f"<msubsup>{left}</mi><{right}{_element(low)}</msubsup>"
        return f"<m{kind}>{_element(_upright(base))}{_element(low)}</m{kind}>"
    if kind == "both":
        base, first, second = atom.inside
        low, high = (first, second) if atom.text.endswith("sup") else (second, first)
        way = "munderover" if base.kind == "big" else "msubsup"
        return f"<{way}>{_element(_upright(base))}{_element(low)}{_element(high)}</{way}>"
    if text == ":" and not atom.space:
        return "<mtext>:</mtext>"
    if kind == "big":
        return f'<mo movablelimits="false">{text}</mo>'
    return f'<mo stretchy="false" form="{_form(atom)}">{text}</mo>'


def _is_tall(atoms: list[Atom]) -> bool:
    return any((a.kind == "operator" and a.text == "/") or _is_tall(a.inside) for a in atoms)


def _upright(base: Atom) -> Atom:
    """A word that carries an index is a name."""
    return Atom("letter", base.text, bold=base.bold) if base.kind == "word" else base


def _form(atom: Atom) -> str:
    return "postfix" if atom.text in "!%′." else "infix"


def with_roots(atoms: list[Atom]) -> list[Atom]:
    made: list[Atom] = []
    rest = iter(atoms)
    for atom in rest:
        if atom.kind == "operator" and atom.text == "√" and (under := next(rest, None)) is not None:
            inside = _row(under.inside) if under.kind == "group" else _element(under)
            made.append(Atom("made", f"<msqrt>{inside}</msqrt>", space=atom.space))
        else:
            made.append(atom)
    return made


def with_fractions(atoms: list[Atom]) -> list[Atom]:
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
                atoms[left:right] = [Atom("made", made, space=over[0].space)]
                at = left
        at += 1
    return atoms


def _bare(atoms: list[Atom]) -> str:
    """A row without the brackets that a fraction makes needless."""
    if len(atoms) == 1 and atoms[0].kind == "group" and atoms[0].text == "(":
        return _row(atoms[0].inside)
    first, *others = atoms
    return _row([replace(first, space=0), *others])


def _run_before(atoms: list[Atom], at: int) -> int:
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


def _run_after(atoms: list[Atom], at: int) -> int:
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


def _is_sum(atom: Atom) -> bool:
    return atom.kind == "big" or (bool(atom.inside) and atom.inside[0].kind == "big")
