"""Tensors of kinds and shapes that no network has, by name, each for a dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _zeros(*size: int) -> Callable:
    def make(kind: Any) -> Any:
        import torch

        return torch.empty(size, dtype=kind)

    return make


def _of(expression: str) -> Callable:
    def make(kind: Any) -> Any:
        import torch

        return eval(expression, {"torch": torch, "kind": kind})

    return make


ODD: dict[str, Callable] = {
    "plain": _zeros(16, 3, 7, 7),
    "scalar": _zeros(),
    "empty": _zeros(0),
    "nothing wide": _of("torch.empty((2**40, 0), dtype=kind)"),
    "64 dimensions": _zeros(*[1] * 64),
    "65 dimensions": _zeros(*[1] * 65),
    "turned": _of("torch.empty((3, 5), dtype=kind).T"),
    "channels last": _of(
        "torch.empty((2, 3, 4, 5), dtype=kind).to(memory_format=torch.channels_last)"
    ),
    "expanded": _of("torch.zeros(1, dtype=kind).expand(2**28)"),
    "expanded a little": _of("torch.zeros(16, 1, 1, 1, dtype=kind).expand(16, 3, 7, 7)"),
    "sparse": _of("torch.zeros(4, 4, dtype=kind).to_sparse()"),
    "sparse rows": _of("torch.eye(4).to(kind).to_sparse_csr()"),
    "nested": _of("torch.nested.nested_tensor([torch.zeros(2, dtype=kind), torch.zeros(3)])"),
    "jagged": _of(
        "torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=torch.jagged)"
    ),
    "on no device": _of("torch.empty(2**40, dtype=kind, device='meta')"),
    "quantised": _of("torch.quantize_per_tensor(torch.zeros(4), 0.1, 0, torch.qint8)"),
    "quantised by channel": _of(
        "torch.quantize_per_channel(torch.zeros(2, 2), torch.ones(2), torch.zeros(2), 0,"
        " torch.quint8)"
    ),
    "conjugate": _of("torch.zeros(3, dtype=torch.complex64).conj()"),
    "parameter": _of("torch.nn.Parameter(torch.zeros(3, dtype=kind))"),
    "buffer": _of("torch.nn.Buffer(torch.zeros(3, dtype=kind))"),
    "not finite": _of("torch.full((16, 3, 7, 7), float('nan')).to(kind)"),
    "float4": _of("torch.zeros(8, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)"),
    "float8": _of("torch.zeros(8).to(torch.float8_e4m3fn)"),
}
