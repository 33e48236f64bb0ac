"""Statements about what a step shows, in a small language that can do nothing but measure.

A statement compares measured values::

    share("road") > 0.2
    changed(previous) between 0.001 and 0.3
    lab.caption contains "39.8%"
    lab.number("coverage") == 1
    outline < 0.8 * previous.outline
    largest == "building"

It is read with :mod:`ast` and walked; nothing of Python is reachable but numbers, texts,
``+ - * /``, comparisons and the names that :class:`Measures` has.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from dataclasses import dataclass
from typing import Any, Protocol

# name → number of arguments, or None for a value without any
MEASURES: dict[str, int | None] = {
    "share": 1,  # ("class") of the pixels, 0 to 1
    "changed": 1,  # (previous) share of the pixels with another class than in that step
    "differs": None,  # share of the pixels to which A and B give other classes
    "label": 2,  # (across, down) class there, both from 0 to 1
    "probability": 3,  # ("class", across, down)
    "outline": None,  # share of neighbouring pixels whose classes differ
    "regions": None,  # number of connected regions of one class
    "entropy": None,  # mean over the pixels, of 0 to 1
    "largest": None,  # class that covers most
    "num_classes": None,
    "parameters": None,  # of the network
    "trained_with": 1,  # ("setting") of the network, as it was trained
    "weights": None,  # "trained", "random" or "partly random"
    "chips": None,  # what is said on the picture, as one text
}
LAB_MEASURES: dict[str, int | None] = {"caption": None, "formula": None, "number": 1, "text": 1}
STEPS = ("previous", "first")
_ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LONGEST = 400
# A text in quotes, or one of the words that Python does not have.
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\b(between|contains|and)\b")


class NotMeasurableError(Exception):
    """The step shows nothing that a statement asks for; the message says what is missing."""


class Measures(Protocol):
    """Where values come from: the present step, an earlier one, or its lab."""

    def measure(self, name: str, *arguments: Any) -> Any:
        """Value of a name of :data:`MEASURES`; NotMeasurableError where there is none."""

    def measure_lab(self, name: str, *arguments: Any) -> Any:
        """Value of a name of :data:`LAB_MEASURES`."""

    def earlier(self, name: str) -> Measures:
        """The step called ``previous`` or ``first``."""


@dataclass(frozen=True)
class Outcome:
    """Whether a statement holds, and the values it compared, as text."""

    holds: bool
    found: str


class Observation:
    """One statement, read and ready to be tried.

    Raises
    ------
    ValueError
        If it says something that the language does not have.
    """

    def __init__(self, statement: str):
        self.statement = statement
        if len(statement) > _LONGEST:
            raise ValueError(f"a statement is at most {_LONGEST} characters long")
        self._sides, self._kind = _split(statement)
        self._trees = [_tree(side, statement) for side in self._sides]
        if self._kind == "compare":
            if not isinstance(self._trees[0], ast.Compare):
                raise ValueError(f"“{statement}” compares nothing")
            _check(self._trees[0].left, statement)
            for side, how in zip(self._trees[0].comparators, self._trees[0].ops, strict=True):
                if type(how) not in _COMPARISONS:
                    raise ValueError(f"“{statement}”: compare with < <= > >= == or !=")
                _check(side, statement)
        else:
            for tree in self._trees:
                _check(tree, statement)

    def try_on(self, measures: Measures) -> Outcome:
        """Whether the statement holds.

        Raises
        ------
        NotMeasurableError
            If something it asks for is not there.
        """
        try:
            if self._kind == "contains":
                whole, part = (_value(tree, measures) for tree in self._trees)
                if not isinstance(whole, str) or not isinstance(part, str):
                    raise NotMeasurableError("only texts contain texts")
                return Outcome(part in whole, _said(whole))
            if self._kind == "between":
                value, low, high = (_value(tree, measures) for tree in self._trees)
                return Outcome(low <= value <= high, _said(value))
            tree = self._trees[0]
            assert isinstance(tree, ast.Compare)  # `_check` let nothing else through
            values = [_value(node, measures) for node in (tree.left, *tree.comparators)]
            holds = all(
                _COMPARISONS[type(how)](one, other)
                for how, one, other in zip(tree.ops, values[:-1], values[1:], strict=True)
            )
            written = (tree.left, *tree.comparators)
            found = [
                _said(value)
                for node, value in zip(written, values, strict=True)
                if not isinstance(node, ast.Constant)
            ]
            return Outcome(holds, ", ".join(found))
        except TypeError as error:
            raise NotMeasurableError("a number is compared with a text") from error
        except ArithmeticError as error:
            raise NotMeasurableError(f"it cannot be calculated: {error}") from error


def _split(statement: str) -> tuple[list[str], str]:
    """The parts of a statement, and ``compare``, ``contains`` or ``between``."""
    words = [found for found in _WORD.finditer(statement) if found.group(1)]
    said = [found.group(1) for found in words]
    if not said:
        return [statement], "compare"
    kinds = {("contains",): "contains", ("between", "and"): "between"}
    if tuple(said) not in kinds:
        raise ValueError(f"“{statement}”: one comparison is one statement; write two statements")
    parts, start = [], 0
    for word in words:
        parts.append(statement[start : word.start()])
        start = word.end()
    return [*parts, statement[start:]], kinds[tuple(said)]


def _tree(text: str, statement: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ValueError(f"“{statement}” cannot be read: {reason}") from None


def _check(node: ast.expr, statement: str) -> None:
    """Refuse everything that is not in the language."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, str, bool):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _check(node.operand, statement)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        _check(node.left, statement)
        return _check(node.right, statement)
    if isinstance(node, ast.Call):
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise ValueError(f"“{statement}”: arguments have no names here")
        name, arity = _name_of(node.func, statement)
        if arity is None:
            raise ValueError(f"“{statement}”: {name} is a value, it takes no arguments")
        if len(node.args) != arity:
            raise ValueError(f"“{statement}”: {name} takes {arity}, not {len(node.args)} arguments")
        for argument in node.args:
            if not (name == "changed" and _is_step(argument)):
                _check(argument, statement)
        return None
    if isinstance(node, ast.Name | ast.Attribute):
        name, arity = _name_of(node, statement)
        if arity is not None:
            raise ValueError(f"“{statement}”: {name} takes {arity} arguments in brackets")
        return None
    raise ValueError(f"“{statement}”: “{ast.unparse(node)}” is not in the language")


def _is_step(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in STEPS


def _is_lab(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "lab" and _is_step(node.value)
    return isinstance(node, ast.Name) and node.id == "lab"


def _name_of(node: ast.expr, statement: str) -> tuple[str, int | None]:
    """Name of a measure and the number of its arguments."""
    if isinstance(node, ast.Name) and node.id in MEASURES:
        return node.id, MEASURES[node.id]
    if isinstance(node, ast.Attribute):
        if _is_lab(node.value) and node.attr in LAB_MEASURES:
            return f"lab.{node.attr}", LAB_MEASURES[node.attr]
        if _is_step(node.value) and node.attr in MEASURES:
            return node.attr, MEASURES[node.attr]
    known = [*MEASURES, *(f"lab.{name}" for name in LAB_MEASURES), *(f"{s}.…" for s in STEPS)]
    raise ValueError(
        f"“{statement}”: there is no “{ast.unparse(node)}”; there are {', '.join(known)}"
    )


def _value(node: ast.expr, measures: Measures) -> Any:
    """Value of a checked expression."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, measures)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, measures), _value(node.right, measures)
        if isinstance(left, str) or isinstance(right, str):
            raise NotMeasurableError("texts cannot be calculated with")
        return _ARITHMETIC[type(node.op)](left, right)
    arguments: list[Any] = []
    if isinstance(node, ast.Call):
        arguments = [
            measures.earlier(_name(one)) if _is_step(one) else _value(one, measures)
            for one in node.args
        ]
        node = node.func
    if isinstance(node, ast.Name):
        return measures.measure(node.id, *arguments)
    assert isinstance(node, ast.Attribute)  # `_check` let nothing else through
    if _is_lab(node.value):
        where = node.value
        where_step = where.value if isinstance(where, ast.Attribute) else None
        owner = measures if where_step is None else measures.earlier(_name(where_step))
        return owner.measure_lab(node.attr, *arguments)
    return measures.earlier(_name(node.value)).measure(node.attr, *arguments)


def _name(node: ast.expr) -> str:
    assert isinstance(node, ast.Name)
    return node.id


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "not a number"
    return repr(value) if isinstance(value, str) else str(value)
