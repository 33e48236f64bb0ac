"""Run a torch module without numbers and write down what each of its maps reads.

The module itself is run, on tensors of the meta device that have a shape and no values. A
dispatch mode sees every operation torch is left with after its own decompositions and puts
the matching windows on the tapes of :mod:`segviewer.analysis.receptive_fields.reach`. Nothing of
the module is changed or copied, so its present strides, rates and switches are what is traced.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from segviewer.analysis.receptive_fields import traced_shapes, traced_statistics, traced_windows
from segviewer.analysis.receptive_fields.traced_maps import (
    CONSTANT,
    FIELD,
    POOLING,
    Field,
    Handler,
    Named,
    Trace,
    untraceable,
)
from segviewer.analysis.receptive_fields.traced_windows import convolved, pool_windows

HANDLERS: dict[str, Handler] = {
    **traced_windows.HANDLERS,
    **traced_shapes.HANDLERS,
    **traced_statistics.HANDLERS,
}

# Operations that work cell by cell although torch does not tag them so.
PLACE_BY_PLACE = frozenset(
    [
        "hardswish",
        "hardswish_",
        "prelu",
        "_prelu_kernel",
        "native_dropout",
        "clone",
        "_to_copy",
        "detach",
        "detach_",
        "alias",
        "lift_fresh",
        "bernoulli",
        "bernoulli_",
        "contiguous",
        "copy_",
        "channel_shuffle",
        "native_channel_shuffle",
        "rrelu_with_noise",
        "glu",
        "cudnn_batch_norm",
    ]
)
OVERWRITING = frozenset(("zero_", "fill_", "normal_", "uniform_"))


class TracingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's is bare
    """Follows every map that comes from :meth:`Trace.picture`.

    Parameters
    ----------
    trace : Trace
        Where the maps are written down.
    """

    def __init__(self, trace: Trace):
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is bare
        self._trace = trace

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        fields = [self._trace.field_of(tensor) for tensor in tensors]
        in_place = bool(tensors) and name.endswith("_") and not name.endswith("__")
        output: Any
        if in_place:
            output = tensors[0]
        elif name == "convolution":
            output = convolved(*args, **kwargs)
        elif name == "native_batch_norm":
            # As with convolutions; nothing reads the statistics behind it.
            output = tuple(torch.empty(n, device="meta") for n in (tensors[0].shape, 0, 0))
        elif name == "upsample_bilinear2d" and len(args) > 1 and args[1] is not None:
            output = torch.empty((*tensors[0].shape[:2], *args[1]), device="meta")
        else:
            args, kwargs = tree_map_only(Tensor, _without_values, (args, kwargs))
            output = func(*args, **kwargs)
        field = self._field(func, name, args, kwargs, tensors, fields, output)
        for leaf in tree_leaves(output):
            if isinstance(leaf, Tensor):
                setattr(leaf, FIELD, field)
        if in_place and field != fields[0] and getattr(output, "_base", None) is not None:
            raise untraceable(f"{name} on a part of a map")
        if name == "max_pool2d_with_indices":
            setattr(output[1], POOLING, field and pool_windows(_named(func, args, kwargs)))
        return output

    def _field(
        self,
        func: OpOverload,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        fields: list[Field | None],
        output: Any,
    ) -> Field | None:
        reading = [field for field in fields if field is not CONSTANT]
        if not reading or name in OVERWRITING:
            return CONSTANT
        if name.endswith("_like") or name.startswith("new_"):
            return CONSTANT
        if torch.Tag.pointwise in func.tags or name in PLACE_BY_PLACE:
            result = output if isinstance(output, Tensor) else output[0]
            return self._trace.together(reading, result, name)
        if name not in HANDLERS:
            raise untraceable(name)
        named = {"name": name, **_named(func, args, kwargs)}
        return HANDLERS[name](self._trace, named, tensors, output)


def _without_values(tensor: Tensor) -> Tensor:
    if tensor.device.type == "meta":
        return tensor
    return torch.empty_strided(
        tensor.shape, tensor.stride(), dtype=tensor.dtype, device=torch.device("meta")
    )


def _named(func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Named:
    schema = func._schema.arguments
    found: Named = {a.name: a.default_value for a in schema if a.has_default_value()}
    found |= {a.name: value for a, value in zip(schema, args, strict=False)}
    return found | kwargs
