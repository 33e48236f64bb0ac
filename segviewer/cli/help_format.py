"""How the help reads: defaults behind each option, versions, exit codes."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from segviewer import __version__

EXIT_CODES = """exit codes:
  0    done
  1    not done: the reason stands on stderr. label, evaluate and tune return the number of
       pictures that failed, at most 100
  2    the command line was not understood
  130  stopped by Ctrl+C
  141  whoever read the output closed it"""

LIBRARIES = ("PySide6-Essentials", "torch", "numpy", "numba", "Pillow")
"""Those whose versions decide whether a fault can be repeated."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Adds the default to an option's help, and leaves description and epilog as they are."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        # A switch is off and a text empty unless they are given: nothing to be said.
        shown = isinstance(action.default, int | float | str) and action.default != ""
        switch = isinstance(action.default, bool) or action.default == argparse.SUPPRESS
        if shown and not switch and action.option_strings and "default" not in text:
            text += " (default: %(default)s)"
        return text


class Version(argparse.Action):
    """``--version``: this program's, Python's and those of the libraries that matter."""

    def __init__(self, option_strings: Sequence[str], **rest: Any):
        super().__init__(option_strings, argparse.SUPPRESS, 0, help="print versions, and end")

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        print(version_text())
        parser.exit()


def version_text() -> str:
    """Versions, one a line; nothing is imported for it."""
    lines = [f"segviewer {__version__}", f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name}: not installed")
    return "\n".join(lines)
