"""Freed memory goes back to the machine: at rest all of it, large blocks at once where asked."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from segviewer.engine.worker.free_memory import AT_START, LATER

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc alone")

# Blocks of 4 MB with something small between them, so that none but the last can simply be cut
# off; the second round, because glibc raises its limit by itself in the first.
HELD = """
import re, sys
import numpy as np
from segviewer.engine.worker import free_memory

def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024

if sys.argv[1] != "0":
    free_memory.return_at_once_from(int(sys.argv[1]))
before, pins = held(), []
for _ in range(2):
    blocks = []
    for _ in range(40):
        blocks.append(np.ones(4 << 20, np.uint8))
        pins.append(np.ones(5000, np.uint8))
    del blocks
print(held() - before)
free_memory.return_free_memory()
print(held() - before)
"""


def held(size):
    done = subprocess.run(
        [sys.executable, "-c", HELD, str(size)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in done.stdout.split()]


@glibc
def test_large_blocks_go_back_at_once_where_that_was_asked():
    assert held(AT_START)[0] < 20
    assert held(LATER)[0] > 100


@glibc
def test_at_rest_all_goes_back():
    assert held(LATER)[1] < 20
