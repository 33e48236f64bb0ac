"""What the guide's page on Python says can be done, and it names all that is promised."""

import re

import pytest

import segviewer as sv
from segviewer.widgets.help.guide_pages import page_named

PAGE = page_named("python").text


@pytest.mark.slow
def test_its_examples_run(capsys):
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S):
        exec(block, names)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == re.search(r"It prints `(.*)`\. In place", PAGE)[1]
    assert said[1].startswith("('trained with output stride 16") and len(said) == 4


def test_each_function_has_a_line():
    functions = [n for n in sv.PUBLIC if n[0].islower()]
    assert [n for n in functions if f"`{n}(" not in PAGE] == []
