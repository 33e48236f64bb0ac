"""The guide's table of the whole program: ``python -m segviewer.tools.benchmark_page FILE``.

`FILE` is what ``segviewer benchmark all --json`` has printed. The section of the guide's page under
:data:`HEADING` is written anew, all of it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.cli.benchmarks.table import earlier_report
from segviewer.errors import SegviewerError, SettingsError
from segviewer.files.regular_files import read_regular
from segviewer.imaging.export.writing import write_text
from segviewer.resource_files import resource_path

PAGE_BYTES = 1 << 20
HEADING = "## The whole program, measured"


@dataclass(frozen=True)
class Goal:
    """What a row should be at most.

    Attributes
    ----------
    name : str
        Of the row.
    megapixels : float or None
    most : float
        In the unit of the row.
    why : str
        What stands in the way; said where the goal is not reached.
    """

    name: str
    megapixels: float | None
    most: float
    why: str = ""


_WHOLE_FRAMES = "photograph and labels are laid over each other by one core"
GOALS = (
    Goal("first paint", None, 0.7, "importing Qt, numpy and pydantic takes most of it"),
    Goal("first labels", None, 2.5, "importing torch takes most of it"),
    Goal(
        "longest gap of the start",
        None,
        25,
        "the form of the network and its first labels are laid out in one go",
    ),
    Goal(
        "memory of both processes",
        None,
        600,
        "`import torch` alone takes 491 MB in the build with CUDA that was measured, the window "
        "without its pictures 125 MB",
    ),
    Goal("read as a preview", 24.0, 0.15),
    Goal("memory of the window", 100.0, 1536),
    Goal("opened, to the first labels", 24.0, 1.5, "the file is decoded whole before it is seen"),
    Goal("head, to the first labels", 12.0, 0.15),
    Goal("head, to the first labels", 24.0, 0.3),
    Goal("field of a clicked unit", 0.17, 0.25, "a pass that keeps its graph, and one backward"),
    Goal(
        "linked gridding of another pixel",
        0.17,
        0.4,
        "a pass that keeps its graph, one backward, and the spectrum of the maps",
    ),
    *(
        Goal(f"canvas, {gesture} at 3840×2160", size, 16.7, _WHOLE_FRAMES)
        for gesture in ("zoom", "pan", "opacity", "swipe")
        for size in (12.0, 24.0)
    ),
)


def section(report: dict[str, Any]) -> str:
    """The section of the guide, from its heading to its last line.

    Parameters
    ----------
    report : dict
        What ``segviewer benchmark all --json`` prints.
    """
    where, rows = report["machine"], report["rows"]
    text = [
        HEADING,
        f"`segviewer benchmark all` on {where['cores']} cores ({where['processor']}, load "
        f"{where['load']:.1f}): best of {report['rounds']} rounds, the median in brackets; a goal "
        "is reached by the median. *First labels* of a large photograph are those at the network's "
        "size; *every pixel* has them at its own.",
        "",
        "| goal | at most | measured | |",
        "|---|--:|--:|---|",
        *_goals(rows),
        "",
        "| | measured | by what ran in turns with it |",
        "|---|--:|---|",
        *(_single(row) for row in rows if row["megapixels"] not in _sizes(rows)),
        "",
        *_by_size(rows),
        "",
        "To repeat it on a machine that does nothing else, and to write this section:",
        "```sh",
        "segviewer benchmark all --json > measured.json",
        "python -m segviewer.tools.benchmark_page measured.json",
        "```",
    ]
    return "\n".join(text) + "\n"


def with_section(page: str, new: str) -> str:
    """A page with its section under :data:`HEADING` replaced.

    Raises
    ------
    SettingsError
        If the page has none.
    """
    lines = page.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if line.rstrip() == HEADING]
    if len(starts) != 1:
        raise SettingsError(
            "The page has no section to write.",
            f"“{HEADING}” stands in it {len(starts)} times.",
            "Put this heading where the table belongs.",
        )
    fenced, end = False, starts[0] + 1
    while end < len(lines) and (fenced or not lines[end].startswith("## ")):
        fenced ^= lines[end].startswith("```")  # a comment of a shell is no heading
        end += 1
    rest = "".join(lines[end:])
    return "".join(lines[: starts[0]]) + new + ("\n" + rest if rest else "")


def _goals(rows: list[dict[str, Any]]) -> list[str]:
    measured = {(row["name"], row["megapixels"]): row for row in rows}
    lines = []
    for goal in GOALS:
        row = measured.get((goal.name, goal.megapixels))
        if row is None:
            continue
        size = "" if goal.megapixels is None else f", {goal.megapixels:g} MP"
        unit = row["unit"]
        found = f"{_number(row['value'])} ({_number(row['median'])}) {unit}"
        lines.append(
            f"| {goal.name}{size} | {_number(goal.most)} {unit} | {found} | {_said(goal, row)} |"
        )
    return lines


def _said(goal: Goal, row: dict[str, Any]) -> str:
    if row["median"] <= goal.most:
        return "reached"
    over = f"{row['median'] / goal.most:.1f} × as much"
    said = f"reached at best, else {over}" if row["value"] <= goal.most else over
    return f"{said}: {goal.why}" if goal.why else said


def _sizes(rows: list[dict[str, Any]]) -> list[float]:
    """Sizes of the photographs, as those of which there is more than the size of the network."""
    return sorted({row["megapixels"] for row in rows if row["name"].startswith("opened")})


def _single(row: dict[str, Any]) -> str:
    size = "" if row["megapixels"] is None else f", {row['megapixels']:g} MP"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} × {row['reference']}"
    found = f"{_number(row['value'])} ({_number(row['median'])}) {row['unit']}"
    return f"| {row['name']}{size} | {found} | {ratio} |"


def _by_size(rows: list[dict[str, Any]]) -> list[str]:
    sizes = _sizes(rows)
    head = "".join(f" {size:g} MP |" for size in sizes)
    lines = [f"| |{head}", "|---|" + "--:|" * len(sizes)]
    names = dict.fromkeys(row["name"] for row in rows if row["megapixels"] in sizes)
    for name in names:
        found = {row["megapixels"]: row for row in rows if row["name"] == name}
        unit = next(iter(found.values()))["unit"]
        cells = [
            f"{_number(found[size]['value'])} ({_number(found[size]['median'])})"
            if size in found
            else ""
            for size in sizes
        ]
        lines.append(f"| {name}, {unit} | " + " | ".join(cells) + " |")
    return lines


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def main(arguments: list[str] | None = None) -> int:
    """Write the section of the guide's page, or of another."""
    parser = argparse.ArgumentParser(prog="segviewer.tools.benchmark_page", description=__doc__)
    parser.add_argument("file", type=Path, help="what segviewer benchmark all --json has printed")
    parser.add_argument("--page", type=Path, default=resource_path("guide", "benchmarks.md"))
    args = parser.parse_args(arguments)
    try:
        new = section(earlier_report(args.file))
        page = with_section(read_regular(args.page, PAGE_BYTES).decode(), new)
        write_text(args.page, page, overwrite=True)
    except SegviewerError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    print(args.page)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
