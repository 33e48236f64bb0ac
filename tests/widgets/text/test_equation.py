"""The markup of a formula: four tags and four letters, whatever else stands in it."""

from __future__ import annotations

import tomllib

import pytest
from PySide6.QtGui import QTextDocument

from segviewer.resource_files import resource_path
from segviewer.widgets.text.equation import equation_html


def plain(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


def test_formulas_keep_their_markup():
    text = "ψ<sub>u</sub> = 2<sup>n</sup> <b>x</b> <i>y</i> &nbsp; i&lt;j &gt; &amp;"
    assert equation_html(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '<img src="file:///etc/hostname">',
        '<b onclick="x">bold</b onclick>',
        "<sub style='background:url(file:///etc/hostname)'>",
        "<table><tr><td>",
        "<SCRIPT>",
        "a <sub",
        "&#60;img src=x&#62;",
        "&lt;img src=x&gt;".replace("&", "&amp;"),
    ],
)
def test_everything_else_is_shown_as_it_is_written(text):
    html = equation_html(text)
    shown = html
    for tag in ("sub", "sup", "b", "i"):
        shown = shown.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in shown and ">" not in shown
    if "<b" not in text and "amp" not in text:
        assert plain(html) == text


def test_a_long_formula_takes_no_time(qapp):
    # A thousand times as long takes a thousand times as long, not a million times.
    assert len(equation_html("<<sub" * 200_000)) > 1_000_000


def test_every_shipped_lesson_has_no_other_markup():
    found = 0
    for path in resource_path("lessons").glob("*.toml"):
        for step in tomllib.loads(path.read_text(encoding="utf-8"))["steps"]:
            equation = step.get("equation", "")
            found += bool(equation)
            html = equation_html(equation)
            # What is escaped anew would be seen as &lt;…&gt; on the screen.
            assert "&amp;" not in html, (path.name, equation)
            assert html.replace("&lt;", "<").replace("&gt;", ">") == equation.replace(
                "&lt;", "<"
            ).replace("&gt;", ">")
    assert found > 15
