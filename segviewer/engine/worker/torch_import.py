"""Importing torch for the first labels, and the rest of it afterwards.

A fifth of the time that ``import torch`` takes goes into shapes-only versions of its operations,
written in Python, for the ``meta`` device, tracing and compiling. A network that this program
builds and fills itself needs none of them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

SHAPES_ONLY = "torch._meta_registrations"


def import_torch() -> None:
    """Import torch without the versions of its operations that compute shapes only.

    Nothing but that module is left out: it is imported by whoever names it, and by
    :func:`complete_torch`. Where torch is there already, nothing happens.
    """
    if "torch" in sys.modules:
        return
    sys.modules[SHAPES_ONLY] = ModuleType(SHAPES_ONLY)
    try:
        importlib.import_module("torch")
    finally:
        del sys.modules[SHAPES_ONLY]


def complete_torch() -> None:
    """Import what :func:`import_torch` has left out; costs nothing the second time."""
    if "torch" in sys.modules and SHAPES_ONLY not in sys.modules:
        importlib.import_module(SHAPES_ONLY)
