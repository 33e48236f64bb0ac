"""``segviewer train``: a data set becomes a checkpoint, watched and stopped at will."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

STOPPED = 130  # as of a program that Ctrl+C ends


def run(args: argparse.Namespace, reference_of: Callable[[str], str]) -> int:
    """Train as the command line says; the exit code is 0 at the end and 130 after Ctrl+C.

    Parameters
    ----------
    args : Namespace
    reference_of : callable
        Turns what is no network's name into the reference of a checkpoint.

    Raises
    ------
    SegviewerError
    """
    from segviewer.networks import NETWORKS
    from segviewer.training.begun import check_output
    from segviewer.training.data_set import Wanted, read_data_set
    from segviewer.training.run import Run
    from segviewer.training.run_options import RunOptions

    name = args.dataset.resolve().name or "trained"
    known = args.network.partition(":")[0] in NETWORKS
    options = RunOptions(
        network=args.network if known else reference_of(args.network),
        out=args.out or Path(f"{name}.safetensors"),
        settings=tuple(args.set),
        minutes=args.minutes,
        by_clock=args.by_clock,
        iterations=args.iterations or 0,
        batch=args.batch or 0,
        crop=args.crop,
        scale=args.scale,
        texture=args.texture,
        blur=args.blur,
        colour=args.colour,
        balanced=args.balanced,
        paste=args.paste,
        rate=args.rate,
        backbone_rate=args.backbone_rate,
        weight_decay=args.weight_decay,
        auxiliary_weight=args.auxiliary_weight,
        jaccard_weight=args.jaccard_weight,
        lovasz_weight=args.lovasz_weight,
        hard_share=args.hard_share,
        average_decay=args.average_decay,
        average_last=args.average_last,
        bfloat16=args.bfloat16,
        seed=args.seed,
        device=args.device,
        every=args.every or 0,
        keep_seconds=args.keep_every,
        average=tuple(args.average),
        title=args.title,
        fresh=args.fresh,
    )
    wanted = Wanted(
        targets=args.targets,
        train=args.train,
        val=args.val,
        share=args.val_share,
        label_set=args.label_set,
        mapping=args.mapping,
        void=args.void,
        class_file=args.classes,
        long_side=args.long_side or 0,
    )
    check_output(options.out, fresh=options.fresh)
    with _bar(args.json, "mask") as bar:
        data = read_data_set(args.dataset, wanted, progressed=bar.reached)
    perhaps = data.classes.perhaps
    if perhaps and not args.json and _agreed(perhaps):
        data = read_data_set(args.dataset, replace(wanted, label_set=perhaps))
    reporter = _Lines() if args.json else _Console()
    for sentence in data.said:
        reporter.say(sentence)
    with _stopping_by_signal(reporter.say) as stopping:
        done = Run(data, options, reporter, stopping)
        try:
            outcome = done.train()
        finally:
            reporter.close()
    if outcome.card is None:
        reporter.say(
            f"Stopped at iteration {outcome.iteration:,} of {outcome.total:,}; the same command "
            "goes on from there."
        )
        return STOPPED
    report = _report(outcome.card, options.out)
    print(json.dumps(report, ensure_ascii=False) if args.json else _text(report))
    return 0


def _agreed(name: str) -> bool:
    """Whether the person at the terminal says that the masks are those of a label set."""
    from segviewer.imaging.labels import label_set
    from segviewer.training.mask_classes import void_numbers_of

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False  # nobody to ask; the hint is among what is said
    question = f"Are the masks those of {label_set(name).title}, where {void_numbers_of(name)} is"
    print(f"segviewer: {question} void? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _report(card: Any, out: Path) -> dict[str, Any]:
    return {
        "checkpoint": str(out),
        "title": card.title,
        "iterations": card.iterations,
        "val": card.results["val"],
        "temperature": card.temperature,
    }


def _text(report: Mapping[str, Any]) -> str:
    val = report["val"]
    width = max(map(len, (*val["iou"], "accuracy")))
    lines = [f"{n:<{width}}  {'–' if v is None else f'{v:.3f}'}" for n, v in val["iou"].items()]
    for title, key in (("mIoU", "miou"), ("accuracy", "pixel_accuracy")):
        value = val[key]
        lines.append(f"{title:<{width}}  {'–' if value is None else f'{value:.3f}'}")
    if report["temperature"] is not None:
        lines.append(
            f"temperature {report['temperature']:.2f}: expected calibration error "
            f"{val['calibration_error']:.3f}, with it {val['calibration_error_at_temperature']:.3f}"
        )
    lines.append(f"Written to {report['checkpoint']}: segviewer --checkpoint opens it.")
    return "\n".join(lines)


class _Console:
    """Sentences and a bar with what is left, on stderr."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._miou = ""

    def say(self, sentence: str) -> None:
        tqdm.write(f"segviewer: {sentence}", file=sys.stderr)

    def stepped(self, iteration: int, total: int, loss: float, left: float) -> None:
        from segviewer.training.pace import clock

        if self._bar is None:
            form = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
            self._bar = tqdm(total=total, initial=iteration - 1, desc="train", bar_format=form)
        self._bar.set_postfix_str(f"loss {loss:.3f}{self._miou}, {clock(left)} left", refresh=False)
        self._bar.update(iteration - self._bar.n)

    def noted(self, line: Mapping[str, Any]) -> None:
        if line.get("miou") is not None:
            self._miou = f", val mIoU {line['miou']:.3f}"
            self.say(
                f"iteration {line['iteration']:,}: val mIoU {line['miou']:.3f}, accuracy "
                f"{line['pixel_accuracy']:.3f} ({line['pictures']} pictures)"
            )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Lines:
    """JSON lines on stdout, as in the log, and what is said."""

    def say(self, sentence: str) -> None:
        self._print({"said": sentence})

    def stepped(self, iteration: int, total: int, loss: float, left: float) -> None:
        pass  # the log's lines say it

    def noted(self, line: Mapping[str, Any]) -> None:
        self._print(line)

    def close(self) -> None:
        pass

    def _print(self, line: Mapping[str, Any]) -> None:
        print(json.dumps(line, ensure_ascii=False), flush=True)


class _Bar:
    """A bar that appears with the first step of many."""

    def __init__(self, unit: str, disable: bool):
        self._unit, self._disable = unit, disable
        self.bar: tqdm | None = None

    def reached(self, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = tqdm(total=total, unit=self._unit, disable=self._disable, leave=False)
        self.bar.update(done - self.bar.n)


@contextmanager
def _bar(as_json: bool, unit: str) -> Iterator[_Bar]:
    shown = _Bar(unit, as_json)
    try:
        yield shown
    finally:
        if shown.bar is not None:
            shown.bar.close()


@contextmanager
def _stopping_by_signal(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Ctrl+C and SIGTERM ask for a stop after the iteration; a second one ends at once."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        say("Stops after this iteration and keeps the state; once more ends at once.")

    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.signal(name, ask) for name in names}
    try:
        yield lambda: bool(asked)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
