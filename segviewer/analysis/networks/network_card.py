"""A network on one card: every layer with its cost and its reach, grouped into stages.

This module is cheap to import and holds plain values; torch comes with the first card.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segviewer.analysis.networks.layer_row import LayerRow

if TYPE_CHECKING:
    from segviewer.analysis.networks.network_stages import Grouped
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField
    from segviewer.networks.network import Network

UNKNOWN_FIELD = -1
"""Field of a layer whose reach is not traced."""

MEAN, STRONGEST = -1, -2
"""In place of a channel's number: all of them, and the one that is strongest here."""


@dataclass(frozen=True)
class CardRow(LayerRow):
    """One layer as it ran. Lengths of fields and jumps are pixels of the picture.

    Attributes
    ----------
    stage : str
        Key of the stage it belongs to. (What happens outside all layers is called ``features``
        or ``head``.)
    jump : float
        Distance of neighbouring units; 0 where it is not known.
    theoretical_receptive_field : int or None
        Side; None for the whole picture, :data:`UNKNOWN_FIELD` where it is not known.
    local_receptive_field : int
        The same along paths without global pooling, 0 where there is none.
    box : tuple of float or None
        Top, left, bottom, right of what the map covers, in pixels of the picture: its
        units' cells about the centres of their local fields. None where it is not known.
    has_map : bool
        Whether a module of that name gives a map, which can be looked at.
    """

    stage: str = ""
    jump: float = 0.0
    theoretical_receptive_field: int | None = UNKNOWN_FIELD
    local_receptive_field: int = UNKNOWN_FIELD
    box: tuple[float, float, float, float] | None = None
    has_map: bool = False


@dataclass(frozen=True)
class CardStage:
    """Layers that are drawn as one block.

    Attributes
    ----------
    key : str
        Unique; the dotted name of its module, or of its first layer.
    title, part : str
        Short name, and the network's part that it belongs to ("backbone", "classifier").
    column : int
        Place from left to right; stages with the same one run beside each other.
    layer : str
        Module whose output the stage is.
    channels, height, width : int
        Of that output.
    jump, theoretical_receptive_field, local_receptive_field
        Of its last layer with a known field; see :class:`CardRow`.
    rates : tuple of int
        Different rates of its convolutions larger than 1×1, in order.
    parameters, multiply_adds, layers : int
        Sums, and the number of rows.
    """

    key: str
    title: str
    part: str
    column: int
    layer: str
    channels: int
    height: int
    width: int
    jump: float
    theoretical_receptive_field: int | None
    local_receptive_field: int
    rates: tuple[int, ...]
    parameters: int
    multiply_adds: int
    layers: int

    @property
    def atrous(self) -> bool:
        """Whether any of its convolutions has holes."""
        return any(rate > 1 for rate in self.rates)


@dataclass(frozen=True)
class NetworkCard:
    """All layers and stages of a network on a picture of one size.

    Attributes
    ----------
    rows, stages : tuple
        In the order in which they run.
    height, width : int
        Of the picture.
    parameters : int
        Of the whole network, layers that do not run included.
    multiply_adds : int
        Of one pass.
    output_stride : float
        Pixels between neighbouring features; 0 where it is not known.
    note : str
        Why fields are missing, or empty.
    """

    rows: tuple[CardRow, ...]
    stages: tuple[CardStage, ...]
    height: int
    width: int
    parameters: int
    multiply_adds: int
    output_stride: float = 0.0
    note: str = ""

    def stage(self, key: str) -> CardStage | None:
        """The stage with that key."""
        return next((stage for stage in self.stages if stage.key == key), None)

    def box_of(self, layer: str, size: tuple[int, int]) -> tuple[float, ...] | None:
        """What a map of that `size` (height, width) covers, which the module `layer` gives."""
        inside = [r for r in self.rows if r.name == layer or r.name.startswith(f"{layer}.")]
        found = (row.box for row in inside[::-1] if (row.height, row.width) == size)
        return next(found, None)

    def runs_once(self, layer: str) -> bool:
        """Whether the module `layer` runs a single time, as far as its rows show."""
        names = [r.name for r in self.rows if r.name == layer or r.name.startswith(f"{layer}.")]
        return bool(names) and len(set(names)) == len(names)

    def stage_of(self, layer: str) -> CardStage | None:
        """The stage that shows the module `layer`, or else the one that holds it."""
        own = next((stage for stage in self.stages if stage.layer == layer), None)
        if own is not None or not layer:
            return own
        inside = (row for row in self.rows if row.name == layer or row.name.startswith(f"{layer}."))
        found = next(inside, None)
        return None if found is None else self.stage(found.stage)


def network_card(network: Network, height: int, width: int) -> NetworkCard:
    """Every layer of `network` as it is set now, on a picture of (height, width).

    Parameters
    ----------
    network : Network
        On any device; it is neither run nor changed.
    height, width : int
        Of the picture before framing.
    """
    from segviewer.analysis.networks.model_size import layer_table
    from segviewer.analysis.networks.network_stages import Calls, group_stages
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import (
        UntraceableError,
        trace,
    )

    calls = Calls()
    hooks = calls.listen_to(network)
    try:
        sizes = layer_table(network, height, width)
    finally:
        for hook in hooks:
            hook.remove()
    fields: tuple[LayerField, ...] = ()
    note = ""
    try:
        fields = trace(network, height=height, width=width)
    except UntraceableError as error:
        note = f"{error.what} {error.why}"
    rows = list(_merge(sizes, fields, calls.outputs))
    stages = []
    for group in group_stages(network, rows, calls):
        for number in group.numbers:
            rows[number] = replace(rows[number], stage=group.key)
        stages.append(_stage(group, [rows[number] for number in group.numbers]))
    maps = [field for field in fields if field.kind == "features" and "@" not in field.name]
    last = next((field for field in maps if field.name == "features[out]"), None)
    last = last or (maps[-1] if maps else None)
    return NetworkCard(
        rows=tuple(rows),
        stages=tuple(stages),
        height=height,
        width=width,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        multiply_adds=sum(row.multiply_adds for row in rows),
        output_stride=last.jump if last is not None else 0.0,
        note=note,
    )


def _merge(
    sizes: tuple[LayerRow, ...], fields: tuple[LayerField, ...], maps: Collection[str]
) -> tuple[CardRow, ...]:
    """Rows of the size table with the fields of the same layer, the same time it ran."""
    runs: dict[str, list[LayerField]] = {}
    for found in fields:
        if found.kind not in ("features", "output"):
            runs.setdefault(found.name, []).append(found)
    times: dict[str, int] = {}
    rows = []
    for size in sizes:
        time = times[size.name] = times.get(size.name, -1) + 1
        row = CardRow(**vars(size), has_map=size.name in maps)
        known = runs.get(size.name, ())
        if known:
            # A layer that does two things in one run has two rows and one field.
            found = known[min(time, len(known) - 1)]
            row = replace(
                row,
                jump=found.jump,
                theoretical_receptive_field=found.size,
                local_receptive_field=found.local_size,
                box=_box(found),
            )
        rows.append(row)
    return tuple(rows)


def _box(field: LayerField) -> tuple[float, float, float, float] | None:
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import field_of_unit

    if not field.spatial or field.local_size <= 0:
        return None
    last = (field.vertical.output_size - 1, field.horizontal.output_size - 1)
    first_area = field_of_unit(field, 0, 0, local=True)
    last_area = field_of_unit(field, *last, local=True)
    if first_area is None or last_area is None:
        return None
    # From both ends: behind up-sampling the first unit alone is not centred on its place.
    y = (first_area.top + first_area.bottom + last_area.top + last_area.bottom) / 4
    x = (first_area.left + first_area.right + last_area.left + last_area.right) / 4
    half_height = field.vertical.output_size * field.vertical.jump / 2
    half_width = field.horizontal.output_size * field.horizontal.jump / 2
    return y - half_height, x - half_width, y + half_height, x + half_width


def _stage(group: Grouped, rows: list[CardRow]) -> CardStage:
    channels, height, width = group.size
    known = [row for row in rows if row.theoretical_receptive_field != UNKNOWN_FIELD] or rows
    # Scores that the stage also brings to another size lie closer than its own map's units.
    own = [row for row in known if (row.height, row.width) == (height, width)]
    last = (own or known)[-1]
    rates = dict.fromkeys(row.rate for row in rows if row.kernel > 1 and "convolution" in row.kind)
    return CardStage(
        key=group.key,
        title=group.title,
        part=group.part,
        column=group.column,
        layer=group.layer,
        channels=channels,
        height=height,
        width=width,
        jump=last.jump if own else 0.0,
        theoretical_receptive_field=last.theoretical_receptive_field,
        local_receptive_field=last.local_receptive_field,
        rates=tuple(rates),
        parameters=sum(row.parameters for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        layers=len(rows),
    )
