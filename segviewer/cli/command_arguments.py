"""The arguments of each command; what a command does stands in files of its own."""

from __future__ import annotations

import argparse

from segviewer.cli.arguments import band_numbers, number, text_path, whole, window_size
from segviewer.cli.card_arguments import add_card_argument, add_card_arguments
from segviewer.references import DEFAULT_CHECKPOINT

SHELLS = ("bash", "zsh", "tcsh")


def add_open(parser: argparse.ArgumentParser) -> None:
    """The window."""
    parser.add_argument(
        "image",
        nargs="?",
        metavar="IMAGE",
        help="photograph, folder, sample:NAME, or a saved session (*.segsession)",
    )
    parser.add_argument(
        "--checkpoint",
        type=lambda text: str(text_path(text)),
        default=DEFAULT_CHECKPOINT,
        metavar="NAME|FILE",
        help="bundled weights by name, a file or folder, or scores:PATH",
    )
    add_card_argument(parser)
    parser.add_argument(
        "--screenshot",
        type=text_path,
        metavar="FILE.png",
        help="write a picture of the window when the labels are there, and end",
    )
    parser.add_argument(
        "--report",
        type=text_path,
        metavar="FILE.json",
        help="write how long the start took and how much memory, and end",
    )
    parser.add_argument(
        "--size", type=window_size, metavar="WxH", help="size of the window, e.g. 1440x900"
    )
    parser.add_argument(
        "--theme",
        choices=["system", "dark", "light"],
        help="colours of the window, for this start; without it those of View, Theme",
    )
    parser.add_argument(
        "--session", type=text_path, metavar="FILE", help="a saved session or figure"
    )


def add_label(parser: argparse.ArgumentParser) -> None:
    """Label maps of pictures."""
    parser.add_argument(
        "images",
        nargs="+",
        metavar="PATH",
        help="picture, folder, data set, pattern such as 'shots/**/*.jpg', or sample:NAME",
    )
    from segviewer.export.exporting import ON_EXISTING, PRECISIONS

    parser.add_argument(
        "--save",
        default="index,overlay",
        metavar="LIST",
        help="of index, overlay, probabilities and unrefined (NPZ, after and before the CRF), "
        "entropy, margin (PNG), script (the CRF by pydensecrf, with PROBS.npy beside)",
    )
    parser.add_argument(
        "--precision",
        type=int,
        choices=PRECISIONS,
        default=16,
        help="bits of a probability that is saved",
    )
    parser.add_argument(
        "--name-template",
        default="{stem}",
        metavar="TEXT",
        help="name without ending, of {stem}, {folder}, {network}, {number}",
    )
    parser.add_argument(
        "--on-existing",
        choices=ON_EXISTING,
        default="number",
        help="where a file of the name is there: number behind the name, skip the picture (to "
        "go on with a run that was stopped), overwrite",
    )
    parser.add_argument(
        "--out", type=text_path, required=True, metavar="DIR", help="folder for what is written"
    )
    parser.add_argument(
        "--page", type=whole(1), metavar="N", help="page, slice or frame of each file"
    )
    parser.add_argument(
        "--bands",
        type=band_numbers,
        default=(),
        metavar="R,G,B",
        help="of many bands: three for red, green and blue, or one for grey",
    )
    parser.add_argument(
        "--tone",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what is black and white: window=LOW,HIGH, stretch, cut, brightness, contrast, gamma, "
        "network='as stored'",
    )
    parser.add_argument(
        "--allow-large", action="store_true", help="open pictures above 50 megapixels, too"
    )
    _add_run(parser)


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """A network against target masks."""
    parser.add_argument(
        "dataset",
        nargs="?",
        type=text_path,
        metavar="DATASET",
        help="folder with pictures and masks, in any usual arrangement, or a list of pairs (CSV)",
    )
    parser.add_argument("--images", type=text_path, metavar="DIR", help="pictures, by hand")
    parser.add_argument("--targets", type=text_path, metavar="DIR", help="their masks")
    parser.add_argument("--csv", type=text_path, metavar="FILE", help="results of each picture")
    parser.add_argument(
        "--html",
        type=text_path,
        metavar="FILE",
        help="a report to be looked at: the worst pictures with their errors, confusions, "
        "classes, calibration; one file, no network",
    )
    parser.add_argument(
        "--overlays",
        type=text_path,
        metavar="DIR",
        help="each picture with its errors and a legend, as PNG, numbered worst first",
    )
    parser.add_argument(
        "--pictures",
        type=whole(0),
        default=0,
        metavar="N",
        help="measure at most N, spread evenly; 0: all",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="measure again what was measured before with the same weights, settings and files",
    )
    parser.add_argument(
        "--per-picture", action="store_true", help="say the results of each picture, worst first"
    )
    parser.add_argument(
        "--fit-temperature",
        action="store_true",
        help="fit the temperature of the network's softmax to these pictures, which it should not "
        "have been trained on, and say the calibration error with and without it",
    )
    _add_masks(parser)
    _add_run(parser)


def add_tune(parser: argparse.ArgumentParser) -> None:
    """The CRF's numbers, on pictures with masks."""
    parser.add_argument(
        "folder", type=text_path, metavar="FOLDER", help="pictures and masks, as for evaluate"
    )
    parser.add_argument(
        "--targets", type=text_path, metavar="DIR", help="masks of FOLDER's pictures"
    )
    parser.add_argument(
        "--trials", type=whole(1), default=40, metavar="N", help="settings that are tried"
    )
    parser.add_argument(
        "--frames", type=whole(0), default=16, metavar="N", help="pictures at most; 0: all"
    )
    parser.add_argument(
        "--by",
        default="miou",
        metavar="MEASURE",
        help="what is made large: miou, boundary (IoU along the outlines), or one class by its "
        "name or number",
    )
    parser.add_argument(
        "--seed",
        type=whole(0, 2**32 - 1),
        default=0,
        metavar="N",
        help="of the search and its halves",
    )
    parser.add_argument(
        "--storage",
        type=text_path,
        metavar="FILE",
        help="keep every trial in it: a search that was stopped goes on, and several that name "
        "one file work on one study",
    )
    parser.add_argument("--save", default="", metavar="NAME", help="keep the best as a preset")
    _add_masks(parser)
    _add_run(parser)


def add_card(parser: argparse.ArgumentParser) -> None:
    """What is said of a checkpoint."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="as --checkpoint of label")
    add_card_arguments(parser)
    _add_trust(parser)
    add_json(parser)


def add_networks(parser: argparse.ArgumentParser) -> None:
    """Every network."""
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    add_json(parser)


def add_receptive_field(parser: argparse.ArgumentParser) -> None:
    """What the units of each layer see."""
    parser.add_argument("network", metavar="NETWORK", help="as in segviewer networks")
    parser.add_argument("--preset", default="", metavar="FORM", help="one of its forms")
    parser.add_argument(
        "--layer", action="append", metavar="NAME", help="only this layer or 'pattern.*'; repeats"
    )
    parser.add_argument(
        "--height", type=whole(1, 65_536), default=513, metavar="PX", help="of the picture, pixels"
    )
    parser.add_argument(
        "--width", type=whole(1, 65_536), default=513, metavar="PX", help="of the picture, pixels"
    )
    add_json(parser)


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """How fast the program is, or its CRF alone."""
    parser.add_argument(
        "what", choices=["all", "crf"], help="what is measured: the whole program, or its CRF"
    )
    parser.add_argument("--quick", action="store_true", help="fewer pictures and rounds")
    parser.add_argument(
        "--rounds", type=whole(1), default=5, metavar="N", help="measurements of each, in turns"
    )
    parser.add_argument(
        "--sizes",
        type=number(0.001, 200),
        nargs="+",
        metavar="MP",
        help="sizes in megapixels (default: all 0.2 1 12 24 100, crf 0.2 1 3 12)",
    )
    parser.add_argument(
        "--threads",
        type=whole(1, 1024),
        nargs="+",
        metavar="N",
        help="numbers of threads for crf (default: 1 and all)",
    )
    parser.add_argument(
        "--against",
        type=text_path,
        metavar="FILE.json",
        help="what an earlier 'benchmark all --json' has printed, to compare with",
    )
    add_json(parser)


def add_lessons(parser: argparse.ArgumentParser) -> None:
    """The lessons."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="a lesson, or its file")
    parser.add_argument("--check", action="store_true", help="run every step and measure")
    parser.add_argument("--handout", type=text_path, metavar="FILE.pdf", help="write one as PDF")
    parser.add_argument("--language", default="en", metavar="CODE", help="of the handout, as de")
    add_json(parser)


def add_guide(parser: argparse.ArgumentParser) -> None:
    """The guide."""
    parser.add_argument("page", nargs="?", default="", metavar="PAGE", help="as in the list")


def add_desktop(parser: argparse.ArgumentParser) -> None:
    """The entry in the desktop's menu."""
    doing = parser.add_mutually_exclusive_group(required=True)
    doing.add_argument("--install", action="store_true", help="write menu entry, icons, file types")
    doing.add_argument("--remove", action="store_true", help="take them away again")


def add_completion(parser: argparse.ArgumentParser) -> None:
    """Words that a shell completes."""
    parser.add_argument("shell", choices=SHELLS, help="for which shell the script is printed")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Figures as JSON."""
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def _add_masks(parser: argparse.ArgumentParser) -> None:
    """How masks are found and understood."""
    parser.add_argument(
        "--split", default="", metavar="NAME|FILE", help="val, or a list of file names"
    )
    parser.add_argument(
        "--mapping",
        default="",
        metavar="NAME",
        help="what the masks' numbers mean, where it is not what it seems: 'as stored', "
        "'counted from 1', 'cityscapes ids', foreground, 'even steps', 'in order', "
        "table:FILE.csv",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    """How a network is run."""
    parser.add_argument(
        "--checkpoint",
        type=lambda text: str(text_path(text)),
        default=DEFAULT_CHECKPOINT,
        metavar="NAME|FILE",
        help="bundled weights by name, a file or folder, or scores:PATH",
    )
    parser.add_argument(
        "--crf",
        metavar="PRESET|VALUES",
        help="refine with a CRF: a preset, or values such as theta1=4,sigma_alpha=67 "
        "(also sigma_beta, theta2, sigma_gamma, iterations), or both: deeplab-v2,theta1=5",
    )
    parser.add_argument(
        "--architecture",
        default="",
        metavar="NAME",
        help="what the checkpoint is meant to be, where its keys are those of several",
    )
    parser.add_argument(
        "--part",
        default="",
        metavar="NAME",
        help="which network is meant of a checkpoint that holds several, e.g. teacher; "
        "--json lists them",
    )
    add_card_argument(parser)
    parser.add_argument(
        "--long-side",
        type=whole(0, 8192),
        default=0,
        metavar="PX",
        help="of the picture that the network sees, pixels; 0: as trained",
    )
    parser.add_argument(
        "--threshold",
        type=number(0, 1),
        default=0.5,
        metavar="P",
        help="probability from which a network with one class says foreground",
    )
    parser.add_argument(
        "--multi-scale", action="store_true", help="average over scales 0.75, 1 and 1.25"
    )
    parser.add_argument("--flip", action="store_true", help="average with the mirrored picture")
    parser.add_argument(
        "--device",
        default="auto",
        metavar="NAME",
        help="auto, cpu, cuda:0, mps; segviewer info lists those of this machine",
    )
    parser.add_argument("--half", action="store_true", help="half precision, on CUDA")
    parser.add_argument(
        "--channels-last", action="store_true", help="weights in that order, on CUDA"
    )
    parser.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="work on a Dask cluster: tcp://HOST:PORT of its scheduler, whose workers see the "
        "pictures under the same paths, or local:N for N processes here",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="network geometry, e.g. --set output_stride=8 --set atrous_rates=12,24,36",
    )
    _add_trust(parser)
    add_json(parser)


def _add_trust(parser: argparse.ArgumentParser) -> None:
    """Code in a checkpoint."""
    parser.add_argument(
        "--trust",
        action="store_true",
        help="run the program in a TorchScript or torch.export checkpoint: code of whoever "
        "wrote it, with all your rights",
    )
