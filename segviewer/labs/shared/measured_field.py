"""Effective fields as a lab asks for them: of one unit, on a picture or as a mean, with memory.

One graph is kept, so that a click costs one backward pass and no forward pass; and the last
field of other settings is, to be compared with.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segviewer.labs.lab import LabContext
from segviewer.labs.shared.closed_program import no_layers

if TYPE_CHECKING:
    from segviewer.analysis.receptive_fields.average_field import RunningMean
    from segviewer.analysis.receptive_fields.effective_receptive_field import Unit, UnitGradients
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField

KEPT_NUMBERS = 400_000_000  # of a graph that is kept for the next click: about 1.6 GB


@dataclass(frozen=True)
class MeasuredField:
    """A field that was measured, and all that decided it."""

    settings: tuple[tuple[str, Any], ...]
    mean: RunningMean
    pixel: tuple[int, int]


def unit_of(
    context: LabContext, config: Any, row: LayerField, place: tuple[int, int]
) -> tuple[Unit, Any, UnitGradients, str]:
    """The unit, its network, the graph of one pass, and the unit in words."""
    from segviewer.analysis.receptive_fields.effective_receptive_field import PICTURE, Unit
    from segviewer.checkpoints.whole_models.network import is_closed

    drawn = "random" if config.over == "random weights" else config.weights
    network = _network(context, drawn if is_closed(context.network) else config.weights)
    gradients = graph_of(context, network)
    channel, words = None, "all channels"
    if config.of == "class here":
        channel = gradients.class_at(row.label, *place)
    elif config.of == "one":
        channel = min(config.channel, gradients.shape(row.label)[0] - 1)
    if channel is not None:
        words = f"channel {channel}"
        if row.name in ("scores", PICTURE) and channel < len(context.classes):
            words = f"class {context.classes[channel]}"
    said = f"{row.label}, row {place[0]}, column {place[1]}, {words}: "
    return Unit(*place, channel, row.label), network, gradients, said


def _network(context: LabContext, weights: str):
    """The network, or one like it with weights drawn anew, the same each time."""
    import torch

    from segviewer.checkpoints.whole_models.network import WholeModel

    network = context.network
    if weights == "as opened":
        return network
    if isinstance(network, WholeModel):
        raise no_layers(network.kind_title, "Its weights cannot be drawn anew")
    kept = context.memory.get("drawn")
    if kept is None or kept[0] != network.config:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            drawn = type(network)(network.config).eval().requires_grad_(False)
        kept = context.memory["drawn"] = (network.config, drawn)
    context.check()
    return kept[1].to(next(network.parameters()).device)


def _picture(context: LabContext, network):
    import torch

    values = context.card.preprocessing.normalise(context.image)
    return torch.from_numpy(values).to(next(network.parameters()).device)


def graph_of(context: LabContext, network, layer: str = "") -> UnitGradients:
    """Graph of a pass over the photograph; one is kept, so that a click costs no pass.

    The maps of `layer` are kept with it.
    """
    from segviewer.analysis.receptive_fields.effective_receptive_field import UnitGradients

    # References to networks that are gone are equal to none.
    key = (weakref.ref(network), network.config, hash(context.image.tobytes()))
    kept = context.memory.get("graph")
    if kept is None or kept[0] != key:
        context.memory.pop("graph", None)  # before another is made: each may be large
        kept = (key, UnitGradients(network, _picture(context, network), layer))
        context.check()
        if kept[1].numbers <= KEPT_NUMBERS:
            context.memory["graph"] = kept
    return kept[1]


def settings_of(context, config, row, unit, pixel) -> tuple[tuple[str, Any], ...]:
    """All that decides a field, by the name that it is said with."""
    opened = context.opened
    found = {
        "network": opened.card.title,
        "source": opened.card.source,
        "layer": row.label,
        "unit": (unit.y, unit.x),
        "pixel": (pixel[1], pixel[0]),
        "channel": unit.channel,
        "weights": config.weights,
        "mean over": config.over,
        "picture": hash(context.image.tobytes()),
    }
    if config.over != "this picture":
        found["samples"] = config.samples
    found |= opened.network.config.model_dump()
    return tuple(found.items())


def means_of(context, config, settings, network, gradients, unit) -> Iterator[RunningMean]:
    """One field, or a mean that grows; one that was made already comes at once."""
    from segviewer.analysis.receptive_fields.average_field import (
        RunningMean,
        average_over_pictures,
        average_over_weights,
    )

    kept = context.memory.get("now")
    if kept is not None and kept.settings == settings and kept.mean.done == kept.mean.total:
        yield kept.mean
    elif config.over == "this picture":
        field = gradients.of_unit(unit)
        yield RunningMean(1, 1, field.values, int(bool(field.reason)), field.reason)
    elif config.over == "random pictures":
        height, width = context.image.shape[:2]
        yield from average_over_pictures(
            network, height, width, unit, config.samples, check=context.check
        )
    else:
        image = _picture(context, network)
        yield from average_over_weights(network, image, unit, config.samples, check=context.check)


def before_of(context: LabContext, measured: MeasuredField) -> MeasuredField | None:
    """The last field of other settings; what is measured now becomes it when they change."""
    kept = context.memory.get("now")
    if kept is not None and kept.settings != measured.settings:
        context.memory["before"] = kept
    context.memory["now"] = measured
    return context.memory.get("before")


def difference_of(before: tuple, now: tuple) -> str:
    """The settings that were others, as they were."""
    values = dict(now)
    hidden = ("picture", "unit", "source")
    said = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in before
        if name not in hidden and values.get(name, value) != value
    ]
    return ", ".join(said) or "another picture"
