"""Whether Qt can open a window here, found out before Qt tries: where it cannot, it aborts.

Only X11 and Wayland can be missing; on Windows and macOS there is nothing to ask.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import importlib.util
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from segviewer.errors import EngineError

OFFSCREEN = (
    "Without a screen: QT_QPA_PLATFORM=offscreen segviewer IMAGE --screenshot FILE.png, "
    "or segviewer label (evaluate, networks …), which open no window."
)
_WAIT = 2.0  # seconds for a compositor to answer


def check_display(environment: Mapping[str, str] = os.environ) -> None:
    """Return if one of the platforms that Qt would try can open a window.

    Raises
    ------
    EngineError
        With the reason of each that cannot, and the way without a screen.
    """
    if sys.platform in ("win32", "darwin"):
        return
    names = platforms(environment)
    if not names:
        raise EngineError(
            "There is no screen to open a window on.",
            "Neither DISPLAY nor WAYLAND_DISPLAY is set, as over ssh or in a container.",
            OFFSCREEN,
        )
    _one_of(names, lambda name: _reason(name, environment))


def check_libraries(environment: Mapping[str, str] = os.environ) -> None:
    """Return if Qt's part for one of its platforms can be loaded, which Qt will need anyway.

    Raises
    ------
    EngineError
        Naming the system library that is missing, most often libxcb-cursor0.
    """
    if sys.platform not in ("win32", "darwin"):
        _one_of(platforms(environment), _library_reason)


def _one_of(names: list[str], reason_of: Callable[[str], str]) -> None:
    reasons = []
    for name in names:
        reason = reason_of(name)
        if not reason:
            return
        reasons.append(reason)
    raise EngineError("No window can be opened.", " ".join(reasons), OFFSCREEN)


def platforms(environment: Mapping[str, str]) -> list[str]:
    """Names of the platforms that Qt would try, in its order."""
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked:
        # Options come behind a colon: xcb:arg, or several platforms between semicolons.
        return [part.partition(":")[0].strip().lower() for part in asked.split(";") if part.strip()]
    names = ["xcb"] if environment.get("DISPLAY") else []
    if environment.get("WAYLAND_DISPLAY"):
        names.insert(0, "wayland")
    return names


def _reason(name: str, environment: Mapping[str, str]) -> str:
    """Why a platform cannot open a window; "" where it can."""
    plugins = _plugin_folder()
    if plugins is not None and not _plugins_of(name):
        known = sorted(file.stem.removeprefix("libq") for file in plugins.glob("libq*.so"))
        return f"Qt has no platform “{name}” (QT_QPA_PLATFORM); it has {', '.join(known)}."
    if name == "xcb":
        return _x11_reason(environment)
    if name == "wayland":
        return _wayland_reason(environment)
    return ""


def _library_reason(name: str) -> str:
    for plugin in _plugins_of(name):
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return f"Qt's part for {name} cannot be loaded: {error}."
    return ""


def _plugins_of(name: str) -> list[Path]:
    """Files of a platform, of which Wayland had several; none where the folder is not known."""
    plugins = _plugin_folder()
    if plugins is None:
        return []
    exact = plugins / f"libq{name}.so"
    return [exact] if exact.is_file() else sorted(plugins.glob(f"libq{glob.escape(name)}-*.so"))


def _plugin_folder() -> Path | None:
    """Where PySide6 keeps Qt's platforms; None for one that was packaged otherwise."""
    found = importlib.util.find_spec("PySide6")
    if found is None or not found.origin:
        return None
    folder = Path(found.origin).parent / "Qt" / "plugins" / "platforms"
    return folder if folder.is_dir() else None


def _x11_reason(environment: Mapping[str, str]) -> str:
    display = environment.get("DISPLAY", "")
    if not display:
        return "DISPLAY is not set, and X11 needs it."
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return f"X11's library cannot be loaded: {error}."
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    for function in (xcb.xcb_connection_has_error, xcb.xcb_disconnect):
        function.argtypes = [ctypes.c_void_p]
    # Asks for the authority file, too, as Qt will.
    connection = xcb.xcb_connect(os.fsencode(display), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"No X11 screen answers at DISPLAY={display}." if failed else ""


def _wayland_reason(environment: Mapping[str, str]) -> str:
    name = environment.get("WAYLAND_DISPLAY", "") or "wayland-0"
    path = os.path.join(environment.get("XDG_RUNTIME_DIR", ""), name)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as there:
        there.settimeout(_WAIT)
        try:
            there.connect(path)
        except (OSError, ValueError):  # ValueError: a path too long for a socket
            return f"No Wayland screen answers at WAYLAND_DISPLAY={name}."
    return ""
