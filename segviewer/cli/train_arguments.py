"""The arguments of ``segviewer train``, each with its unit and what is taken without it."""

from __future__ import annotations

import argparse
import re

from segviewer.cli.arguments import number, text_path, whole

DEFAULT_NETWORK = "deeplab_v3_efficientnet_lite0_camvid"
EPILOG = (
    "Ctrl+C keeps the state, and the same command goes on from there. Writes OUT.safetensors with "
    "its card (OUT.json) and log (OUT.log.jsonl); segviewer --checkpoint OUT.safetensors opens it."
)


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``segviewer train`` takes."""
    parser.add_argument(
        "dataset",
        type=text_path,
        metavar="DATASET",
        help="folder with pictures and masks, in any usual arrangement, as for evaluate",
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "--targets", type=text_path, metavar="DIR", help="masks of DATASET's pictures, elsewhere"
    )
    data.add_argument(
        "--train",
        default="",
        metavar="NAME|FILE",
        help="splits to train on, by commas, or a list of file names; default: train, where the "
        "data set has it, else all that is not measured on",
    )
    data.add_argument(
        "--val",
        default="",
        metavar="NAME|FILE",
        help="split to measure on; default: val, where the data set has it, else whole sequences "
        "or the end of each, never frames between others",
    )
    data.add_argument(
        "--val-share",
        type=number(0.01, 0.9),
        default=0.2,
        metavar="SHARE",
        help="of the pictures, held out where a split has to be made",
    )
    data.add_argument(
        "--label-set",
        default="",
        metavar="NAME",
        help="whose classes the masks have: camvid11, cityscapes19, voc21, ade20k150 or an "
        "installed one; default: counted in the masks",
    )
    data.add_argument(
        "--classes",
        type=text_path,
        metavar="FILE",
        help="names and colours (text, CSV, JSON); default: classes.txt or the like in DATASET",
    )
    data.add_argument(
        "--void",
        type=numbers,
        default=(),
        metavar="N,…",
        help="numbers of the masks that are not learned, beside 255; default: those that the names "
        "call void, or one far beyond all others",
    )
    data.add_argument(
        "--mapping",
        default="",
        metavar="NAME",
        help="what the masks' numbers mean, as for evaluate; default: what they seem to",
    )
    data.add_argument(
        "--long-side",
        type=whole(32, 8192),
        default=None,
        metavar="PX",
        help="larger pictures are reduced to it; default 640",
    )

    network = parser.add_argument_group("network")
    network.add_argument(
        "--network",
        default=DEFAULT_NETWORK,
        metavar="NAME|FILE",
        help="what to begin with: a bundled checkpoint or a file, whose weights are kept as far as "
        "they fit, or a network of segviewer networks (also NAME:FORM), your own among them; "
        "untrained:NAME takes a checkpoint's network without its weights",
    )
    network.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the network, repeatable: --set output_stride=8; default: as it was",
    )

    length = parser.add_argument_group("time")
    length.add_argument(
        "--minutes",
        type=number(0.05, 100_000),
        default=30.0,
        metavar="MIN",
        help="of the run: the first iterations are timed, and as many are made as fit",
    )
    fixed = length.add_mutually_exclusive_group()
    fixed.add_argument(
        "--iterations",
        type=whole(1),
        default=None,
        metavar="N",
        help="in place of minutes: a number of iterations, the same on every machine",
    )
    fixed.add_argument(
        "--by-clock",
        action="store_true",
        help="the run ends with its minutes and becomes longer or shorter as the machine has time "
        "for it; such a run cannot be repeated number by number",
    )
    length.add_argument(
        "--every",
        type=whole(1),
        default=None,
        metavar="N",
        help="iterations between two measurements on val (of 24 pictures at most; all in the end); "
        "default: a tenth of the run",
    )
    length.add_argument(
        "--keep-every",
        type=number(0, 86_400),
        default=60.0,
        metavar="S",
        help="seconds between two writings of the state, for a run that is killed",
    )

    crops = parser.add_argument_group("crops")
    crops.add_argument(
        "--batch",
        type=whole(2, 4096),
        default=None,
        metavar="N",
        help="crops an iteration; default 8, or 4 where the time allows under 150 iterations",
    )
    crops.add_argument(
        "--crop",
        type=crop_size,
        metavar="WxH",
        help="pixels of a crop; default: four fifths of a picture, 512 a side at most",
    )
    crops.add_argument(
        "--scale",
        type=scale_range,
        default=(0.5, 2.0),
        metavar="MIN,MAX",
        help="pictures are enlarged by a factor between them; thin classes prefer 0.75 and up; "
        "default: 0.5,2",
    )
    crops.add_argument(
        "--texture",
        type=number(0, 1),
        default=0.0,
        metavar="P",
        help="probability of grain on some classes, so that a rough road stays road",
    )
    crops.add_argument(
        "--blur", type=number(0, 1), default=0.25, metavar="P", help="probability of a blur"
    )
    crops.add_argument(
        "--colour",
        type=number(0, 2),
        default=1.0,
        metavar="W",
        help="width of the changes of gamma, exposure, contrast, white balance and saturation: 0 "
        "for none, above 1 where pictures to come are darker or have other colours; default: 1",
    )
    crops.add_argument(
        "--balanced",
        action="store_true",
        help="half of the crops lie about a rare class; this draws each of the picture's alike, "
        "else by its pixels",
    )
    crops.add_argument(
        "--paste",
        type=number(0, 1),
        default=0.0,
        metavar="P",
        help="probability that a picture gets one to three objects of rare classes out of others "
        "that are trained on",
    )

    learning = parser.add_argument_group("learning (AdamW, poly rate with power 0.9)")
    learning.add_argument(
        "--rate",
        type=number(1e-8, 1),
        default=1e-3,
        metavar="R",
        help="first learning rate of what is not the backbone",
    )
    learning.add_argument(
        "--backbone-rate",
        type=number(0, 1),
        default=3e-4,
        metavar="R",
        help="of a backbone that has learned before; 0 leaves it as it is",
    )
    learning.add_argument(
        "--weight-decay",
        type=number(0, 1),
        default=0.01,
        metavar="W",
        help="by which weights shrink beside the gradient",
    )
    learning.add_argument(
        "--auxiliary-weight",
        type=number(0, 10),
        default=0.4,
        metavar="W",
        help="of the loss of auxiliary heads, where the network has them",
    )
    learning.add_argument(
        "--jaccard-weight",
        type=number(0, 10),
        default=1.0,
        metavar="W",
        help="of 1 − soft IoU beside the cross entropy, for which all classes count alike",
    )
    learning.add_argument(
        "--lovasz-weight",
        type=number(0, 10),
        default=0.0,
        metavar="W",
        help="of the Lovász extension of 1 − IoU beside them, by which the pixels that decide the "
        "IoU pull most; of every second row and column; default: 0, none",
    )
    learning.add_argument(
        "--hard-share",
        type=number(0.01, 1),
        default=1.0,
        metavar="S",
        help="of the pixels, those with the largest loss, that count in the cross entropy (online "
        "hard example mining); default: 1, all",
    )
    learning.add_argument(
        "--average-decay",
        type=number(0, 0.99999),
        default=0.998,
        metavar="D",
        help="of the running mean of the weights, which is what is measured and written, an "
        "iteration",
    )
    learning.add_argument(
        "--average-last",
        type=number(0, 1),
        default=0.0,
        metavar="S",
        help="in its place the plain mean of the weights over this share of the run's end; "
        "default: 0, none",
    )
    learning.add_argument(
        "--bfloat16",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="compute in 16 bits; default: where it is known to be faster",
    )
    learning.add_argument(
        "--seed",
        type=whole(0, 2**31 - 1),
        default=0,
        metavar="N",
        help="of crops, dropout and random weights: the same on one machine gives the same run",
    )
    learning.add_argument(
        "--device",
        default="auto",
        metavar="NAME",
        help="auto (the best there is), cpu, cuda:0, mps",
    )

    output = parser.add_argument_group("output")
    output.add_argument(
        "--out",
        type=text_path,
        metavar="FILE",
        help="the checkpoint; default: the data set's name with .safetensors, in this folder",
    )
    output.add_argument(
        "--title", default="", metavar="TEXT", help="in its card; default: network and data set"
    )
    output.add_argument(
        "--average",
        type=text_path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="checkpoints of the same network and start, whose weights are averaged with the "
        "run's in the end; default: none",
    )
    output.add_argument(
        "--fresh",
        action="store_true",
        help="begin anew where a run or checkpoint of the name is there",
    )
    output.add_argument(
        "--json", action="store_true", help="print the lines of the log, and the results, as JSON"
    )


def numbers(text: str) -> tuple[int, ...]:
    """Read ``0,255``."""
    if not re.fullmatch(r"[0-9]{1,5}(?:,[0-9]{1,5})*", text):
        raise argparse.ArgumentTypeError(f"{text!r} are no numbers; write them as 0,255")
    return tuple(map(int, text.split(",")))


def crop_size(text: str) -> tuple[int, int]:
    """Read ``384x288`` as height and width."""
    found = re.fullmatch(r"([0-9]{1,4})[xX×]([0-9]{1,4})", text)
    if not found or not all(16 <= int(side) <= 4096 for side in found.groups()):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no crop; write width and height as 384x288, 16 to 4096 pixels a side"
        )
    return int(found[2]), int(found[1])


def scale_range(text: str) -> tuple[float, float]:
    """Read ``0.5,2``."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, 0.0
    if not 0.1 <= low <= high <= 10:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no range of factors; write the smaller first, as 0.5,2 (0.1 to 10)"
        )
    return low, high
