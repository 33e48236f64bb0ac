"""What the command line takes: one parser for all commands, and one for the window.

In one file because every command is named with its arguments here, so that they read alike in the
help; what a command does stands in files of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from segviewer import __version__
from segviewer.cli.arguments import band_numbers, number, text_path, whole, window_size
from segviewer.cli.card_arguments import add_card_argument, add_card_arguments

DEFAULT_CHECKPOINT = "bundled:deeplab_v3_efficientnet_lite0_camvid"
COMMANDS = (
    "label",
    "evaluate",
    "tune",
    "info",
    "card",
    "networks",
    "receptive-field",
    "benchmark",
    "lessons",
    "guide",
)


def command_parser() -> argparse.ArgumentParser:
    """The one parser of everything that opens no window."""
    parser = argparse.ArgumentParser(prog="segviewer")
    commands = parser.add_subparsers(dest="command", required=True)

    label = commands.add_parser(
        "label",
        help="write label maps of pictures",
        epilog="The exit code is the number of pictures that failed, at most 100.",
    )
    label.add_argument(
        "images",
        nargs="+",
        metavar="PATH",
        help="picture, folder, data set, pattern such as 'shots/**/*.jpg', or sample:NAME",
    )
    from segviewer.export.exporting import ON_EXISTING, PRECISIONS

    label.add_argument(
        "--save",
        default="index,overlay",
        metavar="LIST",
        help="of index, overlay, probabilities and unrefined (NPZ, after and before the CRF), "
        "entropy, margin (PNG), script (the CRF by pydensecrf, with PROBS.npy beside)",
    )
    label.add_argument(
        "--precision",
        type=int,
        choices=PRECISIONS,
        default=16,
        help="bits of a probability that is saved",
    )
    label.add_argument(
        "--name-template",
        default="{stem}",
        metavar="TEXT",
        help="name without ending, of {stem}, {folder}, {network}, {number}",
    )
    label.add_argument(
        "--on-existing",
        choices=ON_EXISTING,
        default="number",
        help="where a file of the name is there: number behind the name, skip the picture (to "
        "go on with a run that was stopped), overwrite",
    )
    label.add_argument("--out", type=text_path, required=True, metavar="DIR")
    label.add_argument(
        "--page", type=whole(1), default=1, metavar="N", help="page or slice of each file"
    )
    label.add_argument(
        "--bands",
        type=band_numbers,
        default=(),
        metavar="R,G,B",
        help="of many bands: three for red, green and blue, or one for grey",
    )
    label.add_argument(
        "--tone",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what is black and white: window=LOW,HIGH, stretch, cut, brightness, contrast, gamma, "
        "network='as stored'",
    )
    label.add_argument(
        "--allow-large", action="store_true", help="open pictures above 50 megapixels, too"
    )

    evaluate = commands.add_parser("evaluate", help="measure mIoU against target masks")
    evaluate.add_argument(
        "dataset",
        nargs="?",
        type=text_path,
        metavar="DATASET",
        help="folder with pictures and masks, in any usual arrangement",
    )
    evaluate.add_argument("--images", type=text_path, metavar="DIR", help="pictures, by hand")
    evaluate.add_argument("--targets", type=text_path, metavar="DIR", help="their masks")
    evaluate.add_argument("--csv", type=text_path, metavar="FILE", help="figures of each picture")
    evaluate.add_argument(
        "--html",
        type=text_path,
        metavar="FILE",
        help="a report to be looked at: the worst pictures with their errors, confusions, "
        "classes, calibration; one file, no network",
    )
    evaluate.add_argument(
        "--overlays",
        type=text_path,
        metavar="DIR",
        help="each picture with its errors and a legend, as PNG, numbered worst first",
    )
    evaluate.add_argument(
        "--pictures",
        type=whole(0),
        default=0,
        metavar="N",
        help="measure at most N, spread evenly; 0: all",
    )
    evaluate.add_argument(
        "--fresh",
        action="store_true",
        help="measure again what was measured before with the same weights, settings and files",
    )
    evaluate.add_argument(
        "--per-picture", action="store_true", help="say the figures of each picture, worst first"
    )

    tune = commands.add_parser("tune", help="search the CRF's numbers on pictures with masks")
    tune.add_argument(
        "folder", type=text_path, metavar="FOLDER", help="pictures and masks, as for evaluate"
    )
    tune.add_argument("--targets", type=text_path, metavar="DIR", help="masks of FOLDER's pictures")
    tune.add_argument("--trials", type=whole(1), default=40, metavar="N")
    tune.add_argument("--frames", type=whole(0), default=16, metavar="N", help="at most; 0: all")
    tune.add_argument("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N")
    tune.add_argument(
        "--storage",
        type=text_path,
        metavar="FILE",
        help="keep every trial in it: a search that was stopped goes on, and several that name "
        "one file work on one study",
    )
    tune.add_argument("--save", default="", metavar="NAME", help="keep the best as a preset")

    card = commands.add_parser(
        "card", help="what is said of a checkpoint: names, colours, preprocessing; write it"
    )
    card.add_argument("checkpoint", metavar="CHECKPOINT", help="as --checkpoint of label")
    add_card_arguments(card)

    info = commands.add_parser("info", help="versions, devices, bundled weights")

    networks = commands.add_parser("networks", help="every network and what of it is live")
    networks.add_argument("--markdown", action="store_true", help="print a Markdown table")

    fields = commands.add_parser("receptive-field", help="what the units of each layer see")
    fields.add_argument("network", metavar="NETWORK", help="as in segviewer networks")
    fields.add_argument("--preset", default="", metavar="FORM", help="one of its forms")
    fields.add_argument(
        "--layer", action="append", metavar="NAME", help="only this layer or 'pattern.*'; repeats"
    )
    fields.add_argument("--height", type=whole(1, 65_536), default=513, metavar="PX")
    fields.add_argument("--width", type=whole(1, 65_536), default=513, metavar="PX")

    benchmark = commands.add_parser("benchmark", help="how fast the CRF is on this machine")
    benchmark.add_argument("what", choices=["crf"])
    benchmark.add_argument("--quick", action="store_true", help="small pictures, one round")
    benchmark.add_argument("--rounds", type=whole(1), default=5, metavar="N")
    benchmark.add_argument(
        "--sizes", type=number(0.001, 200), nargs="+", metavar="MP", help="0.2 1 3 12"
    )
    benchmark.add_argument(
        "--threads", type=whole(1, 1024), nargs="+", metavar="N", help="1 and all"
    )

    lessons = commands.add_parser("lessons", help="list the lessons, or check what they say")
    lessons.add_argument("names", nargs="*", metavar="NAME", help="a lesson, or its file")
    lessons.add_argument("--check", action="store_true", help="run every step and measure")
    lessons.add_argument(
        "--handout", type=Path, metavar="FILE.pdf", help="write one lesson to be printed"
    )

    guide = commands.add_parser("guide", help="list the pages of the guide, or print one")
    guide.add_argument("page", nargs="?", default="", metavar="PAGE", help="as in the list")

    for command in (evaluate, tune):
        command.add_argument(
            "--split", default="", metavar="NAME|FILE", help="val, or a list of file names"
        )
        command.add_argument(
            "--mapping",
            default="",
            metavar="NAME",
            help="what the masks' numbers mean, where it is not what it seems: 'as stored', "
            "'counted from 1', 'cityscapes ids', foreground, 'in order', table:FILE.csv",
        )
    for command in (label, evaluate, tune):
        command.add_argument(
            "--checkpoint",
            type=lambda text: str(text_path(text)),
            default=DEFAULT_CHECKPOINT,
            metavar="NAME|FILE",
        )
        command.add_argument(
            "--crf",
            metavar="PRESET|VALUES",
            help="refine with a CRF: a preset, or values such as theta1=4,sigma_alpha=67 "
            "(also sigma_beta, theta2, sigma_gamma, iterations), or both: deeplab-v2,theta1=5",
        )
        command.add_argument(
            "--architecture",
            default="",
            metavar="NAME",
            help="what the checkpoint is meant to be, where its keys are those of several",
        )
        command.add_argument(
            "--part",
            default="",
            metavar="NAME",
            help="which network is meant of a checkpoint that holds several, e.g. teacher; "
            "--json lists them",
        )
        add_card_argument(command)
        command.add_argument("--long-side", type=whole(0, 8192), default=0, metavar="PX")
        command.add_argument(
            "--threshold",
            type=number(0, 1),
            default=0.5,
            metavar="P",
            help="probability from which a network with one class says foreground",
        )
        command.add_argument("--multi-scale", action="store_true")
        command.add_argument("--flip", action="store_true")
        command.add_argument("--device", default="auto")
        command.add_argument("--half", action="store_true", help="half precision, on CUDA")
        command.add_argument(
            "--channels-last", action="store_true", help="weights in that order, on CUDA"
        )
        command.add_argument(
            "--dask",
            default="",
            metavar="ADDRESS",
            help="work on a Dask cluster: tcp://HOST:PORT of its scheduler, whose workers see the "
            "pictures under the same paths, or local:N for N processes here",
        )
        command.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="network geometry, e.g. --set output_stride=8 --set atrous_rates=12,24,36",
        )
    for command in (label, evaluate, tune, card):
        command.add_argument(
            "--trust",
            action="store_true",
            help="run the program in a TorchScript or torch.export checkpoint: code of whoever "
            "wrote it, with all your rights",
        )
    for command in (label, evaluate, tune, info, card, networks, fields, benchmark, lessons):
        command.add_argument("--json", action="store_true", help="print figures as JSON")
    return parser


def window_parser() -> argparse.ArgumentParser:
    """The parser of the window."""
    parser = argparse.ArgumentParser(
        prog="segviewer",
        description="An interactive explorer for semantic segmentation.",
        epilog="Without a window: segviewer label | evaluate | tune | info | card | networks | "
        "receptive-field | benchmark | lessons | guide (each with --help).",
    )
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="photograph or folder")
    parser.add_argument(
        "--checkpoint",
        type=lambda text: str(text_path(text)),
        default=DEFAULT_CHECKPOINT,
        metavar="NAME|FILE",
    )
    add_card_argument(parser)
    parser.add_argument("--screenshot", type=text_path, metavar="FILE.png")
    parser.add_argument("--report", type=text_path, metavar="FILE.json")
    parser.add_argument(
        "--size", type=window_size, metavar="WxH", help="size of the window, e.g. 1440x900"
    )
    parser.add_argument("--theme", choices=["system", "dark", "light"], default="system")
    parser.add_argument(
        "--session", type=text_path, metavar="FILE", help="a saved session or figure"
    )
    parser.add_argument("--version", action="version", version=f"segviewer {__version__}")
    return parser
