"""A process's own peak, whoever started it."""

import subprocess
import sys

import numpy as np
import pytest

from segviewer.engine.worker.peak_memory import peak_memory_mb

ASK = "from segviewer.engine.worker.peak_memory import peak_memory_mb; print(peak_memory_mb())"


def test_it_is_at_least_what_was_filled():
    before = peak_memory_mb()
    filled = np.ones(300_000_000, np.uint8)
    assert peak_memory_mb() >= max(before, filled.nbytes / 2**20)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system counts otherwise")
def test_what_the_process_that_started_it_had_does_not_count():
    np.ones(300_000_000, np.uint8)
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert 1 < float(done.stdout) < 200
