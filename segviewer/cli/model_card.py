"""``segviewer card``: what is said of a checkpoint, shown, changed, written and kept."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from pydantic import ValidationError

from segviewer.checkpoints.card_files import forget_sheet, keep_sheet, write_sheet
from segviewer.checkpoints.model_card import ModelCard, read_card
from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet, sheet_of
from segviewer.checkpoints.opening import open_network
from segviewer.errors import SettingsError, from_validation
from segviewer.imaging.class_list import named_class_list, read_class_list
from segviewer.imaging.labels import label_set_names


def run(checkpoint: str, args: argparse.Namespace) -> int:
    """Show the card of `checkpoint` with the changes of the command line; write or keep them.

    Raises
    ------
    CheckpointError, SettingsError, ExportError
    """
    if args.forget:
        gone = forget_sheet(checkpoint)
        said = f"{gone} is gone" if gone is not None else "nothing was kept"
        print(f"segviewer: {said}.", file=sys.stderr)
    card = read_card(args.card) if args.card else None
    architecture = card.architecture if card is not None else ""
    sheet = sheet_of(card) if card is not None else EMPTY
    if args.bands is not None:  # without them it may not open
        sheet = sheet.changed(bands=args.bands)
    opened = open_network(checkpoint, architecture, sheet=sheet)
    sheet = _changed(sheet, opened.card, args)
    opened = open_network(checkpoint, architecture, sheet=sheet)
    for note in opened.notes:
        print(f"segviewer: {note}", file=sys.stderr)
    if args.write:
        write_sheet(args.write, complete(opened.card, sheet), architecture)
        print(f"segviewer: written to {args.write}.", file=sys.stderr)
    if args.keep:
        where = keep_sheet(checkpoint, sheet)
        print(f"segviewer: kept in {where}; the checkpoint opens with it.", file=sys.stderr)
    report = opened.card.model_dump(mode="json")
    print(json.dumps(report, indent=2, ensure_ascii=False) if args.json else _text(report))
    return 0


def complete(card: ModelCard, sheet: ModelSheet) -> ModelSheet:
    """All that a sheet can say of an opened checkpoint, for a file that stands by itself."""
    said = sheet_of(card)
    return said.changed(config=sheet.config, title=sheet.title or card.title)


def _changed(sheet: ModelSheet, card: ModelCard, args: argparse.Namespace) -> ModelSheet:
    values: dict[str, Any] = {}
    if args.title:
        values["title"] = args.title
    if args.classes:
        known = args.classes in label_set_names()
        read = named_class_list if known else read_class_list
        values["classes"], values["colours"] = read(args.classes)
    preprocessing = {
        name: value
        for name, value in (
            ("channel_order", args.order),
            ("scale", {1: "unit", 255: "byte"}.get(args.scale)),
            ("mean", args.mean),
            ("std", args.std),
        )
        if value is not None
    }
    if preprocessing:
        values["preprocessing"] = {**card.preprocessing.model_dump(), **preprocessing}
    for name, value in (
        ("inference_long_side", args.size),
        ("inference_enlarges", args.enlarge),
        ("input_divisor", args.divisor),
        ("ignore_index", args.ignore),
        ("activation", args.activation),
        ("temperature", args.temperature),
    ):
        if value is not None:
            values[name] = value
    try:
        return sheet.changed(**values)
    except ValidationError as error:
        raise from_validation(
            SettingsError, error, "The card cannot say this of {place}.", "Give another value."
        ) from error


def _text(report: dict[str, Any]) -> str:
    order = report["preprocessing"]
    lines = [
        report["title"],
        f"  network: {report['architecture']}",
        f"  input: {order['channel_order']}, 0 to {1 if order['scale'] == 'unit' else 255}, "
        f"mean {_numbers(order['mean'])}, std {_numbers(order['std'])}",
        f"  long side: {report['inference_long_side'] or 'not said'}"
        + ("; smaller pictures are enlarged to it" if report["inference_enlarges"] else ""),
        f"  activation: {report['activation'] or 'not said'}",
        f"  temperature: {report['temperature'] or 'not fitted'}",
        f"  classes: {len(report['classes'])}",
    ]
    colours = report["colours"] or [None] * len(report["classes"])
    for index, (name, colour) in enumerate(zip(report["classes"], colours, strict=False)):
        lines.append(f"    {index} {name}" + (f" #{bytes(colour).hex()}" if colour else ""))
    return "\n".join(lines)


def _numbers(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
