"""Each line of the guide's tables names a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from segviewer.resource_files import resource_path

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
GUIDES = sorted(resource_path("guide").glob("*.md"))


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_a_guide_names_is_there():
    named = {pair for guide in GUIDES for pair in NAMED.findall(guide.read_text("utf-8"))}
    assert len(named) > 40
    assert {f"{path}::{name}" for path, name in named if name not in names_in(path)} == set()


@pytest.mark.parametrize("name", ["masks_and_data_sets.md"])
def test_every_line_of_a_table_has_a_test(name):
    text = (resource_path("guide") / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if not re.fullmatch(r"[|\-]+", line) and not re.fullmatch(r"[|\-]+", after)
    ]
    assert len(rows) > 35 and [row for row in rows if not NAMED.search(row)] == []
