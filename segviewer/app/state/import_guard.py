"""Keeps every import of Qt on the main thread.

A module that imports Qt defines classes derived from Qt's, and PySide builds their meta-objects
while they are defined. Done on a second thread while the first one is in the same place, the
process ends with a segmentation fault, once in some fifty starts. An import that would do so is
therefore refused: an error each time is found by the tests, a crash now and then is not.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from segviewer.additions.installed import packages

BINDINGS = ("PySide6", "shiboken6", "pyqtgraph")
# At the left margin: one in a function is refused when it runs, one for type checking never does.
_IMPORTS_QT = re.compile(rb"^(?:from|import)\s+(?:PySide6|shiboken6|pyqtgraph)\b", re.MULTILINE)


class QtImportError(ImportError):
    """A module that imports Qt was to be imported on another thread than the main one."""


class ImportGuard(importlib.abc.MetaPathFinder):
    """Refuses on any other thread what imports Qt; finds nothing itself."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if threading.current_thread() is threading.main_thread():
            return None
        if name.partition(".")[0] in BINDINGS or _is_own_and_imports_qt(name, path):
            raise QtImportError(
                f"{name} imports Qt and may be imported on the main thread only, not on "
                f"“{threading.current_thread().name}”"
            )
        return None


def _is_own_and_imports_qt(name: str, path: Sequence[str] | None) -> bool:
    # Views of labs that installed packages add, too: once Qt is there, importing it asks nobody.
    if name.partition(".")[0] not in {"segviewer", *packages()}:
        return False
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return False
    return bool(_IMPORTS_QT.search(Path(spec.origin).read_bytes()))


def install_import_guard() -> None:
    """Guard this process from now on; safe to call twice."""
    if not any(isinstance(finder, ImportGuard) for finder in sys.meta_path):
        sys.meta_path.insert(0, ImportGuard())
