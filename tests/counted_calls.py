"""Counts the program's own functions that run while something is done, by module and name."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import segviewer

ROOT = f"{Path(segviewer.__file__).parent}/"


def counted(act: Callable[[], object]) -> Counter[str]:
    """Call `act` and count what runs on this thread: ``app.state.store:Store.update`` and so on.

    A generator counts once, however often it goes on.
    """
    calls: Counter[str] = Counter()
    running: set[object] = set()  # frames of generators, kept so that no other takes their place

    def note(frame, event, argument):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(ROOT):
            return
        if code.co_flags & inspect.CO_GENERATOR:
            if frame in running:
                return
            running.add(frame)
        module = code.co_filename.removeprefix(ROOT).removesuffix(".py").replace("/", ".")
        calls[f"{module}:{code.co_qualname}"] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls


def rooms(calls: Counter[str]) -> set[str]:
    """The rooms in which something ran."""
    return {name.partition(":")[0].partition(".")[0] for name in calls}
