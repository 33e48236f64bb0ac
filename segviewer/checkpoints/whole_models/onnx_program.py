"""ONNX models, run by onnxruntime on the CPU.

ONNX is data: operators of a fixed list, no code. What it may do is name other files for its
numbers, and those are looked at before the library gets the file.
"""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

import torch
from torch import Tensor

from segviewer.checkpoints.reading.refusals import check_memory, damaged
from segviewer.checkpoints.whole_models.network import Input
from segviewer.checkpoints.whole_models.protobuf import DamagedMessage, Field, fields, inside, text
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import is_regular, open_regular, shown_name

# Fields of ONNX's messages, by onnx.proto: ModelProto, GraphProto, NodeProto, AttributeProto,
# FunctionProto, TensorProto, StringStringEntryProto.
_MODEL_GRAPH, _MODEL_FUNCTION = 7, 25
_GRAPH_NODE, _GRAPH_TENSOR = 1, 5
_NODE_ATTRIBUTE, _FUNCTION_NODE = 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_SIDE, _TENSOR_EXTERNAL = 1, 13
_KEY, _VALUE = 1, 2
_MOST_DEEP = 16
_TYPES = {
    "tensor(float)": torch.float32,
    "tensor(float16)": torch.float16,
    "tensor(double)": torch.float64,
    "tensor(uint8)": torch.uint8,
}
_ERRORS_ONLY = 3  # onnxruntime's levels of severity


@dataclass
class Contents:
    """What stands in a file without its numbers.

    Attributes
    ----------
    external : list of str
        Files that hold numbers, as the model names them.
    num_parameters : int
    """

    external: list[str] = field(default_factory=list)
    num_parameters: int = 0


class OnnxProgram:
    """A session of onnxruntime."""

    differentiable = False

    def __init__(self, session: Any, num_parameters: int) -> None:
        self.session, self.num_parameters = session, num_parameters
        self.input = session.get_inputs()[0].name
        self.outputs = [output.name for output in session.get_outputs()]

    def run(self, image: Tensor) -> dict[str, Tensor]:
        found = self.session.run(self.outputs, {self.input: image.detach().cpu().numpy()})
        arrays = zip(self.outputs, found, strict=True)
        return {name: torch.from_numpy(a) for name, a in arrays if hasattr(a, "shape")}

    def parameters(self) -> Iterator[Tensor]:
        yield from ()

    def move(self, device: torch.device) -> None:
        """It stays on the CPU; what it gives is brought to where the picture is."""


def load_onnx(path: Path) -> tuple[OnnxProgram, Input, list[tuple[int, int]], dict[str, str]]:
    """Load an ONNX model.

    Returns
    -------
    program : OnnxProgram
    takes : Input
    hints : list
        Empty: the file says which sizes it takes.
    texts : dict of str to str
        Its metadata.

    Raises
    ------
    CheckpointError
        If onnxruntime is not installed, or the file is damaged, takes something else than one
        picture, or names numbers that are not beside it.
    """
    runtime = _onnxruntime(path)
    contents, data = _looked_at(path)
    options = runtime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY + 1
    try:
        session = runtime.InferenceSession(
            # The very bytes that were looked at, but where more lies beside them.
            str(path) if contents.external else data,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # which would be to the same once more, and print so
        )
        texts = dict(session.get_modelmeta().custom_metadata_map)
    except MemoryError:
        raise
    except Exception as error:  # its exceptions share no base
        raise CheckpointError(
            f"{shown_name(path)} cannot be loaded.",
            f"onnxruntime {runtime.__version__} says: {_words(error)}.",
            "Export it again, with operators of an opset that this version knows.",
            f"{path}\n{error}",
        ) from error
    takes = _input_of(path, session.get_inputs())
    return OnnxProgram(session, contents.num_parameters), takes, [], texts


def _onnxruntime(path: Path) -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise CheckpointError(
            f"{shown_name(path)} is an ONNX model, and onnxruntime is not installed.",
            "It runs ONNX, and comes with the extra “onnx”.",
            "Install it with: pip install 'segviewer[onnx]'",
            f"{path}\n{error}",
        ) from error


def _looked_at(path: Path) -> tuple[Contents, bytes]:
    """Read the file, walk through it, and refuse numbers that lie elsewhere.

    Raises
    ------
    CheckpointError
    """
    contents = Contents()
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        check_memory(path, 2 * size)
        data = file.read()
    content = io.BytesIO(data)
    try:
        for one in fields(content, size):
            if one.number == _MODEL_GRAPH:
                _look_at_graph(content, one, contents, 0)
            elif one.number == _MODEL_FUNCTION:
                _look_at_nodes(content, one, _FUNCTION_NODE, contents, 0)
    except (DamagedMessage, RecursionError) as error:
        raise damaged(path, error) from error
    check_memory(path, 2 * size + 4 * contents.num_parameters)
    folder = os.path.realpath(path.parent)
    for name in dict.fromkeys(contents.external):
        _check_external(path, folder, name)
    return contents, data


def _look_at_graph(file: IO[bytes], graph: Field, contents: Contents, depth: int) -> None:
    if depth > _MOST_DEEP:
        raise DamagedMessage(f"graphs in graphs, {depth} deep")
    for one in inside(file, graph):
        if one.number == _GRAPH_TENSOR:
            _look_at_tensor(file, one, contents)
    _look_at_nodes(file, graph, _GRAPH_NODE, contents, depth)


def _look_at_nodes(
    file: IO[bytes], parent: Field, number: int, contents: Contents, depth: int
) -> None:
    for node in inside(file, parent):
        if node.number != number:
            continue
        for attribute in inside(file, node):
            if attribute.number == _NODE_ATTRIBUTE:
                _look_at_attribute(file, attribute, contents, depth)


def _look_at_attribute(file: IO[bytes], attribute: Field, contents: Contents, depth: int) -> None:
    for one in inside(file, attribute):
        if one.number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _look_at_tensor(file, one, contents)
        elif one.number in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
            _look_at_graph(file, one, contents, depth + 1)


def _look_at_tensor(file: IO[bytes], tensor: Field, contents: Contents) -> None:
    count = 1
    for one in inside(file, tensor):
        if one.number == _TENSOR_SIDE:
            for side in _numbers(file, one):
                count *= side
        elif one.number == _TENSOR_EXTERNAL:
            pair = {part.number: text(file, part) for part in inside(file, one)}
            if pair.get(_KEY) == "location":
                contents.external.append(pair.get(_VALUE, ""))
    contents.num_parameters += count


def _numbers(file: IO[bytes], one: Field) -> list[int]:
    """Whole numbers, each in a field of its own or packed into one."""
    if one.start == one.end:
        return [one.value]
    file.seek(one.start)
    packed = file.read(min(one.end - one.start, 1 << 10))
    found, value, shift = [], 0, 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value)
            value = shift = 0
    return found


def _check_external(path: Path, folder: str, name: str) -> None:
    """Refuse a file of numbers that does not lie in the model's own folder."""
    target = os.path.realpath(os.path.join(folder, name)) if "\0" not in name else ""
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
    inner = target.startswith(folder.rstrip(os.sep) + os.sep)
    if not name or absolute or ".." in name.replace("\\", "/").split("/") or not inner:
        raise CheckpointError(
            f"{shown_name(path)} asks for a file outside its folder.",
            f"It says that its numbers lie in “{name[:120]}”, and a model reads nothing but what "
            "lies beside it.",
            "Do not use this file. If you made it, save its numbers in the same folder, or within "
            "the file.",
            str(path),
        )
    if not is_regular(target):
        raise CheckpointError(
            f"{shown_name(path)} lacks a part.",
            f"Its numbers lie in {shown_name(name)}, which is not beside it.",
            "Put that file into the same folder, or export the model into one file.",
            str(path),
        )


def _input_of(path: Path, inputs: list[Any]) -> Input:
    """What the one input takes.

    Raises
    ------
    CheckpointError
        If there are several, or it is no picture.
    """
    one = inputs[0] if len(inputs) == 1 else None
    sides = [side if isinstance(side, int) else None for side in one.shape] if one else []
    last = len(sides) == 4 and sides[1] not in (1, 3) and sides[3] in (1, 3)
    channels, height, width = (
        (sides[3], sides[1], sides[2]) if last else sides[1:] if len(sides) == 4 else (0, 0, 0)
    )
    if one is None or len(sides) != 4 or one.type not in _TYPES or channels not in (1, 3, None):
        said = ", ".join(f"{i.name}: {i.type} {'×'.join(map(str, i.shape))}" for i in inputs)
        raise CheckpointError(
            f"{shown_name(path)} takes no picture.",
            f"Its inputs are {said[:300] or 'none'}; one of 1×3×height×width is needed.",
            "Export it with the normalised picture as its only input.",
            str(path),
        )
    if height is not None or width is not None:
        size: tuple[int, int] | None = (height or width or 0, width or height or 0)
    else:
        size = None
    return Input(channels or 3, last, size, dtype=_TYPES[one.type])


def _words(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300].rstrip(".") if lines else type(error).__name__
