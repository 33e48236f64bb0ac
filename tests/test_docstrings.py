"""Public functions of three arguments or more say what each of them is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import segviewer

PACKAGE = Path(segviewer.__file__).parent
# Those that compute, and are strict in pyproject.toml.
ROOMS = [
    "analysis",
    "batch",
    "checkpoints",
    "crf",
    "engine",
    "imaging",
    "inference",
    "interface",
    "layers",
    "networks",
]
MOST = 2
# An instance, a class, and what numba hands to an intrinsic before its arguments.
NOT_COUNTED = ("self", "cls", "typingctx")


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions, methods and classes with many arguments and no list of them."""
    found: list[str] = []

    def visit(body: list[ast.stmt], owner: ast.ClassDef | None) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                visit(node.body, node)
            if not isinstance(node, ast.FunctionDef):
                continue
            makes = node.name == "__init__" and owner is not None
            if node.name.startswith("_") and not makes:
                continue
            every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            arguments = [argument for argument in every if argument.arg not in NOT_COUNTED]
            said = ast.get_docstring(owner if makes else node) or ""
            if len(arguments) > MOST and "Parameters\n----------\n" not in said:
                found.append(f"{owner.name}.{node.name}" if owner is not None else node.name)

    visit(tree.body, None)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_arguments_are_described(room):
    missing = {
        str(path.relative_to(PACKAGE)): names
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if (names := undocumented(ast.parse(path.read_text("utf-8"))))
    }
    assert missing == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(a, b): 'Two.'", []),
        ("def f(a, b, c): 'Three.'", ["f"]),
        ("def f(a, *, b, c): 'Three.'", ["f"]),
        ("def f(a, b, c): pass", ["f"]),
        ("def _f(a, b, c): 'Private.'", []),
        ("def f(a, b, c):\n  '''T.\n\n  Parameters\n  ----------\n  a, b, c\n  '''", []),
        ("class A:\n  'Made.'\n  def __init__(self, a, b, c): pass", ["A.__init__"]),
        ("class A:\n  'M.'\n  def g(self, a, b): 'Two.'", []),
        ("class _A:\n  def g(self, a, b, c): pass", []),
    ],
)
def test_what_is_missed_is_named(source, names):
    assert undocumented(ast.parse(source)) == names
