"""A configuration is read as text and never run."""

import pytest

from segviewer.checkpoints.reading.python_config import MOST_LETTERS, read_python_config


def test_literals_and_dicts():
    text = "a = dict(b=(1, 2), c=dict(d='x', e=[True, None]))\nf = {'g': 1.5}\nh = -1\n"
    found = read_python_config(text)
    assert found == {
        "a": {"b": (1, 2), "c": {"d": "x", "e": (True, None)}},
        "f": {"g": 1.5},
        "h": -1,
    }


def test_nothing_runs(tmp_path):
    target = tmp_path / "made"
    text = f"a = open({str(target)!r}, 'w')\nb = dict(c=__import__('os').getcwd(), d=1)\n"
    assert read_python_config(text) == {"b": {"d": 1}}
    assert not target.exists()


@pytest.mark.parametrize(
    "text", ["a = (", "\0", "import os", "(" * 5000, "a = " + "[" * 3000, " " * (MOST_LETTERS + 1)]
)
def test_what_is_no_configuration(text):
    assert read_python_config(text) == {}
