"""Programs that tests write: a small network, in every kind of file and with every answer."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

NAMES = ["road", "sky", "tree", "car", "person"]


class Small(nn.Module):
    """Scores of five classes at stride 2, or whatever `answer` says."""

    def __init__(self, answer: str = "logits", classes: int = 5, channels: int = 3):
        super().__init__()
        torch.manual_seed(1)
        self.first = nn.Conv2d(channels, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Conv2d(8, classes, 1)
        self.answer = answer

    def forward(self, x):
        scores = self.last(F.relu(self.norm(self.first(x)))) * 4
        if self.answer == "probabilities":
            return scores.softmax(1)
        if self.answer == "sigmoid":
            return scores.sigmoid()
        if self.answer == "labels":
            return scores.argmax(1)
        if self.answer == "channels last":
            return scores.permute(0, 2, 3, 1)
        if self.answer == "tuple":
            return scores, scores.mean((2, 3))
        if self.answer == "dict":
            return {"aux": scores * 0, "out": scores}
        if self.answer == "vector":
            return scores.mean((2, 3))
        return scores


class Even(Small):
    """Takes sides divisible by four only, as a U-Net with two skips does."""

    def forward(self, x):
        down = F.max_pool2d(F.max_pool2d(x, 2), 2)
        return super().forward(x + F.interpolate(down, scale_factor=4.0))


def write_script(path: Path, network: Small, traced=(64, 96), **extra: str) -> Path:
    """A TorchScript file; `traced` is the size of the picture it is traced with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = torch.zeros(1, network.first.in_channels, *traced)
        program = torch.jit.trace(network.eval(), picture, strict=False)
        torch.jit.save(program, str(path), _extra_files=extra)
    return path


def write_exported(path: Path, network: nn.Module, size=(64, 96), free=False, **extra: str) -> Path:
    """A torch.export file, for one size, or for all with `free`."""
    sides = {"x": {2: torch.export.Dim("h", min=16), 3: torch.export.Dim("w", min=16)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(
            network.eval(), (torch.zeros(1, 3, *size),), dynamic_shapes=sides if free else None
        )
        torch.export.save(program, path, extra_files=extra)
    return path


def write_onnx(
    path: Path,
    network: Small,
    size=(None, None),
    metadata=None,
    channels_last=False,
    external: str = "",
    kind: str = "float",
) -> Path:
    """An ONNX file with the weights of `network`, by onnx's own helpers."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    network = network.eval()
    norm, first = network.norm, network.first
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    weights = {
        "w1": (first.weight * scale[:, None, None, None]).detach().numpy(),
        "b1": ((first.bias - norm.running_mean) * scale + norm.bias).detach().numpy(),
        "w2": (network.last.weight * 4).detach().numpy(),
        "b2": (network.last.bias * 4).detach().numpy(),
    }
    height, width = (side or name for side, name in zip(size, ("h", "w"), strict=True))
    channels, classes = first.weight.shape[1], network.last.weight.shape[0]
    nodes, given = [], "image"
    if kind == "uint8":
        nodes.append(helper.make_node("Cast", [given], ["cast"], to=TensorProto.FLOAT))
        given = "cast"
    if channels_last:
        nodes.append(helper.make_node("Transpose", [given], ["moved"], perm=[0, 3, 1, 2]))
        given = "moved"
    nodes += [
        helper.make_node("Conv", [given, "w1", "b1"], ["c1"], strides=[2, 2], pads=[1] * 4),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["scores"]),
    ]
    answer = "scores"
    if network.answer == "probabilities":
        nodes.append(helper.make_node("Softmax", ["scores"], ["probs"], axis=1))
        answer = "probs"
    elif network.answer == "labels":
        nodes.append(helper.make_node("ArgMax", ["scores"], ["labels"], axis=1, keepdims=0))
        answer = "labels"
    elif network.answer == "channels last":
        nodes.append(helper.make_node("Transpose", ["scores"], ["last"], perm=[0, 2, 3, 1]))
        answer = "last"
    shape = [1, height, width, channels] if channels_last else [1, channels, height, width]
    element = TensorProto.UINT8 if kind == "uint8" else TensorProto.FLOAT
    gives = TensorProto.INT64 if answer == "labels" else TensorProto.FLOAT
    sides = {"labels": [1, None, None], "last": [1, None, None, classes]}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", element, shape)],
        [helper.make_tensor_value_info(answer, gives, sides.get(answer, [1, classes, None, None]))],
        [numpy_helper.from_array(np.ascontiguousarray(w), name) for name, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    if external:
        tensor = model.graph.initializer[0]
        raw = tensor.raw_data
        if "/" not in external:
            (path.parent / external).write_bytes(raw)
        onnx.external_data_helper.set_external_data(tensor, location=external, length=len(raw))
        tensor.ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    return path


def as_json(value: object) -> str:
    return json.dumps(value)
