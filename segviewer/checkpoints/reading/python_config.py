"""Settings out of a Python configuration text, as MMSegmentation keeps it, without running it.

Assignments of literals and of ``dict(…)`` calls with keywords are read; everything else is
left out.
"""

from __future__ import annotations

import ast
from typing import Any

MOST_LETTERS = 1 << 20


def read_python_config(text: str) -> dict[str, Any]:
    """Values by the names they are assigned to at the top of `text`; {} if it is no Python."""
    if len(text) > MOST_LETTERS:
        return {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                try:
                    found[target.id] = _value(statement.value)
                except (ValueError, RecursionError):
                    continue
    return found


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id != "dict" or node.args:
            raise ValueError("a call")
        pairs = [(word.arg, word.value) for word in node.keywords if word.arg]
        return {name: value for name, one in pairs if (value := _or_none(one)) is not None}
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        items = zip(keys, node.values, strict=True)
        return {key: value for key, one in items if key and (value := _or_none(one)) is not None}
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(_or_none(item) for item in node.elts)
    return ast.literal_eval(node)


def _or_none(node: ast.expr) -> Any:
    try:
        return _value(node)
    except (ValueError, RecursionError):
        return None
