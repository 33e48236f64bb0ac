"""The ablation's table: accuracy from the cards, cost measured side by side on this machine.

    python -m segviewer.training.tables.ablation_table --rows FOLDER --out resources

``FOLDER`` is what :mod:`segviewer.training.ablation` wrote. Checkpoints and cards go to
``resources/checkpoints``, the table to ``resources/tables/camvid_ablation.csv`` and, for the
README, to the terminal. Without ``--rows`` the bundled checkpoints are measured again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from segviewer.analysis.networks.model_size import totals
from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.reading.reading import read_state_dict
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.files.atomic_write import write_atomically
from segviewer.networks.network import Network
from segviewer.training.ablation import CROP, ROWS, Row

SUFFIX = "_efficientnet_lite0_camvid"
ROUNDS = 15
COLUMNS = (
    "title",
    "compared",
    "trained",
    "iterations",
    "miou",
    "pixel_accuracy",
    "parameters",
    "multiply_adds",
    "milliseconds",
)


def milliseconds(networks: dict[str, Network], rounds: int = ROUNDS) -> dict[str, float]:
    """Median time of one 480x360 frame for each network, in ms.

    They take turns, so that what else the machine does falls on all of them alike.
    """
    image = torch.randn(1, 3, *CROP)
    framed = {
        name: network.framing(*CROP).pad(image).contiguous(memory_format=torch.channels_last)
        for name, network in networks.items()
    }
    times: dict[str, list[float]] = {name: [] for name in networks}
    with torch.inference_mode():
        for _ in tqdm(range(rounds), desc="timing"):
            for name, network in networks.items():
                began = time.perf_counter()
                network(framed[name])
                times[name].append(1000 * (time.perf_counter() - began))
    return {name: sorted(found)[rounds // 2] for name, found in times.items()}


def publish(row: Row, rows: Path, checkpoints: Path) -> None:
    """Write a row's weights and card where bundled checkpoints lie, under its full name."""
    tensors = read_state_dict(rows / f"{row.name}.safetensors").tensors
    card = read_card(rows / f"{row.name}.json")
    card = card.changed(title=f"{row.title} · EfficientNet-Lite0")
    write_checkpoint(checkpoints / f"{row.name}{SUFFIX}.safetensors", tensors, card)


def measure(rows: list[Row], checkpoints: Path) -> list[dict[str, Any]]:
    """One line of the table for every row, in order."""
    networks, lines = {}, []
    for row in rows:
        opened = open_network(str(checkpoints / f"{row.name}{SUFFIX}.safetensors"))
        networks[row.name] = opened.network.to(memory_format=torch.channels_last)
        size, test = totals(opened.network, *CROP), opened.card.results["test"]
        lines.append(
            {
                "name": row.name + SUFFIX,
                "title": row.title,
                "compared": row.question,
                "trained": "head and last two stages" if row.tail else "head",
                "iterations": opened.card.iterations,
                "miou": test["miou"],
                "pixel_accuracy": test["pixel_accuracy"],
                "parameters": size.parameters,
                "multiply_adds": size.multiply_adds,
            }
        )
    found = milliseconds(networks)
    for row, line in zip(rows, lines, strict=True):
        line["milliseconds"] = round(found[row.name], 1)
    return lines


def as_csv(lines: Sequence[dict[str, Any]], columns: Sequence[str] = ("name", *COLUMNS)) -> str:
    """A table for ``resources/tables``."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def as_markdown(lines: list[dict[str, Any]]) -> str:
    """The table for the README."""
    said = [
        "| compared | head | trained | mIoU | accuracy | parameters | multiply-adds | ms |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for line in lines:
        said.append(
            f"| {line['compared']} | {line['title']} | {line['trained']}, "
            f"{line['iterations']} it | {line['miou']:.3f} | {line['pixel_accuracy']:.3f} "
            f"| {line['parameters'] / 1e6:.2f} M | {line['multiply_adds'] / 1e9:.2f} G "
            f"| {line['milliseconds']:.0f} |"
        )
    return "\n".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.training.tables.ablation_table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=Path, help="folder that the ablation wrote")
    parser.add_argument("--out", type=Path, required=True, help="the checkout's resources")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    args = parser.parse_args()
    checkpoints = args.out / "checkpoints"
    if args.rows:
        for row in ROWS:
            if (args.rows / f"{row.name}.row.json").exists():
                publish(row, args.rows, checkpoints)
    rows = [row for row in ROWS if (checkpoints / f"{row.name}{SUFFIX}.json").exists()]
    lines = measure(rows, checkpoints)
    (args.out / "tables").mkdir(exist_ok=True)
    write_atomically(args.out / "tables" / "camvid_ablation.csv", as_csv(lines).encode())
    print(json.dumps(lines, indent=1) if args.json else as_markdown(lines))


if __name__ == "__main__":
    main()
