"""Widgets must not slow the first paint: no torch, no plots, no second Qt wrapper."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "pyqtgraph", "superqt", "qtpy", "skimage", "scipy", "pydensecrf")


def test_no_widget_imports_anything_heavy():
    modules = sorted(p.stem for p in (ROOT / "segviewer" / "widgets").glob("*.py"))
    lines = [f"import segviewer.widgets.{m}" for m in modules if m != "__init__"]
    lines += ["import sys", f"print([m for m in {HEAVY!r} if m in sys.modules])"]
    found = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
