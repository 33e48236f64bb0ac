"""The list of networks: paper, live toggles, parameters, and whose files open."""

from __future__ import annotations

from typing import Any

PARAMETERS_AT = 21  # classes, Pascal VOC's number, at which papers count


def network_rows() -> list[dict[str, Any]]:
    """One row for every named form of every network, measured on the networks themselves.

    Returns
    -------
    list of dict
        ``network``, ``form``, ``paper``, ``toggles`` (labels), ``parameters`` (at 21
        classes), ``opens`` (titles of families whose files open), ``reference`` (what
        ``--checkpoint`` takes for random weights). Whole models stand at the end, a row a
        kind: 0 parameters, and no reference.
    """
    from segviewer.checkpoints.detection import build_without_numbers
    from segviewer.checkpoints.families import FAMILIES
    from segviewer.errors import CheckpointError
    from segviewer.networks import NETWORKS, usable_networks
    from segviewer.references import Reference
    from segviewer.settings import controls

    rows = []
    for architecture, network_type in usable_networks():
        title = NETWORKS[architecture]
        opens = [family.title for family in FAMILIES if family.architecture == architecture]
        for form, values in network_type.presets.items():
            config = network_type.Config(**{**values, "num_classes": PARAMETERS_AT})
            try:
                network = build_without_numbers(architecture, config)
            except CheckpointError as error:  # a library that is not installed runs it
                rows.append(_missing(title, form, network_type.paper, opens, error.next_step))
                continue
            idle = network.idle_fields()
            rows.append(
                {
                    "network": title,
                    "form": form,
                    "paper": network_type.paper,
                    "toggles": [
                        c.label
                        for c in controls(config)
                        if c.kind == "geometry" and c.name not in idle
                    ],
                    "parameters": sum(p.numel() for p in network.parameters()),
                    "opens": opens,
                    "reference": str(Reference("random", f"{architecture}:{form}")),
                }
            )
    return rows + whole_model_rows()


def whole_model_rows() -> list[dict[str, Any]]:
    """One row for each kind of closed program that opens."""
    from segviewer.checkpoints.whole_models.kinds import KINDS

    return [
        {
            "network": kind.title,
            "form": f"any network in {' '.join(kind.suffixes)}, "
            + ("after one question" if kind.runs_code else "with the extra “onnx”"),
            "paper": f"a program of its own, by {kind.origin}",
            "toggles": [],
            "parameters": 0,
            "opens": [f"any {kind.title} from a picture to scores, probabilities or labels"],
            "reference": "",
        }
        for kind in KINDS.values()
    ]


def _missing(network: str, form: str, paper: str, opens: list[str], step: str) -> dict[str, Any]:
    return {
        "network": network,
        "form": f"{form} ({step})",
        "paper": paper,
        "toggles": [],
        "parameters": 0,
        "opens": opens,
        "reference": "",
    }


def as_text(rows: list[dict[str, Any]]) -> str:
    """Rows for a terminal: a heading for each network, a line for each of its forms."""
    lines: list[str] = []
    width = max(len(row["form"]) for row in rows)
    network = None
    for row in rows:
        if row["network"] != network:
            network = row["network"]
            lines += ["", f"{network}  ({row['paper']})"]
            lines.append(f"  live: {', '.join(row['toggles']) or 'nothing'}")
            lines.append(f"  opens: {', '.join(row['opens']) or 'own files only'}")
        counted = f"  {row['parameters']:>13,} parameters" if row["parameters"] else ""
        lines.append(f"    {row['form']:<{width}}{counted}")
    return "\n".join(lines[1:])


def _counted(row: dict[str, Any]) -> str:
    return f"{row['parameters']:,}" if row["parameters"] else ""


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    lines = [
        f"| network | form | parameters (K = {PARAMETERS_AT}) | live toggles | opens files of |",
        "|---|---|--:|---|---|",
    ]
    network = None
    for row in rows:
        first = row["network"] != network
        network = row["network"]
        lines.append(
            f"| {network + ' · ' + row['paper'] if first else ''} | {row['form']} "
            f"| {_counted(row)} | {', '.join(row['toggles']) if first else ''} "
            f"| {', '.join(row['opens']) if first else ''} |"
        )
    return "\n".join(lines)
