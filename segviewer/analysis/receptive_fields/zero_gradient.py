"""Why the gradient of a unit is 0 everywhere: where on its way to the picture it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, Node

Gradients = tuple[Tensor | None, ...]

# Names of torch's backward nodes, without "Backward0".
RECTIFIERS = ("Relu", "Hardtanh", "Hardswish", "Hardsigmoid", "Threshold", "LeakyRelu", "Prelu")


def find_reason(
    edge: GradientEdge | None, image: Tensor, seed: Tensor, labels: Mapping[Node, str]
) -> str:
    """Follow the gradient back from a unit and say in a sentence what stops it.

    Parameters
    ----------
    edge : GradientEdge or None
        Where the unit's layer stands in the graph; None if it stands in none.
    image : Tensor
        A leaf of the graph.
    seed : Tensor
        Gradient of the layer: 1 at the unit.
    labels : mapping
        Names of layers by their node.
    """
    nodes = _nodes_behind(edge)
    if not any(getattr(node, "variable", None) is image for node in nodes):
        return (
            "Cut off: no path leads from the picture to this layer; every branch between "
            "them is switched off."
        )
    ends = [] if edge is None else _ends(edge, image, seed, nodes)
    names = [node.name().removeprefix("torch::autograd::").rstrip("0123456789") for node in ends]
    names = [name.removesuffix("Backward") for name in names]
    places = sorted({labels[node] for node in ends if node in labels})
    at = f" at {', '.join(places[:3])}{' and others' if len(places) > 3 else ''}" if places else ""
    if any(name in RECTIFIERS for name in names):
        return f"Dead ReLU: the gradient ends{at} where the activation stands on its flat side."
    if any(name.startswith(("ConstantPad", "Slice")) for name in names):
        return "Outside: the unit reads padding around the picture alone."
    if "Convolution" in names:
        return (
            f"Nothing passes a convolution{at}: all its taps fall on padding, or their weights "
            "are 0."
        )
    if names:
        return f"The gradient ends{at} ({', '.join(sorted(set(names)))})."
    return "Paths of opposite sign cancel."


def _nodes_behind(edge: GradientEdge | None) -> list[Node]:
    if edge is None:
        return []
    found, waiting = [edge.node], [edge.node]
    seen = {edge.node}
    while waiting:
        for node, _ in waiting.pop().next_functions:
            if node is not None and node not in seen:
                seen.add(node)
                found.append(node)
                waiting.append(node)
    return found


def _ends(edge: GradientEdge, image: Tensor, seed: Tensor, nodes: list[Node]) -> list[Node]:
    """Nodes that a gradient reaches and none leaves."""
    ends = []

    def watch(node: Node) -> Callable[[Gradients, Gradients], None]:
        def passed(given: Gradients, taken: Gradients) -> None:
            if _any(taken) and not _any(given):
                ends.append(node)

        return passed

    # The leaf's own node takes and gives nothing on.
    hooks = [node.register_hook(watch(node)) for node in nodes if node.next_functions]
    try:
        torch.autograd.grad(edge, image, seed, retain_graph=True, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    return ends


def _any(gradients: Gradients) -> bool:
    return any(bool(g.any()) for g in gradients if g is not None)
