"""Command line: the window, and without one label, evaluate, tune, info, networks and others.

Nothing heavy is imported before it is known to be needed; for the window, the engine
process starts first, so that torch loads on another core while Qt draws.

In one file because the one parser names every command with its arguments, so that they read
alike in the help; what a command does stands in files of its own.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from segviewer import __version__
from segviewer.cli.arguments import (
    band_numbers,
    meant,
    number,
    text_path,
    tones_of,
    whole,
    window_size,
)
from segviewer.cli.card_arguments import add_card_argument, add_card_arguments, with_card
from segviewer.cli.display_check import check_display, check_libraries
from segviewer.errors import EngineError, SegviewerError, SettingsError
from segviewer.imaging.reading.file_names import check_name
from segviewer.references import Reference
from segviewer.resource_files import resource_path

if TYPE_CHECKING:
    from segviewer.app.shell.own_state import OwnState
    from segviewer.imaging.datasets.pairing import Pairing
    from segviewer.session import Session

DEFAULT_CHECKPOINT = "bundled:deeplab_v3_efficientnet_lite0_camvid"
DEFAULT_IMAGE = "sample:leuven_street"
BROKEN_PIPE = 141  # as of a program that the signal ends
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


def main(argv: list[str] | None = None) -> int:
    """Run segviewer; returns the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    started = process_start()
    _write_everything()
    try:
        try:
            return _run(arguments, started)
        finally:
            _flush()
    except SegviewerError as error:
        print(f"segviewer: {error.what}\n  {error.why}\n  {error.next_step}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("segviewer: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output, such as head, has seen enough.
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:
            _drop_output()
            print("segviewer: The output cannot be written: the disk is full.", file=sys.stderr)
            return 1
        if not _is_resource(error.filename):
            raise
        print(
            f"segviewer: A file of segviewer itself is missing: {error.filename}.\n"
            f"  The system says: {error.strerror}.\n  Install the program again.",
            file=sys.stderr,
        )
        return 1


def _run(arguments: list[str], started: float) -> int:
    try:
        os.getcwd()
    except OSError:
        raise SettingsError(
            "The folder you are in is gone.",
            "It was deleted or moved since you entered it.",
            "Change to another folder (cd) and try again.",
        ) from None
    if not resource_path().is_dir():
        raise SettingsError(
            "segviewer's own files are missing.",
            f"There is no folder {resource_path()}.",
            "Install the program again.",
        )
    if arguments and arguments[0] in COMMANDS:
        return _run_command(arguments)
    command = meant(arguments[0], COMMANDS) if arguments else ""
    if command:
        raise SettingsError(
            f"There is no command and no file “{arguments[0]}”.",
            f"Did you mean {command}?",
            f"segviewer {command} --help says how it is used.",
        )
    return _run_window(arguments, started)


def _write_everything() -> None:
    """Let output never fail on a letter that the terminal does not have (locale C, a bad name)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def _drop_output() -> None:
    """Let what is still to be written vanish; Python would try once more on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_resource(file: object) -> bool:
    return isinstance(file, str | os.PathLike) and Path(file).is_relative_to(resource_path())


def process_start() -> float:
    """When this process was started, on the clock of :func:`time.time`.

    By hand: psutil counts from the second in which the machine was started, and is up to a whole
    second off.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/uptime") as file:
            uptime = float(file.read().split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.time()  # not Linux: Python's own start, about 20 ms, is missed


def checkpoint_reference(text: str) -> str:
    """Turn NAME or FILE of the command line into a session's checkpoint reference."""
    named = Reference.checkpoint(text)
    if named.untrained:
        plain = checkpoint_reference(str(named.trained()))
        return str(Reference.checkpoint(plain).without_training())
    if named.kind != "file":
        return text
    from segviewer.imaging.reading.routing import SCORES_SUFFIXES

    path = Path(named.name)
    if named.scores or path.suffix.lower() in SCORES_SUFFIXES:
        return str(Reference("file", os.path.realpath(path), scores=True))
    # os.path answers no, not with an error, to a path that is too long to be one.
    if os.path.exists(path) or path.suffix or path.parent != Path("."):
        return os.path.realpath(path)  # unlike Path.resolve, of links in a circle too
    return str(Reference("bundled", text))


def image_reference(text: str) -> str:
    """Turn an IMAGE of the command line into a session's image reference.

    A link keeps its own name: what is labelled is called what the person called it.
    """
    if Reference.picture(text).kind == "sample":
        return text
    path = Path(text)
    try:
        return str(
            path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        )
    except (OSError, RuntimeError, ValueError):
        return str(path.absolute())  # opening it says what is wrong


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


def _run_command(arguments: list[str]) -> int:
    args = command_parser().parse_args(arguments)
    if args.command == "guide":
        return _print_guide(args.page)

    from segviewer.batch import batch

    if args.command == "info":
        from segviewer.batch.information import information, information_text

        report = information()
        print(json.dumps(report, indent=2) if args.json else information_text(report))
        return 0
    if args.command == "networks":
        return _list_networks(as_json=args.json, markdown=args.markdown)
    if args.command == "benchmark":
        from segviewer.cli import crf_benchmark

        return crf_benchmark.run(
            quick=args.quick,
            rounds=args.rounds,
            sizes=args.sizes,
            threads=args.threads,
            as_json=args.json,
        )
    if args.command == "card":
        from segviewer.cli import model_card

        if args.trust:
            _trust(checkpoint_reference(args.checkpoint))
        return model_card.run(checkpoint_reference(args.checkpoint), args)
    if args.command == "lessons":
        from segviewer.cli import lesson_list

        return lesson_list.run(args.names, check=args.check, as_json=args.json)
    if args.command == "receptive-field":
        return _list_receptive_fields(args)
    if args.trust:
        _trust(checkpoint_reference(args.checkpoint))
    session = batch.session_of(
        checkpoint_reference(args.checkpoint),
        args.crf,
        args.long_side,
        args.multi_scale,
        args.flip,
        args.device,
        args.set,
        args.threshold,
    )
    session = session.changed(architecture=args.architecture, part=args.part)
    session = with_card(session, args.card)
    inference = session.inference.changed(half=args.half, channels_last=args.channels_last)
    session = session.changed(inference=inference)
    if args.command in ("evaluate", "tune"):
        session = session.changed(target_mapping=args.mapping)
    if args.command == "label":
        session = session.changed(
            allow_large=args.allow_large,
            picture={"page": args.page - 1, "bands": args.bands},
            tones=tones_of(args.tone),
        )
        from segviewer.batch.inputs import pictures_of
        from segviewer.export.exporting import Writing

        save, bits = tuple(args.save.split(",")), args.precision
        writing = Writing(save, args.name_template, args.on_existing, bits)
        images = [image_reference(text) for text in pictures_of(args.images)]
        return batch.label(
            session, images, args.out, as_json=args.json, writing=writing, cluster=args.dask
        )
    if args.command == "tune":
        from segviewer.batch import tune as tuning

        return tuning.run(
            session,
            _pairs(args.folder, args.targets, args.split),
            num_trials=args.trials,
            most=args.frames,
            seed=args.seed,
            title=args.save,
            as_json_text=args.json,
            cluster=args.dask,
            storage=args.storage,
        )
    from segviewer.batch import evaluate as evaluation

    return evaluation.run(
        session,
        _pairs(args.dataset or args.images, args.targets, args.split),
        as_json=args.json,
        per_picture=args.per_picture,
        csv_file=args.csv,
        html_file=args.html,
        overlays=args.overlays,
        most=args.pictures,
        fresh=args.fresh,
        cluster=args.dask,
    )


def _trust(checkpoint: str) -> None:
    """Let the program in a checkpoint run, in this process and for this file as it is."""
    from segviewer.checkpoints.published.catalogue import resolve_reference
    from segviewer.checkpoints.reading.folder import weights_in
    from segviewer.checkpoints.whole_models.trust import agree_to_file

    named = Reference.checkpoint(checkpoint).trained()
    if named.kind == "file":
        agree_to_file(weights_in(resolve_reference(str(named))))


def _pairs(images: Path | None, targets: Path | None, split: str) -> Pairing:
    from segviewer.imaging.datasets.pairing import dataset_of, pairing_of

    if images is None:
        raise SettingsError(
            "No pictures were named.",
            "There is neither a data set's folder nor --images.",
            "Write segviewer evaluate FOLDER, or --images DIR --targets DIR.",
        )
    return dataset_of(images, split) if targets is None else pairing_of(images, targets, split)


def _print_guide(name: str) -> int:
    from segviewer.widgets.help.guide_pages import page_named, read_guide

    if name:
        print(page_named(name).text, end="")
        return 0
    for page in read_guide():
        print(f"{page.name:30} {page.title}")
    return 0


def _list_networks(*, as_json: bool, markdown: bool) -> int:
    from segviewer.cli import network_list

    rows = network_list.network_rows()
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(network_list.as_markdown(rows) if markdown else network_list.as_text(rows))
    return 0


def _list_receptive_fields(args: argparse.Namespace) -> int:
    from segviewer.cli import receptive_field_list

    form, rows = receptive_field_list.receptive_field_rows(
        args.network, args.preset, args.layer, args.height, args.width
    )
    if args.json:
        report = {"network": form, "height": args.height, "width": args.width, "layers": rows}
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(receptive_field_list.as_text(form, rows))
    return 0


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


def _run_window(arguments: list[str], started: float) -> int:
    parser = window_parser()
    args = parser.parse_args(arguments)

    command = meant(args.image, COMMANDS) if args.image else ""
    if command:
        parser.error(f"there is no file {args.image}; the command {command} stands first")
    if args.image:
        check_name(args.image)
    said = None
    if args.card is not None:
        from segviewer.session import Session as Empty

        said = with_card(Empty(), args.card)
    check_display()

    from segviewer.app.shell.own_state import own_state

    # A run that was asked for one picture or figure leaves no trace on the person's own state.
    passing = any(given is not None for given in (args.screenshot, args.report, args.session))
    with own_state(passing=passing) as state:
        return _open_window(args, started, state, said)


def _open_window(
    args: argparse.Namespace, started: float, state: OwnState | None, said: Session | None
) -> int:
    from segviewer.engine.worker.engine_process import EngineProcess

    engine = EngineProcess()
    try:
        check_libraries()
        from segviewer.app.shell.window import run_window
    except SegviewerError:
        engine.stop()
        raise
    except ImportError as error:
        engine.stop()
        raise EngineError(
            "Qt cannot be loaded.",
            f"The system says: {error}.",
            "Install what is missing (on Debian: libegl1, libgl1, libxkbcommon0), or use the "
            "commands without a window.",
        ) from error

    image = image_reference(args.image) if args.image else DEFAULT_IMAGE
    return run_window(
        engine,
        image=image,
        checkpoint=checkpoint_reference(args.checkpoint),
        session_file=args.session,
        screenshot=args.screenshot,
        report=args.report,
        size=args.size,
        theme=args.theme,
        started=started,
        state=state,
        said=said,
    )
