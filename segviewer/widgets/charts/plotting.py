"""pyqtgraph, without what it would load for a widget that is not used here.

It looks for CUDA's bindings, which are there wherever torch came with them: a quarter of the time
that its import takes, and 11 MB.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import cast

_BINDINGS = "cuda.bindings"

if _BINDINGS in sys.modules:
    import pyqtgraph as pg
else:
    # None is what the import system takes for a module that is not there.
    sys.modules[_BINDINGS] = cast("ModuleType", None)
    try:
        import pyqtgraph as pg
    finally:
        del sys.modules[_BINDINGS]

__all__ = ["pg"]
