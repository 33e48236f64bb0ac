"""Addresses of clusters, and what is said where there is none."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segviewer.batch.cluster.connection import INSTALL, available, connected
from segviewer.errors import EngineError, SettingsError

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("address", ["local:0", "local:", "local:x", "local:9999", "here", "host"])
def test_an_address_that_is_none_is_refused(address):
    pytest.importorskip("distributed")
    with pytest.raises(SettingsError) as caught, connected(address, print):
        pass
    assert "local:2" in caught.value.next_step


def test_without_dask_it_is_said_how_to_install_it(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert INSTALL in available()
    with pytest.raises(EngineError) as caught, connected("local:2", print):
        pass
    assert INSTALL in caught.value.why


@pytest.mark.slow
def test_workers_keep_the_memory_that_they_need_again(tmp_path):
    """With the variable set each large array is fetched from the system anew."""
    pytest.importorskip("distributed")
    # In a process of its own: Dask keeps a thread until its process ends.
    program = """
import os
import dask
from segviewer.batch.cluster.connection import SPAWNED, connected
if __name__ == "__main__":
    with connected("local:1", lambda sentences: None) as client:
        found = client.submit(os.environ.get, "MALLOC_TRIM_THRESHOLD_").result(timeout=60)
    print(found, "MALLOC_TRIM_THRESHOLD_" in dask.config.get(SPAWNED))
"""
    file = tmp_path / "asked.py"
    file.write_text(program)
    done = subprocess.run(
        [sys.executable, file],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    assert done.stdout.split() == ["None", "True"], done.stderr
