"""Where files lie: those that ship, and a person's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Path of a shipped resource, e.g. ``resource_path("samples", "building.jpg")``.

    Resources lie beside the package in a checkout, inside it in a wheel.
    """
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    root = inside if inside.is_dir() else package.parent / "resources"
    return root.joinpath(*parts)


def own_path(*parts: str) -> Path:
    """Path of a person's own file in the system's place for settings; need not exist."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base.joinpath("segviewer", *parts)


def state_path(*parts: str) -> Path:
    """Path in the system's place for what the program notes for itself; need not exist.

    The log, and what is kept while a window runs. By hand: platformdirs takes 8 ms to
    import (it reads its settings with configparser), before the first paint.
    """
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        return own_path("state", *parts)
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base.joinpath("segviewer", *parts)
