"""MathML and LaTeX as SVG: colours, sizes, and what is refused before it costs anything."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest

from segviewer.glossary import glossary
from segviewer.widgets.text.formula_atoms import DEEPEST, NoFormula
from segviewer.widgets.text.formula_markup import Maths, read_formula
from segviewer.widgets.text.typesetting import LONGEST_LATEX, typeset
from segviewer.widgets.theme.symbol_colours import symbol_colour

INK = "#010203"


def drawn(source: str, notation: str = "latex"):
    return typeset(source, notation, INK, dark=True)


def test_a_fraction_stands_about_the_line_and_a_letter_on_it():
    fraction, letter = drawn(r"\frac{a}{b}"), drawn("x")
    assert fraction.ascent > 1 and fraction.descent > 0.4
    assert letter.ascent < 1 and letter.descent < 0.2
    assert drawn("xxxx").width > 3 * letter.width


def test_the_papers_symbols_have_the_colours_of_their_sliders():
    svg = drawn(r"\theta_1 \sigma_\alpha^2 r x").svg.decode()
    for symbol in ("θ1", "σα", "r"):
        assert f'fill="{symbol_colour(symbol, True)}"' in svg
    assert f'fill="{INK}"' in svg
    light = typeset(r"\theta_1", "latex", INK, dark=False).svg.decode()
    assert str(symbol_colour("θ1", False)) in light
    # Of σα² the 2 is no part of the symbol.
    assert INK in typeset(r"\sigma_\alpha^2", "latex", INK, dark=True).svg.decode()


def test_both_notations_draw_the_same():
    (part,) = read_formula("x<sub>i</sub>²")
    assert isinstance(part, Maths)
    assert typeset(part.source, "mathml", INK, True) == drawn("x_i^2")


@pytest.mark.parametrize(
    "source",
    [
        "x" * (LONGEST_LATEX + 1),
        "\\sqrt{" * 40 + "x" + "}" * 40,
        "\\left(" * 16 + "x" + "\\right)" * 16,
        r"\newcommand{\a}{xx}\a",
        r"\href{file:///etc/hostname}{x}",
        r"\includegraphics{/etc/hostname}",
        r"\hspace{100000cm}",
        r"\frac{a",
        "日本",
    ],
)
def test_a_hostile_formula_is_refused_at_once(source):
    drawn("x")  # the font is read once
    start = time.process_time()
    with pytest.raises(Exception):  # noqa: B017 (the library has errors of many kinds)
        drawn(source)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("source", ["<mi>x</mi><script/>", "<!DOCTYPE x><mi>x</mi>", "<mi>"])
def test_mathml_has_known_elements_only(source):
    with pytest.raises((NoFormula, SyntaxError)):
        typeset(source, "mathml", INK, True)


def test_what_is_allowed_takes_little_time():
    drawn("x")
    text = "(" * DEEPEST + "a / b" + ")" * DEEPEST
    start = time.process_time()
    for part in read_formula(text):
        with contextlib.suppress(NoFormula):
            typeset(part.source, "mathml", INK, True)
    assert time.process_time() - start < 4.0


def test_every_formula_of_the_glossary_is_typeset():
    typeset_pieces = 0
    for term in glossary().values():
        for part in read_formula(term.formula):
            if isinstance(part, Maths):
                typeset(part.source, part.notation, INK, True)
                typeset_pieces += 1
    assert typeset_pieces > 100


def test_typesetting_needs_no_qt():
    code = (
        "import sys; from segviewer.widgets.text.typesetting import typeset;"
        "typeset('x^2', 'latex', '#000000', True); assert 'PySide6' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
