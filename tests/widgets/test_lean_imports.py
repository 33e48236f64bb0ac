"""Widgets must not slow the first paint: no torch, no second Qt wrapper, plots when asked."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "pyqtgraph", "superqt", "qtpy", "skimage", "scipy", "pydensecrf")


WIDGETS = ROOT / "segviewer" / "widgets"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def plotting() -> set[str]:
    """Those that plot, and those that use one of them; a lab imports them when it is opened."""
    texts = {name_of(path): path.read_text("utf-8") for path in WIDGETS.rglob("*.py")}
    found = {"segviewer.widgets.charts.plot", "segviewer.widgets.charts.plotting"}
    while True:
        more = {name for name, text in texts.items() if any(f"{other} " in text for other in found)}
        if more <= found:
            return found
        found |= more


def heavy_imports(lines):
    lines = [*lines, "import sys", f"print([m for m in {HEAVY!r} if m in sys.modules])"]
    found = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()


def test_no_widget_imports_anything_heavy():
    modules = {name_of(path) for path in WIDGETS.rglob("*.py")} - plotting()
    assert len(modules) > 30
    assert heavy_imports(f"import {m}" for m in sorted(modules)) == "[]"


def test_the_window_imports_no_plot():
    assert heavy_imports(["import segviewer.app.shell.presenter"]) == "[]"
