"""What a traced tensor has read, and the maps of one trace.

The operations that make one map of another stand in the three files beside this one, each a
handler that gets the :class:`Trace`: windows (convolution, pooling, resizing), shapes (views,
parts, joins) and statistics (means, normalisations, products).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from segviewer.analysis.receptive_fields.reach import SAME, AxisNode, Repeat, Tape, Window
from segviewer.errors import SegviewerError

LAST_TWO = (-2, -1)


class UntraceableError(SegviewerError):
    """A network does something whose receptive field is not known."""


@dataclass(frozen=True)
class Field:
    """What is known of a tensor.

    Attributes
    ----------
    nodes : tuple of AxisNode
        Vertical and horizontal.
    dims : tuple of int or None
        Dimensions that are the map's rows and columns, negative; None: it is not a map.
    mixed : bool
        Whether every value has read all cells; a flattened map's values have not yet.
    """

    nodes: tuple[AxisNode, AxisNode]
    dims: tuple[int, int] | None = LAST_TWO
    mixed: bool = True


# Tensors that depend on no pixel, and the attributes that carry what is known.
CONSTANT = None
FIELD, POOLING = "_segviewer_field", "_segviewer_pooling"

Named = dict[str, Any]  # an operation's arguments by their names
Handler = Callable[["Trace", Named, list[Tensor], Any], Field]


def handles(table: dict[str, Handler], *names: str) -> Callable[[Handler], Handler]:
    """Register a handler in `table` for aten operations of these names.

    A handler gets the trace, the arguments by name, the tensors read, and the output, and
    returns the output's field.
    """

    def register(handler: Handler) -> Handler:
        table.update(dict.fromkeys(names, handler))
        return handler

    return register


class Trace:
    """The maps that come from one picture.

    Parameters
    ----------
    height, width : int
        Of the picture, in pixels.
    known : iterable of Tensor
        Parameters and buffers, which depend on no pixel.
    """

    def __init__(self, height: int, width: int, known: Iterable[Tensor]):
        self.tapes = Tape(height), Tape(width)
        self._known = {id(tensor) for tensor in known}

    def picture(self, channels: int, batch: int = 1) -> Tensor:
        """The tensor (batch, channels, height, width) that a trace starts from."""
        sizes = [tape.picture.size for tape in self.tapes]
        image = torch.empty(batch, channels, *sizes, device="meta")
        vertical, horizontal = self.tapes
        setattr(image, FIELD, Field((vertical.picture, horizontal.picture)))
        return image

    def add(self, sizes: Sequence[int], *links: tuple[Field, Sequence[Window]]) -> Field:
        """Field of a map (h, w) that reads other maps through windows (vertical, horizontal)."""
        vertical, horizontal = (
            tape.add(
                int(sizes[axis]), *((field.nodes[axis], windows[axis]) for field, windows in links)
            )
            for axis, tape in enumerate(self.tapes)
        )
        return Field((vertical, horizontal))

    def field_of(self, tensor: Tensor) -> Field | None:
        """What `tensor` reads, None for a constant.

        Raises
        ------
        UntraceableError
            If the tensor was made where the trace could not see it.
        """
        if hasattr(tensor, FIELD):
            found: Field | None = getattr(tensor, FIELD)
            return found
        own = id(tensor) in self._known or tensor.device.type != "meta" or tensor.ndim < 3
        if own:
            return CONSTANT
        raise UntraceableError(
            "The receptive field cannot be traced.",
            f"A tensor of shape {tuple(tensor.shape)} comes from nowhere the trace can see.",
            "Make it a parameter or a buffer of the network, or compute it from the picture.",
        )

    def together(self, fields: list[Field], output: Tensor, name: str) -> Field:
        """Field of a result that reads the same cell of several maps, spreading single cells.

        Parameters
        ----------
        fields : list of Field
        output : Tensor
            The result, for its size.
        name : str
            Of the operation, for the error.
        """
        maps = [field for field in fields if field.dims is not None]
        dims = {field.dims for field in maps}
        if len(dims) > 1:
            raise untraceable(f"{name} of maps whose rows and columns lie elsewhere")
        if not maps:
            both = self.add((1, 1), *((field, (SAME, SAME)) for field in fields))
            return replace(both, dims=None, mixed=all(field.mixed for field in fields))
        (own,) = dims
        assert own is not None
        sizes = [output.shape[dim] for dim in own]
        links = []
        for field in fields:
            windows = [
                SAME if node.size == size else Repeat(size)
                for node, size in zip(field.nodes, sizes, strict=True)
            ]
            links.append((field, windows))
        return replace(self.add(sizes, *links), dims=own)


def untraceable(operation: str) -> UntraceableError:
    """The error for an operation whose windows are not known."""
    return UntraceableError(
        "The receptive field cannot be traced.",
        f"It is not known which cells the operation {operation!r} reads.",
        "Choose a network without it, or add it to segviewer/analysis/receptive_fields.",
    )


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    """Vertical and horizontal of an argument that may be one number."""
    numbers = [value] if isinstance(value, int) else list(value)
    first, second = (numbers * 2)[:2]
    return first, second


def the_map(trace: Trace, tensor: Tensor, name: str) -> Field:
    """Field of a tensor that an operation on maps reads.

    Parameters
    ----------
    trace : Trace
    tensor : Tensor (…, h, w)
    name : str
        Of the operation, for the error.

    Raises
    ------
    UntraceableError
        If the last two dimensions of `tensor` are no map.
    """
    field = trace.field_of(tensor)
    if field is None or field.dims != LAST_TWO:
        raise untraceable(f"{name} on something other than a map")
    return field


def read_field(trace: Trace, tensor: Tensor, named: Named) -> Field:
    """Field of the tensor that an operation reads, which depends on the picture.

    Parameters
    ----------
    trace : Trace
    tensor : Tensor
    named : dict
        The operation's arguments by their names, its own name among them.

    Raises
    ------
    UntraceableError
        If `tensor` depends on no pixel.
    """
    field = trace.field_of(tensor)
    if field is None:
        raise untraceable(f"{named['name']} of a constant")
    return field


def negative(dims: Iterable[int], ndim: int) -> set[int]:
    """Dimensions counted from the last."""
    return {dim - ndim if dim >= 0 else dim for dim in dims}
