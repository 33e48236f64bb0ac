"""Each line of the guide's tables of masks has a test that is there."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from segviewer.resource_files import resource_path

ROOT = Path(__file__).resolve().parents[1]
TESTS = tomllib.loads((ROOT / "tests" / "tested_guide_rows.toml").read_text("utf-8"))


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def said_by(page):
    """First cells of the rows of its tables, and the points of its lists."""
    lines = (resource_path("guide") / page).read_text("utf-8").splitlines()
    heads = {at - 1 for at, line in enumerate(lines) if re.fullmatch(r"[|\-]+", line)}
    rows = [
        line.split("|")[1].strip()
        for at, line in enumerate(lines)
        if line.startswith("| ") and at not in heads
    ]
    return rows + [line.removeprefix("- ") for line in lines if line.startswith("- ")]


@pytest.mark.parametrize("page", TESTS)
def test_every_line_of_a_table_has_a_test(page):
    said = said_by(page)
    assert len(said) > 35 and sorted(said) == sorted(TESTS[page])


@pytest.mark.parametrize("page", TESTS)
def test_every_test_of_a_line_is_there(page):
    named = [test.split("::") for test in TESTS[page].values()]
    assert [name for path, name in named if name not in names_in(path)] == []
