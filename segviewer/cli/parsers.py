"""What the command line takes: one parser, whose table names every command with a line of help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

from segviewer.cli import command_arguments as of
from segviewer.cli.help_format import EXIT_CODES, HelpFormatter, Version
from segviewer.cli.train_arguments import EPILOG, add_train_arguments

FAILURES = "The exit code is the number of pictures that failed, at most 100."


class Command(NamedTuple):
    """A line of the help, what adds the command's arguments, and what stands below its help."""

    title: str
    add: Callable[[argparse.ArgumentParser], None]
    epilog: str = ""


COMMANDS = {
    "open": Command("open the window (also where the first word is no command)", of.add_open),
    "label": Command("write label maps of pictures", of.add_label, FAILURES),
    "evaluate": Command("measure mIoU against target masks", of.add_evaluate, FAILURES),
    "tune": Command("search the CRF's numbers on pictures with masks", of.add_tune),
    "train": Command("train a network on pictures with masks", add_train_arguments, EPILOG),
    "card": Command(
        "what is said of a checkpoint: names, colours, preprocessing; write it", of.add_card
    ),
    "info": Command("versions, devices, bundled weights", of.add_json),
    "networks": Command("every network and what of it is live", of.add_networks),
    "receptive-field": Command("what the units of each layer see", of.add_receptive_field),
    "benchmark": Command("how fast the program is on this machine", of.add_benchmark),
    "lessons": Command("list the lessons, or check what they say", of.add_lessons),
    "guide": Command("list the pages of the guide, or print one", of.add_guide),
    "desktop": Command("put segviewer into the desktop's menu, or take it out", of.add_desktop),
    "completion": Command("print a script that completes words in a shell", of.add_completion),
}


def command_parser(only: str = "") -> argparse.ArgumentParser:
    """The one parser.

    Parameters
    ----------
    only : str
        The command whose arguments are filled in, so that no other costs a start anything; empty
        for all of them.
    """
    parser = argparse.ArgumentParser(
        prog="segviewer",
        usage="segviewer [open] [IMAGE] [option …]\n       segviewer COMMAND … [--help]",
        description="An interactive explorer for semantic segmentation.",
        epilog=EXIT_CODES + "\n\nsegviewer open --help lists the options of the window.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action=Version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(
            name,
            help=command.title,
            description=f"{command.title[:1].upper()}{command.title[1:]}.",
            epilog=command.epilog,
            formatter_class=HelpFormatter,
            prog=f"segviewer {name}",
        )
        if only in ("", name):
            command.add(one)
    return parser
