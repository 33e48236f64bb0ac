"""The engine's own program: what it imports, and that it is one like any other process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.messages import Run
from segviewer.engine.worker.small_program import EngineChild
from segviewer.engine.worker.torch_import import SHAPES_ONLY
from segviewer.session import Session

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
FIRST_LABELS = """
import sys
from segviewer.engine.worker.torch_import import complete_torch, import_torch
import segviewer.engine.worker.engine_process
import segviewer.engine.worker.small_program
import_torch()
import segviewer.engine.worker.engine
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected, Listener
from segviewer.session import Session
session = Session(image="sample:palace").with_checkpoint("%s")
executor = StageExecutor(Listener())
executor.run(session)
assert executor.cache["label_map"].value.complete
print(*sys.modules)
complete_torch()
import torch
found = torch.ops.aten.linear(torch.ones(2, 3, device="meta"), torch.ones(4, 3, device="meta"))
assert found.shape == (2, 4)
print("%s" in sys.modules)
"""


@pytest.mark.slow
def test_the_first_labels_need_neither_the_window_nor_a_compiler():
    program = FIRST_LABELS % (BUNDLED, SHAPES_ONLY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modules, complete = done.stdout.splitlines()
    names = set(modules.split())
    without = ("PySide6", "numba", "llvmlite", "scipy", "torchvision", "pandas", "matplotlib")
    without += ("segviewer.app", "segviewer.widgets", "segviewer.cli", "sympy")
    without += ("torch._dynamo", "torch._inductor", SHAPES_ONLY)
    assert [name for name in without if name in names] == []
    assert complete == "True"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.slow
def test_the_process_that_is_started_has_loaded_torch_and_nothing_of_qt(monkeypatch):
    monkeypatch.setattr(EngineProcess, "start_method", "spawn")  # whatever other tests have set
    engine = EngineProcess()
    try:
        assert isinstance(engine.process, EngineChild) and engine.process.is_alive()
        engine.send(Run(1, Session(), {}))
        while type(engine.receive()).__name__ != "RunFinished":
            pass
        with open(f"/proc/{engine.process.pid}/maps") as file:
            loaded = file.read()
        assert "libtorch" in loaded
        assert not [name for name in ("PySide6", "libQt6", "llvmlite") if name in loaded]
    finally:
        engine.stop().join(10)
    assert engine.exit_code() == 0


def test_a_child_that_is_killed_says_by_which_signal(monkeypatch):
    monkeypatch.setattr(
        "segviewer.engine.worker.small_program.START", "import time; time.sleep(60)"
    )
    child = EngineChild(1, 0)
    child.join(0.01)
    assert child.is_alive() and child.exitcode is None
    child.kill()
    child.join()
    assert not child.is_alive() and child.exitcode == -9


def test_a_child_whose_parent_has_gone_ends_at_once():
    program = "from segviewer.engine.worker.child_process import live_with; live_with(1 << 22)"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print('lives on')"], capture_output=True
    )
    assert done.returncode == 1 and done.stdout == b""
