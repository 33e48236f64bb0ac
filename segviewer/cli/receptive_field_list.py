"""The table of layers with their theoretical receptive fields."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from typing import Any

from segviewer.errors import SettingsError

LARGEST = 16384


def receptive_field_rows(
    network: str,
    preset: str = "",
    layers: list[str] | None = None,
    height: int = 513,
    width: int = 513,
) -> tuple[str, list[dict[str, Any]]]:
    """Trace a network without giving it numbers.

    Parameters
    ----------
    network : str
        A name or title of ``NETWORKS``: ``deeplab_v3``, ``DeepLab v3``; or the name of one of
        its forms.
    preset : str
        One of its forms; "" the first.
    layers : list of str or None
        Labels, or patterns like ``backbone.*``; None: all.
    height, width : int
        Of the picture in pixels, 1 .. `LARGEST`.

    Returns
    -------
    form : str
        Name of the form that was traced.
    rows : list of dict
        As :meth:`LayerField.as_dict`, and ``size``, ``jump``, ``centre``.

    Raises
    ------
    SettingsError
        If network, form or layer is unknown, or a side is out of range.
    UntraceableError
        If the picture is too small for the network.
    """
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
    from segviewer.checkpoints.detection import build_without_numbers
    from segviewer.networks import network_class

    if min(height, width) < 1 or max(height, width) > LARGEST:
        raise SettingsError(
            f"A picture of {width} × {height} pixels is not traced.",
            f"Both sides have 1 to {LARGEST} pixels.",
            "Choose --height and --width in this range.",
        )
    architecture, form = _find(network, preset)
    network_type = network_class(architecture)
    config = network_type.Config(**network_type.presets[form])
    traced = trace(build_without_numbers(architecture, config), height=height, width=width)
    chosen = _choose([row.label for row in traced], layers)
    rows = []
    for row in traced:
        if row.label in chosen:
            numbers = {key: getattr(row, key) for key in ("size", "local_size", "jump", "centre")}
            rows.append({**numbers, **row.as_dict()})
    return form, rows


def as_text(form: str, rows: list[dict[str, Any]]) -> str:
    """Rows for a terminal. Lengths are pixels; where axes differ, the larger and rows' own."""
    width = max(len(row["name"]) for row in rows)
    lines = [
        form,
        f"{'layer':<{width}}  {'kind':<20}  {'units':>9}  {'size':>6}  {'jump':>6}  "
        f"{'start':>8}  {'centre':>8}  {'padding':>7}",
    ]
    globally = larger = False
    for row in rows:
        axis = row["vertical"]
        units = f"{axis['output_size']}×{row['horizontal']['output_size']}"
        size = f"{row['size']}" if row["size"] is not None else f"all/{row['local_size']}"
        globally = globally or row["size"] is None
        if any(row[direction]["truncated"] for direction in ("vertical", "horizontal")):
            size, larger = f"{size}*", True
        lines.append(
            f"{row['name']:<{width}}  {row['kind']:<20}  {units:>9}  {size:>6}  "
            f"{axis['jump']:>6g}  {_number(axis['start']):>8}  {_number(axis['centre']):>8}  "
            f"{_number(axis['effective_padding']):>7}"
        )
    if globally:
        lines.append("all/n: the whole picture through global pooling; n pixels without it.")
    if larger:
        lines.append("*: larger than the picture.")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _find(network: str, preset: str) -> tuple[str, str]:
    """Architecture and form, from what was typed."""
    from segviewer.networks import NETWORKS, network_class, usable_networks

    wanted = network.casefold()
    found = [n for n, title in NETWORKS.items() if wanted in (n.casefold(), title.casefold())]
    if not found:
        forms: dict[str, str] = {}
        for name, network_type in usable_networks():
            forms |= {form: name for form in network_type.presets}
        for form, name in forms.items():
            if form.casefold() == wanted and not preset:
                return name, form
        raise SettingsError(
            f"There is no network named “{network}”.",
            f"Close to it: {_close(network, [*NETWORKS, *forms])}.",
            "`segviewer networks` lists all of them.",
        )
    presets = network_class(found[0]).presets
    if not preset:
        return found[0], next(iter(presets))
    for form in presets:
        if form.casefold() == preset.casefold():
            return found[0], form
    raise SettingsError(
        f"{NETWORKS[found[0]]} has no form named “{preset}”.",
        f"Its forms are {', '.join(presets)}.",
        "Choose one of these.",
    )


def _choose(labels: list[str], patterns: list[str] | None) -> set[str]:
    if not patterns:
        return set(labels)
    chosen: set[str] = set()
    for pattern in patterns:
        # Literally first: features[out] is a name here, and a pattern to fnmatch.
        found = {n for n in labels if n == pattern} or {
            n for n in labels if fnmatchcase(n, pattern)
        }
        if not found:
            raise SettingsError(
                f"There is no layer {pattern}.",
                f"Close to it: {_close(pattern, labels)}.",
                "Without --layer all of them are listed; patterns like 'backbone.*' work as well.",
            )
        chosen |= found
    return chosen


def _close(word: str, names: list[str]) -> str:
    return ", ".join(difflib.get_close_matches(word, names, 3, 0.3) or names[:3])
