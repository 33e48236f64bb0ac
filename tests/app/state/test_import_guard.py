"""No module that imports Qt is imported anywhere but on the main thread."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import pytest

import segviewer
from segviewer.app.state.import_guard import QtImportError, install_import_guard

PACKAGE = Path(segviewer.__file__).parent
# Runs a function on another thread, with the modules that a window has loaded when it starts.
IMPORTS_ELSEWHERE = """
import sys, threading
import segviewer.app.shell.window
import segviewer
from segviewer.app.state.import_guard import install_import_guard
install_import_guard()
caught = []
def run():
    for name in {names!r}:
        try:
            __import__(name)
        except Exception as error:
            caught.append(f"{{name}}: {{error}}")
thread = threading.Thread(target=run)
thread.start()
thread.join()
print("\\n".join(caught))
"""


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


TREES = {_module_name(p): ast.parse(p.read_text("utf-8")) for p in PACKAGE.rglob("*.py")}


def _handed_over() -> list[tuple[str, str]]:
    """(module, function) of everything that is given to the background or to another thread."""
    found = []
    for module, tree in TREES.items():
        for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
            called = ast.unparse(call.func)
            if called.endswith("background.run") or called == "self._write" and call.args:
                found += [(module, name) for name in _names(call.args[0])]
            elif called.endswith("Thread"):
                targets = [k.value for k in call.keywords if k.arg == "target"]
                found += [(module, name) for target in targets for name in _names(target)]
    return sorted(set(found))


def _names(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


@cache
def _bindings(module: str) -> dict[str, tuple[str, str]]:
    """Name → (module, name) of what a module has imported from this package at any level."""
    found = {}
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("segviewer"):
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def _definition(module: str, name: str) -> ast.AST | None:
    for node in TREES.get(module, ast.Module([], [])).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
    return None


def _imported_inside(module: str, name: str) -> set[str]:
    """Modules that a function imports when it runs, with all that it calls."""
    found, seen, left = set(), set(), [(module, name)]
    while left:
        module, name = place = left.pop()
        if place in seen:
            continue
        seen.add(place)
        node = _definition(module, name)
        if node is None:
            if name in (bindings := _bindings(module) if module in TREES else {}):
                left.append(bindings[name])
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Import):
                found |= {alias.name for alias in part.names}
            elif isinstance(part, ast.ImportFrom):
                found.add(part.module)
                found |= {
                    whole
                    for alias in part.names
                    if (whole := f"{part.module}.{alias.name}") in TREES
                }
        left += [(module, other) for other in _names(node)]
    return {name for name in found if name.startswith("segviewer")}


LESSONS_ELSEWHERE = """
import threading
import segviewer
from segviewer.app.state.import_guard import install_import_guard
from segviewer.lessons.reading import find_lessons
install_import_guard()
def read():
    found, problems = find_lessons()
    print("lessons" if len(found) >= 7 and not problems else problems)
thread = threading.Thread(target=read)
thread.start()
thread.join()
"""


def test_what_is_handed_to_other_threads_is_found():
    handed = {name for _, name in _handed_over()}
    assert {"write_canvas", "write_results", "find_lessons", "_bundled", "_routed"} <= handed


@pytest.mark.slow
def test_nothing_that_runs_on_another_thread_imports_qt():
    names = sorted(
        {name for handed in _handed_over() for name in _imported_inside(*handed)} - {"segviewer"}
    )
    assert len(names) > 5
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_ELSEWHERE.format(names=names)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip(), done.stdout


def _import_on_a_thread(name: str) -> list[Exception]:
    caught: list[Exception] = []

    def run() -> None:
        try:
            __import__(name)
        except ImportError as error:
            caught.append(error)

    thread = threading.Thread(target=run, name="elsewhere")
    thread.start()
    thread.join()
    return caught


@pytest.mark.parametrize(
    "name", ["PySide6.QtMultimedia", "segviewer.labs.networks.training_protocol_view"]
)
def test_an_import_of_qt_elsewhere_is_refused(name, monkeypatch):
    install_import_guard()
    monkeypatch.delitem(sys.modules, name, raising=False)
    caught = _import_on_a_thread(name)
    assert [type(error) for error in caught] == [QtImportError]
    assert "main thread" in str(caught[0]) and "elsewhere" in str(caught[0])


def test_an_import_without_qt_is_not(monkeypatch):
    install_import_guard()
    monkeypatch.delitem(sys.modules, "segviewer.crf.search.landscape", raising=False)
    assert not _import_on_a_thread("segviewer.crf.search.landscape")


def test_lessons_are_read_on_another_thread():
    # Their labs import Qt inside functions that only the main thread calls.
    done = subprocess.run(
        [sys.executable, "-c", LESSONS_ELSEWHERE],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=PACKAGE.parent,
    )
    assert done.stdout.split() == ["lessons"] and not done.stderr
