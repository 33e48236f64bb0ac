"""What was measured of the whole program, as a table, and beside an earlier one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.files.regular_files import read_regular

KIND = "segviewer benchmark all"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Measure:
    """One line of the table.

    Attributes
    ----------
    name : str
    megapixels : float or None
        Of the photograph or the canvas; None where neither matters.
    value : float
        The best of the rounds; less is better.
    unit : {"s", "ms", "MB"}
    median : float
    reference : str
        What ran in turns with it, or "".
    ratio : float or None
        `value` by that of the reference: under 1 is less than it takes.
    """

    name: str
    megapixels: float | None
    value: float
    unit: str
    median: float
    reference: str = ""
    ratio: float | None = None


def report_of(machine: dict[str, Any], rounds: int, measures: list[Measure]) -> dict[str, Any]:
    """What is printed as JSON, and read by :func:`earlier_report`."""
    rows = [asdict(one) for one in measures]
    return {"kind": KIND, "machine": machine, "rounds": rounds, "rows": rows}


def earlier_report(path: Path) -> dict[str, Any]:
    """Read what an earlier run has printed.

    Raises
    ------
    SettingsError
        For another file.
    """
    try:
        found = json.loads(read_regular(path, _MOST_BYTES))
        rows = [(row["name"], row["megapixels"], float(row["value"])) for row in found["rows"]]
        if found["kind"] != KIND or not rows:
            raise ValueError(f"it is no table of {KIND}")
    except OSError as error:
        raise SettingsError(
            f"{path.name} cannot be read.", f"The system says: {error}.", "Name another file."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{path.name} is no earlier benchmark.",
            f"It does not hold what {KIND} --json prints ({error}).",
            f"Write one with: {KIND} --json > {path.name}.",
        ) from error
    return dict(found)


def with_earlier(report: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """The report with the earlier value of each row, and the present one by it, where both are."""
    then = {(row["name"], row["megapixels"]): float(row["value"]) for row in earlier["rows"]}
    rows = []
    for row in report["rows"]:
        value = then.get((row["name"], row["megapixels"]))
        by = row["value"] / value if value else None
        rows.append({**row, "earlier": value, "by_earlier": by})
    return {**report, "rows": rows, "earlier_machine": earlier.get("machine", {})}


def as_text(report: dict[str, Any]) -> str:
    """The table for a terminal."""
    where = report["machine"]
    lines = [
        f"{where['processor']}, {where['cores']} cores, load {_number(where['load'])}; "
        f"best of {report['rounds']} rounds; ratio: ours by the reference's, in turns"
    ]
    compares = "earlier_machine" in report
    if compares and report["earlier_machine"] != where:
        lines.append(f"earlier: {report['earlier_machine']}")
    lines.append(
        f"{'':<34}{'MP':>6}{'best':>10}{'median':>10}    {'ratio to':<28}"
        + (f"{'earlier':>10}{'now by it':>11}" if compares else "")
    )
    for row in report["rows"]:
        size = "" if row["megapixels"] is None else f"{row['megapixels']:g}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} × {row['reference']}"
        line = f"{row['name']:<34}{size:>6}{_number(row['value']):>10}{_number(row['median']):>10}"
        line += f" {row['unit']:<3}{ratio:<28}"
        if compares:
            line += f"{_number(row['earlier']):>10}{_number(row['by_earlier']):>11}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
