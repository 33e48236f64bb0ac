"""The table of the CRF's benchmark: its rows, what they mean, and where they were measured."""

from __future__ import annotations

import math
import os
import platform
import statistics
from dataclasses import dataclass
from pathlib import Path

from segviewer.crf.engines.draft import ITERATIONS, MOST_PIXELS
from segviewer.crf.engines.pydensecrf_reference import available
from segviewer.crf.lattice.thread_team import default_threads

VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2"}  # as Linux and as people write them, widest first


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    engine : str
        What ran, and whether the kernels were at hand ("moved": as when a weight was moved).
    setting : str
        σα/σβ, and whose scores.
    classes, dropped : int
        Classes given, and how many of them the engine left out because they cannot win.
    megapixels : float
    threads : int
    build_s, iterate_s, total_s : float
        Seconds until the first iteration, of all iterations, and together.
    ratio_to_pydensecrf : float or None
        How many times longer pydensecrf's whole job takes.
    labels_equal : float or None
        Share of pixels with the reference's label: pydensecrf's; for a draft the whole CRF's.
    max_probability_difference : float or None
        To the same reference.
    median_s : float
        Median of the rounds, where `total_s` is the fastest.
    peak_gb : float or None
        Most memory of a process of its own, in 10⁹ bytes.
    """

    engine: str
    setting: str
    classes: int
    dropped: int
    megapixels: float
    threads: int
    build_s: float
    iterate_s: float
    total_s: float
    ratio_to_pydensecrf: float | None = None
    labels_equal: float | None = None
    max_probability_difference: float | None = None
    median_s: float = 0.0
    peak_gb: float | None = None


def geometric_means(rows: list[Row]) -> dict[str, float]:
    """Mean over the settings of how many times faster each engine is; empty without pydensecrf."""
    means = {}
    for engine in dict.fromkeys(row.engine for row in rows):
        every = [row.ratio_to_pydensecrf for row in rows if row.engine == engine]
        ratios = [ratio for ratio in every if ratio is not None]
        if engine != "pydensecrf" and len(ratios) == len(every):
            means[engine] = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
    return means


def machine() -> dict[str, str | int | float | None]:
    """The processor, its cores, and how many processes want one (mean of the last minute)."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        # Of one maker's processors with one name those with wider vectors are twice as fast here.
        flags = next((line.split() for line in lines if line.startswith("flags")), [])
        widest = next((said for flag, said in VECTORS.items() if flag in flags), "")
        name = f"{name}, {widest}" if widest else name
    except (OSError, StopIteration):
        pass
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"processor": name, "cores": default_threads(), "load": load}


def notes(rounds: int) -> list[str]:
    """What the table means."""
    lines = [
        f"Total: fastest of {rounds} rounds in turns (median_s in JSON); large pictures run once.",
        "random: smooth random scores, no class dropped. network: the bundled network's own "
        "scores of CamVid's 11 classes, those that cannot win dropped.",
        "moved: kernels at hand, as after a change of a weight; the ratio is to pydensecrf's "
        "whole job.",
        f"draft: at most {MOST_PIXELS:,} pixels, {ITERATIONS} iterations; its labels are compared "
        "with our whole CRF's.",
        "full resolution: the last update at every pixel, timed after the working-size result. Its "
        "labels, the enlarged ones and the network's are compared with those of a CRF of the "
        "photograph's size; the samples are enlarged to 1 MP. In view: a 1920×1080 part comes "
        "first.",
        "peak: with the picture and the probabilities given, energies to result.",
    ]
    missing = available()
    if missing:
        lines.append(f"Not compared with pydensecrf. {missing}")
    return lines


def as_text(report: dict) -> str:
    """The report for a terminal; the table is Markdown."""
    about, rows = report["machine"], report["rows"]
    compared = any(row["ratio_to_pydensecrf"] for row in rows)
    heading = [
        "engine",
        "σα/σβ",
        "classes",
        "dropped",
        "MP",
        "threads",
        "build s",
        "iterate s",
        "total s",
    ]
    heading += ["× pydensecrf"] if compared else []
    heading += ["labels equal", "max Δp", "peak GB"]
    table = [heading]
    for row in rows:
        line = [
            row["engine"],
            row["setting"],
            str(row["classes"]),
            str(row["dropped"]),
            f"{row['megapixels']:.2f}",
            str(row["threads"]),
            f"{row['build_s']:.3f}",
            f"{row['iterate_s']:.3f}",
            f"{row['total_s']:.3f}",
        ]
        line += [_or_blank(row["ratio_to_pydensecrf"], ".2f")] if compared else []
        line += [
            _or_blank(row["labels_equal"], ".4%"),
            _or_blank(row["max_probability_difference"], ".1e"),
            _or_blank(row["peak_gb"], ".2f"),
        ]
        table.append(line)
    widths = [max(len(line[i]) for line in table) for i in range(len(heading))]
    padded = [[cell.ljust(w) for cell, w in zip(line, widths, strict=True)] for line in table]
    padded.insert(1, ["-" * w for w in widths])
    load = "" if about["load"] is None else f", load {about['load']:.1f}"
    lines = [f"{about['processor']}, {about['cores']} cores{load}"]
    lines += [f"| {' | '.join(line)} |" for line in padded]
    for engine, mean in report["geometric_means"].items():
        lines.append(f"{engine}: {mean:.2f} × as fast as pydensecrf (geometric mean)")
    return "\n".join([*lines, *report["notes"]])


def _or_blank(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
