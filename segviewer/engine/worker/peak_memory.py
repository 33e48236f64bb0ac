"""How much memory a process has taken, without anything heavy to import."""

from __future__ import annotations

import sys


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, in megabytes; NaN where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
