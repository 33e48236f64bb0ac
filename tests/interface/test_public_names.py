"""What `import segviewer` promises: it costs nothing, and stays as it is."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import segviewer as sv

ROOT = Path(sv.__file__).parent
MODULES = sorted({m for m in sv.PUBLIC.values() if m.startswith("segviewer.interface")})
HEAVY = ("torch", "numpy", "PySide6", "pydantic", "PIL", "numba", "scipy")


def test_importing_costs_nothing():
    code = (
        "import json, sys, time; before = set(sys.modules); began = time.process_time()\n"
        "import segviewer\n"
        "took = time.process_time() - began\n"
        "print(json.dumps([took, sorted(set(sys.modules) - before)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    took, loaded = json.loads(done.stdout)
    # Processor time: other programs do not count.
    assert took <= 0.05
    assert not [name for name in loaded if name.partition(".")[0] in HEAVY]
    assert [name for name in loaded if name.startswith("segviewer")] == ["segviewer"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'open_chekpoint'"):
        _ = sv.open_chekpoint


def test_each_name_is_listed_has_types_and_a_docstring():
    stub = ast.parse((ROOT / "__init__.pyi").read_text("utf-8"))
    typed = {a.name for node in stub.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert typed == set(sv.PUBLIC)
    assert set(sv.PUBLIC) <= set(dir(sv))
    assert (ROOT / "py.typed").is_file()
    for name in sv.PUBLIC:
        assert inspect.getdoc(getattr(sv, name)), name


def signatures() -> list[str]:
    """The promise as text: functions, methods, fields."""
    lines = []
    for name in sv.PUBLIC:
        found = getattr(sv, name)
        if inspect.isfunction(found):
            lines.append(f"{name}{inspect.signature(found)}")
        elif dataclasses.is_dataclass(found):
            lines += [f"{name}.{f.name}: {f.type}" for f in dataclasses.fields(found)]
        for member, value in vars(found).items() if inspect.isclass(found) else ():
            if member.startswith("_") or dataclasses.is_dataclass(found):
                continue
            if isinstance(value, property):
                lines.append(f"{name}.{member} -> {value.fget.__annotations__['return']}")
            elif inspect.isfunction(value) and "not part of the promise" not in value.__doc__:
                lines.append(f"{name}.{member}{inspect.signature(value)}")
    return lines


def test_signatures_are_those_that_were_promised():
    """A line that changes breaks other people's scripts; new lines are for signatures.txt."""
    promised = (Path(__file__).parent / "signatures.txt").read_text("utf-8").splitlines()
    assert signatures() == promised


@pytest.mark.parametrize("module", MODULES)
def test_examples_do_what_they_say(module):
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert failed == 0
    assert tried or module.endswith("writing")
