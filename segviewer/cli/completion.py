"""`segviewer completion SHELL`: a script that completes commands, options and files."""

from __future__ import annotations

import argparse

from segviewer.errors import SettingsError

_FILES = ("FILE", "PATH", "IMAGE", "CHECKPOINT", "NAME|FILE", "FILE|SET", "FILE.png", "FILE.json")
_FOLDERS = ("DIR", "FOLDER", "DATASET")


def run(shell: str) -> int:
    """Print the script.

    Raises
    ------
    SettingsError
        Where shtab, which writes it, is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise SettingsError(
            "The script cannot be written.",
            "It is made by shtab, which is not installed.",
            "pip install 'segviewer[completion]'",
        ) from None
    from segviewer.cli.parsers import command_parser

    parser = command_parser()
    # The usage that people read would be taken for the program's name.
    parser.usage = None
    for one in (parser, *_commands(parser)):
        for action in one._actions:
            if action.metavar in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif action.metavar in _FOLDERS:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=shell))
    return 0


def _commands(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        one
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for one in action.choices.values()
    ]
