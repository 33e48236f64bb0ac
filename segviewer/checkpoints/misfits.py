"""What is said of weights that belong to no network here, or to a variant there is none of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segviewer.checkpoints import families
from segviewer.checkpoints.families import family_of, known_elsewhere, other_variant
from segviewer.checkpoints.families.family import Family, UnknownVariant
from segviewer.checkpoints.key_table import KeyTable, Shape
from segviewer.errors import CheckpointError
from segviewer.networks import NETWORKS
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings

LINES_IN_MESSAGE = 12


def table_text(table: KeyTable) -> str:
    """The first lines of a table, and how many more there are."""
    lines = table.lines()
    more = len(lines) - LINES_IN_MESSAGE
    shown = "\n".join(lines[:LINES_IN_MESSAGE])
    return shown + (f"\n… and {more} more" if more > 0 else "")


def listing(shapes: Mapping[str, Shape]) -> str:
    """Every key and its shape."""
    return "\n".join(f"{key}  {shape}" for key, shape in shapes.items())


def not_whole(family: Family, shapes: Mapping[str, Shape], error: Exception) -> CheckpointError:
    """The refusal of a file that lacks what a family's settings are read off.

    Parameters
    ----------
    family : Family
        Whose files it looks like.
    shapes : mapping of str to tuple of int
        Of its tensors by key; they go to the details.
    error : Exception
        What reading the settings ended in.
    """
    if isinstance(error, UnknownVariant):
        return _variant(family.title, error.differs, error.needed, shapes)
    return CheckpointError(
        f"This looks like {family.title}, but it is not whole.",
        f"What its depth or width is read off is missing or has another shape ({error}).",
        "Use a file saved from that very network; its keys are in the details.",
        listing(shapes),
    )


def _variant(title: str, differs: str, needed: str, shapes: Mapping[str, Shape]) -> CheckpointError:
    return CheckpointError(
        f"This is {title}, in a variant this version does not have.",
        f"{differs}.",
        f"What would be needed: {needed}. Its keys are in the details.",
        listing(shapes),
    )


def other_bands(title: str, key: str, bands: int) -> CheckpointError:
    """The refusal of a network whose pictures have other bands than red, green and blue.

    Parameters
    ----------
    title : str
        What the file is.
    key : str
        Of its first layer.
    bands : int
        How many that layer reads.
    """
    return CheckpointError(
        f"This is {title} for pictures of {bands} bands.",
        f"Its first layer, {key}, reads {bands} bands, as of multispectral or depth pictures; "
        "a photograph here has three: red, green and blue (or one, where a network is for grey).",
        "Say which of its bands, counted from 0, are red, green and blue; the others are held at "
        "their mean: segviewer card FILE --bands 0,1,2 --keep",
        f"{key}: {bands} bands",
    )


def bands_left_out(key: str, count: int, bands: tuple[int, int, int]) -> str:
    """The sentence on a network of which only three bands see something.

    Parameters
    ----------
    key : str
        Of its first layer.
    count : int
        How many bands that layer reads.
    bands : tuple of three int
        Those that are shown red, green and blue.
    """
    others = [band for band in range(count) if band not in bands]
    shown = ", ".join(map(str, bands))
    held = ", ".join(map(str, others)) or "none"
    return (
        f"Of the {count} bands of {key}, {shown} are shown the photograph's red, green and blue; "
        f"the others ({held}) are held at their mean, so it sees less than it was trained on."
    )


def does_not_fit(network: Network, config: NetworkSettings, table: KeyTable) -> CheckpointError:
    """The refusal of a file that fills too little of the network it looks like.

    Parameters
    ----------
    network : Network
    config : NetworkSettings
        The settings it was built with.
    table : KeyTable
        What fits and what does not.
    """
    backbone: Any = getattr(config, "backbone", "")
    on = f" on {backbone}" if backbone else ""
    return CheckpointError(
        f"This file fits {network.title}{on} only in part.",
        f"{table.summary()}:\n{table_text(table)}\n",
        "Use a file saved from that very network; the whole table is in the details.",
        table.summary() + "\n" + "\n".join(table.lines()),
    )


def another(shapes: Mapping[str, Shape], architecture: str) -> CheckpointError:
    """The refusal of a file that is not what it was said to be."""
    family = family_of(shapes)
    return CheckpointError(
        f"This file is no {NETWORKS.get(architecture, architecture)}.",
        f"Its keys and shapes are those of {family.title if family else 'another network'}.",
        "Open it without naming a network.",
        listing(shapes),
    )


def unknown(shapes: Mapping[str, Shape]) -> CheckpointError:
    """The refusal of a file that looks like nothing known."""
    variant = other_variant(shapes)
    if variant is not None:
        return _variant(variant.title, variant.differs, variant.needed, shapes)
    elsewhere = known_elsewhere(shapes)
    if elsewhere:
        return CheckpointError(
            f"This looks like {elsewhere}, which this version cannot open.",
            "Its keys are that program's, and no network here has them.",
            "Open a file of one of the networks that “segviewer networks” lists.",
            listing(shapes),
        )
    titles = ", ".join(family.title for family in families.FAMILIES)
    return CheckpointError(
        "This file belongs to no network this version knows.",
        f"Its {len(shapes)} keys look like none of: {titles}.",
        "Open a file of one of these; the keys of this one are in the details.",
        listing(shapes),
    )
