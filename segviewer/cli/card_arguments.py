"""``--card FILE`` wherever a checkpoint is named, and the arguments of ``segviewer card``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from segviewer.cli.arguments import number, text_path, whole

if TYPE_CHECKING:
    from segviewer.session import Session

ORDERS = ("RGB", "BGR", "grey")
ACTIVATIONS = ("softmax", "sigmoid", "multi-label")


def add_card_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--card FILE``."""
    parser.add_argument(
        "--card",
        type=text_path,
        metavar="FILE",
        help="a model card (JSON) that counts more than what the checkpoint says: names, "
        "colours, preprocessing; segviewer card writes one",
    )


def add_card_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``segviewer card`` takes beside its checkpoint."""
    add_card_argument(parser)
    parser.add_argument("--write", type=text_path, metavar="FILE", help="write it to FILE")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep it for every opening: beside the checkpoint, or in your own folder where that "
        "cannot be written",
    )
    parser.add_argument("--forget", action="store_true", help="drop what was kept")
    parser.add_argument("--title", default="", metavar="TEXT", help="what it is called")
    parser.add_argument(
        "--classes",
        default="",
        metavar="FILE|SET",
        help="names and colours: a JSON, CSV or text file, or a label set such as cityscapes19",
    )
    parser.add_argument("--order", choices=ORDERS, help="of the channels")
    parser.add_argument("--scale", type=int, choices=(1, 255), help="values 0 to this")
    parser.add_argument("--mean", type=three, metavar="R,G,B", help="in that order and scale")
    parser.add_argument("--std", type=three, metavar="R,G,B", help="deviation, likewise")
    parser.add_argument(
        "--bands",
        type=three_bands,
        metavar="R,G,B",
        help="of a network for more bands: which of them, from 0, are red, green and blue",
    )
    parser.add_argument("--size", type=whole(1, 1 << 20), metavar="PX", help="long side")
    parser.add_argument(
        "--enlarge",
        action=argparse.BooleanOptionalAction,
        help="smaller pictures to that long side, for a network trained on enlarged ones",
    )
    parser.add_argument("--divisor", type=whole(1, 1024), metavar="N", help="of both sides")
    parser.add_argument("--ignore", type=whole(0, 255), metavar="LABEL", help="void in masks")
    parser.add_argument(
        "--activation", choices=ACTIVATIONS, help="what makes probabilities of scores"
    )
    parser.add_argument(
        "--temperature",
        type=number(0.01, 100),
        metavar="T",
        help="of the softmax, as segviewer evaluate --fit-temperature finds it",
    )


def three(text: str) -> tuple[float, float, float]:
    """Read ``0.485,0.456,0.406``; one number stands for all three."""
    try:
        values = tuple(float(item) for item in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers") from None
    if len(values) == 1:
        values *= 3
    if len(values) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} has {len(values)} numbers; three are needed")
    return values[0], values[1], values[2]


def three_bands(text: str) -> tuple[int, int, int]:
    """Read ``2,1,0``."""
    found = text.split(",")
    if len(found) != 3 or not all(item.strip().isdecimal() for item in found):
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers of bands")
    red, green, blue = (int(item) for item in found)
    return red, green, blue


def with_card(session: Session, file: Path | None) -> Session:
    """`session` with what the card in `file` says of its checkpoint.

    Raises
    ------
    CheckpointError
        If it is no card.
    """
    if file is None:
        return session
    from segviewer.checkpoints.model_card import read_card
    from segviewer.checkpoints.model_sheet import sheet_of

    card = read_card(file)
    return session.changed(
        sheet=sheet_of(card), architecture=session.architecture or card.architecture
    )
