"""The plan of the rooms holds: the contracts of import-linter, and what they cannot say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import segviewer
from segviewer.labs import LABS

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = Path(segviewer.__file__).parent  # that which is imported, installed or not
QT = ("PySide6", "pyqtgraph", "superqt", "qtpy")
FILES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((CHECKOUT / "tests").rglob("*.py"))
MOST_FILES = 20  # of its own in a folder
# Folders that are lists: a paper, a block, a program's files each.
FLAT = ("networks", "layers", "families")
MOST_AT_THE_TOP = 8
MOST_LINES = 400  # of a file, unless its docstring says why it is one
MOST_LINES_OF_TESTS = 500


def imports_of(path: Path) -> list[str]:
    """Every imported module, however deep the import stands."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module)
    return found


@pytest.mark.slow
def test_the_contracts_hold():
    """The contracts stand in pyproject.toml."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_files_lie_in_rooms():
    assert len(FILES) > 400
    folders: dict[Path, int] = {}
    for path in FILES:
        folders[path.parent] = folders.get(path.parent, 0) + 1
    assert folders[PACKAGE] <= MOST_AT_THE_TOP
    for folder, count in folders.items():
        assert count <= MOST_FILES or folder.name in FLAT, f"{folder}: {count}"
        assert (folder / "__init__.py").is_file(), folder


def reason(text: str) -> str:
    """The sentence of a module's docstring that says why the module is one file."""
    docstring = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
    found = re.search(r"(?:^|[.:;] )(In one file because [^.]{20,}\.)", docstring)
    return found[1] if found else ""


def test_a_long_file_says_why_it_is_one():
    texts = {path: path.read_text("utf-8") for path in FILES}
    long = {path: len(text.splitlines()) for path, text in texts.items()}
    long = {path: lines for path, lines in long.items() if lines > MOST_LINES}
    assert not {path: lines for path, lines in long.items() if not reason(texts[path])}


def test_files_of_tests_are_split_by_subject():
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in TESTS}
    assert not {path: many for path, many in lines.items() if many > MOST_LINES_OF_TESTS}


def test_a_reason_is_a_sentence():
    assert not reason('"""Words. In one file because."""')
    assert not reason("'Words.'\nx = 'In one file because nobody has come to split it up yet.'")
    assert reason('"""Words.\n\nIn one file because the table is read\nas a whole.\n"""')


def test_labs_compute_without_qt_and_are_drawn_by_views():
    computed = {*LABS, "lab", "__init__"} | {
        p.stem for p in (PACKAGE / "labs" / "shared").iterdir()
    }
    for path in (PACKAGE / "labs").rglob("*.py"):
        imported = imports_of(path)
        draws = [m for m in imported if m.split(".")[0] in QT or m.startswith("segviewer.widgets")]
        if path.stem in computed:
            assert not draws, f"{path} draws: {draws}"
            assert not [m for m in imported if m.endswith("_view")], f"{path} imports a view"
        else:
            assert draws or not path.stem.endswith("_view"), f"{path} draws nothing"


@pytest.mark.parametrize(
    "module",
    ["segviewer.engine.stages", "segviewer.app.frame.main_window", "segviewer.app.shell.presenter"],
)
def test_the_window_never_imports_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_forbidden_names():
    for path in FILES:
        assert path.stem not in ("utils", "helpers", "common", "manager")


@pytest.mark.slow
def test_state_dicts_are_always_read_safely():
    calls = 0
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                calls += 1
                safe = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert safe.get("weights_only") == "True", f"{path}:{node.lineno}"
    assert calls >= 3
