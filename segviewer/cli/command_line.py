"""Command line: the window, and without one label, evaluate, tune, info, networks and others.

Nothing heavy is imported before it is known to be needed; for the window, the engine
process starts first, so that torch loads on another core while Qt draws.
"""

from __future__ import annotations

import argparse
import errno
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from segviewer.cli.arguments import meant, tones_of
from segviewer.cli.card_arguments import with_card
from segviewer.cli.display_check import check_display, check_libraries
from segviewer.cli.parsers import COMMANDS, command_parser
from segviewer.engine.worker.openmp import wait_without_spinning
from segviewer.errors import EngineError, SegviewerError, SettingsError
from segviewer.imaging.reading.file_names import check_name
from segviewer.interface.names import checkpoint_reference, image_reference
from segviewer.references import SESSION_SUFFIX, Reference
from segviewer.resource_files import resource_path

if TYPE_CHECKING:
    from segviewer.app.shell.own_state import OwnState
    from segviewer.imaging.datasets.pairing import Pairing
    from segviewer.session import Session

DEFAULT_IMAGE = "sample:leuven_street"
BROKEN_PIPE = 141  # as of a program that the signal ends


def main(argv: list[str] | None = None) -> int:
    """Run segviewer; returns the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    started = process_start()
    _write_everything()
    wait_without_spinning()
    # Before pydantic is loaded, which else looks through every installed package for plugins of
    # its own: of the windows' modules it is a tenth of the time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help", "--version"):
        command_parser("no command").parse_args(arguments)  # ends
    if first == "open":
        return _run_window(arguments[1:], started)
    if first in COMMANDS:
        return _run_command(arguments)
    command = meant(first, tuple(COMMANDS)) if first else ""
    if command:
        raise SettingsError(
            f"There is no command and no file “{first}”.",
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


def _run_command(arguments: list[str]) -> int:
    args = command_parser(arguments[0]).parse_args(arguments)
    if args.command == "guide":
        return _print_guide(args.page)
    if args.command == "desktop":
        from segviewer.cli import desktop

        return desktop.run(install=args.install)
    if args.command == "completion":
        from segviewer.cli import completion

        return completion.run(args.shell)

    from segviewer.batch import batch

    if args.command == "info":
        from segviewer.batch.information import information, information_text

        report = information()
        print(json.dumps(report, indent=2) if args.json else information_text(report))
        return 0
    if args.command == "networks":
        return _list_networks(as_json=args.json, markdown=args.markdown)
    if args.command == "benchmark" and args.what == "all":
        from segviewer.cli.benchmarks import program

        return program.run(
            quick=args.quick,
            rounds=args.rounds,
            sizes=args.sizes,
            as_json=args.json,
            against=args.against,
        )
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
    if args.command == "train":
        from segviewer.cli import train

        return train.run(args, checkpoint_reference)
    if args.command == "lessons":
        from segviewer.cli import lesson_list

        printed = (args.handout, args.language)
        return lesson_list.run(args.names, check=args.check, as_json=args.json, printed=printed)
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
            picture={"page": args.page and args.page - 1, "bands": args.bands},
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
            by=args.by,
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
        temperature=args.fit_temperature,
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


def _run_window(arguments: list[str], started: float) -> int:
    parser = command_parser("open")
    args = parser.parse_args(["open", *arguments])

    command = meant(args.image, tuple(COMMANDS)) if args.image else ""
    if command:
        parser.error(f"there is no file {args.image}; the command {command} stands first")
    if args.image:
        check_name(args.image)
        if args.session is None and Path(args.image).suffix.lower() == SESSION_SUFFIX:
            args.image, args.session = None, Path(args.image)
    said = None
    if args.card is not None:
        from segviewer.session import Session as Empty

        said = with_card(Empty(), args.card)
    check_display()

    from segviewer.app.shell.own_state import own_state

    # A run that was asked for one picture or figure leaves no trace on the person's own state.
    passing = any(given is not None for given in (args.screenshot, args.report, args.session))
    with own_state(passing=passing) as state:
        # What is imported stays for good, and looking through it takes a tenth of the start. The
        # window looks again once all its parts are there.
        gc.disable()
        try:
            return _open_window(args, started, state, said)
        finally:
            gc.enable()


def _open_window(
    args: argparse.Namespace, started: float, state: OwnState | None, said: Session | None
) -> int:
    from segviewer.app.shell.held_interrupt import HeldInterrupt
    from segviewer.engine.worker.engine_process import EngineProcess

    with HeldInterrupt() as held:
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

        return run_window(
            engine,
            image=image_reference(args.image) if args.image else DEFAULT_IMAGE,
            checkpoint=checkpoint_reference(args.checkpoint),
            session_file=args.session,
            screenshot=args.screenshot,
            report=args.report,
            size=args.size,
            theme=args.theme,
            started=started,
            state=state,
            said=said,
            held=held,
        )
