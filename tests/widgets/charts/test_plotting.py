"""Plotting loads nothing of CUDA, and leaves no trace of that."""

from __future__ import annotations

import subprocess
import sys


def test_no_bindings_of_cuda_are_loaded_and_they_can_be_afterwards():
    # In a process of its own: this one may have imported either.
    program = """
import sys
from segviewer.widgets.charts.plotting import pg
assert pg.PlotWidget is not None
print("cuda.bindings" in sys.modules, *[n for n in sys.modules if n.startswith("cuda")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


def test_what_is_there_already_stays():
    program = """
import sys, types
there = sys.modules["cuda.bindings"] = types.ModuleType("cuda.bindings")
sys.modules["cuda.bindings.runtime"] = there.runtime = types.ModuleType("cuda.bindings.runtime")
from segviewer.widgets.charts import plotting
assert sys.modules["cuda.bindings"] is there
"""
    subprocess.run([sys.executable, "-c", program], check=True)
