"""The plan of the house holds: imports point one way, no Qt below widgets/."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "segviewer"
# Lowest first. A room may import what stands before it, and itself.
ROOMS = (
    "settings", "errors", "resource_files", "regular_files", "partial_files", "plain_values",
    "layers", "networks", "imaging", "crf", "checkpoints", "analysis", "training", "lab_list",
    "glossary", "session", "inference",
    "stages", "results", "listener", "network_state", "network_figures", "layer_inspection",
    "refinement", "pipeline", "widgets", "labs", "lessons", "app",
)  # fmt: skip
QT = ("PySide6", "pyqtgraph", "superqt", "qtpy")
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """(module, whether at module level) of every import, however deep it stands."""
    tree = ast.parse(path.read_text("utf-8"))
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((node.module, id(node) in top))
            found += [(f"{node.module}.{a.name}", id(node) in top) for a in node.names]
    return found


def test_every_file_lies_in_a_known_room():
    assert len(FILES) > 40
    rooms = {room_of(path) for path in FILES}
    assert rooms - set(ROOMS) <= {"__init__"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    if room == "__init__":
        return
    for module, _ in imports_of(path):
        if module.startswith("segviewer."):
            other = module.split(".")[1]
            if other in ROOMS:
                assert ROOMS.index(other) <= ROOMS.index(room), f"{room} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_qt_below_widgets(path):
    if room_of(path) in ("widgets", "labs", "app"):
        return
    for module, _ in imports_of(path):
        assert module.split(".")[0] not in QT, f"{path} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_widgets_know_no_session_and_crf_no_torch(path):
    modules = [module for module, _ in imports_of(path)]
    if room_of(path) == "widgets":
        assert not [m for m in modules if m.startswith("segviewer.session")]
    if room_of(path) in ("crf", "imaging"):
        assert not [m for m in modules if m.split(".")[0] == "torch"]


@pytest.mark.parametrize(
    "module",
    [
        "segviewer.engine.pipeline",
        "segviewer.app.frame.main_window",
        "segviewer.app.shell.presenter",
    ],  # fmt: skip
)
def test_the_window_never_imports_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_forbidden_names():
    for path in FILES:
        assert path.stem not in ("utils", "helpers", "common", "manager")


def test_state_dicts_are_always_read_safely():
    calls = 0
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                calls += 1
                safe = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert safe.get("weights_only") == "True", f"{path}:{node.lineno}"
    assert calls >= 3
