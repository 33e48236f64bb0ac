"""Formulas as they are written, read into words and MathML."""

from __future__ import annotations

import contextlib
import re
import time

import pytest

from segviewer.widgets.text.formula_atoms import DEEPEST, NoFormula
from segviewer.widgets.text.formula_markup import LONGEST, Words, read_formula


def short(text: str) -> str:
    """Words as they are; mathematics in brackets, without attributes and elements of one sign."""
    parts = []
    for part in read_formula(text):
        if isinstance(part, Words):
            parts.append(part.text)
        else:
            bare = re.sub(r"<(/?)(\w+)[^>]*>", r"<\1\2>", part.source)
            parts.append(f"[{re.sub('</?(mi|mn|mo|mtext|mspace)>', '', bare)}]")
    return " ".join(parts)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("k<sub>e</sub>", "[<msub>ke</msub>]"),
        ("σα² + θ₁", "[<msubsup>σα2</msubsup>] [+<msub>θ1</msub>]"),
        ("σ<sub>α</sub>²", "[<msubsup>σα2</msubsup>]"),
        ("(a − 2r)² / b", "[<mfrac><msup><mrow>(a−2r)</mrow>2</msup>b</mfrac>]"),
        ("(crop − 1) / OS", "[<mfrac><mrow>crop−1</mrow>OS</mfrac>]"),
        ("√(n (k − 1) / 12)", "[<msqrt><mrow>n<mfrac><mrow>k−1</mrow>12</mfrac></mrow></msqrt>]"),
        (
            "exp s / Σ<sub>m</sub> t",
            "[<mfrac><mrow>exps</mrow><mrow><munder>∑m</munder>t</mrow></mfrac>]",
        ),
        ("|p − q|²", "[<msup><mrow>|p−q|</mrow>2</msup>]"),
        ("P(B | A)", "[P<mrow>(B|A)</mrow>]"),
        ("a side / all of it", "[<mfrac><mrow>aside</mrow><mrow>allofit</mrow></mfrac>]"),
        ("i&lt;j", "[i&lt;j]"),
        ("v3: mean of 13, 25", "v3 : mean of 13 , 25"),
        ("so much a side", "so much a side"),
        ("x (as the paper says it)", "[x] ( as the paper says it )"),
        (r"$\frac{a}{b}$ is it", r"[\frac{a}{b}] is it"),
        ("x (y", "[x(y]"),
        ("costs $3", "costs [$3]"),
        ("x</sub> <sub>y", "[xy]"),
        ("</sub>", ""),
        ("σα = 67 px, θ1 = 4", "[<msub>σα</msub>] [=67] px , [<msub>θ1</msub>] [=4]"),
    ],
)
def test_what_is_written_is_read(text, read):
    assert short(text) == read


def test_what_is_bold_stays_bold():
    assert [part.bold for part in read_formula("is <b>one word</b>")] == [False, True, True]
    assert 'mathvariant="bold">12<' in read_formula("= <b>12</b>")[0].source


def test_a_formula_longer_or_deeper_than_any_is_refused():
    read_formula("x" * LONGEST)
    with pytest.raises(NoFormula):
        read_formula("x" * (LONGEST + 1))
    with pytest.raises(NoFormula):
        read_formula("(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1))


@pytest.mark.parametrize("text", ["(", "(x|<sub>", "a / ", "√", "<b>", "|", "x<sub>", "(x) / "])
def test_a_hostile_formula_takes_no_time(text):
    start = time.process_time()
    with contextlib.suppress(NoFormula):
        read_formula((text * LONGEST)[:LONGEST])
    assert time.process_time() - start < 1.0
