"""Which kind of whole model a file is, by its content alone: nothing of it is run or unpickled."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from segviewer.checkpoints.whole_models.protobuf import DamagedMessage, fields
from segviewer.files.regular_files import open_regular

TORCH_SCRIPT, EXPORTED, ONNX = "torch_script", "exported_program", "onnx"


@dataclass(frozen=True)
class Kind:
    """One kind of whole model.

    Attributes
    ----------
    title : str
        What it is called: "TorchScript program".
    suffixes : tuple of str
    runs_code : bool
        Whether opening it runs what its author wrote, so that the person is asked first.
    origin : str
        How one is made, in a few words.
    """

    title: str
    suffixes: tuple[str, ...]
    runs_code: bool
    origin: str


KINDS = {
    TORCH_SCRIPT: Kind("TorchScript program", (".pt", ".pth", ".ts"), True, "torch.jit.save"),
    EXPORTED: Kind("torch.export program", (".pt2",), True, "torch.export.save"),
    ONNX: Kind("ONNX model", (".onnx",), False, "torch.onnx.export and other exporters"),
}

_MOST_RECORDS = 100_000
_MOST_FIELDS = 10_000  # of an ONNX file's outermost message; exporters write about ten
# Of ModelProto: the number of the format's version, of the graph, of the operators' versions.
_IR_VERSION, _GRAPH, _OPERATORS = 1, 7, 8


def whole_model_kind(path: Path) -> str:
    """The kind of whole model at `path`, a name in :data:`KINDS`; "" for anything else."""
    try:
        with open_regular(path) as file:
            start = file.read(4)
            file.seek(0)
            if start == b"PK\x03\x04":
                return _kind_of_archive(file)
            # The version comes first in files of every exporter.
            return ONNX if start[:1] == b"\x08" and _is_onnx(file) else ""
    except (OSError, ValueError):
        return ""  # reading it as weights says why


def _kind_of_archive(file: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    # A list that is damaged can raise nearly anything.
    except Exception:
        return ""
    if len(names) > _MOST_RECORDS:
        return ""
    inside = {name.partition("/")[2] for name in names}
    # Both of them without the folder, too, as older versions write.
    if "serialized_exported_program.json" in {*names, *inside} or "archive_format" in inside:
        return EXPORTED
    has_code = any("/code/" in f"/{name}" for name in names)
    return TORCH_SCRIPT if has_code and any(n.endswith("constants.pkl") for n in names) else ""


def _is_onnx(file: IO[bytes]) -> bool:
    """Whether it is one protobuf message from end to end, with a graph and operators in it."""
    size = os.fstat(file.fileno()).st_size
    found = set()
    try:
        for number, field in enumerate(fields(file, size)):
            if number > _MOST_FIELDS:
                return False
            found.add(field.number)
    except DamagedMessage:
        return False
    return {_IR_VERSION, _GRAPH, _OPERATORS} <= found
