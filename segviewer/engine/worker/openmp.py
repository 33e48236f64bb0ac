"""How the threads of torch wait for each other; to be said before torch is loaded."""

from __future__ import annotations

import os


def wait_without_spinning() -> None:
    """Have OpenMP's threads look for each other a short while, then sleep.

    By default they wait in a loop, which on a machine that does something else takes the core from
    the very thread they wait for: with six other processes on two cores one pass of the bundled
    network took 2.0 s of processor time, and 0.24 s so.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
