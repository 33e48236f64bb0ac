"""Files of other libraries: named for what they are, with the way on."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name

SAVED_MODEL = "saved_model.pb"
_TABLE_END = 0xDB4775248B80FB57.to_bytes(8, "little")  # of the tables in TensorFlow's .index


@dataclass(frozen=True)
class Foreign:
    """A format that is not read.

    Attributes
    ----------
    what : str
        "a TensorFlow SavedModel", behind "is".
    why, step : str
        Sentences; ``{name}`` is the file.
    """

    what: str
    why: str
    step: str


_TENSORFLOW = "It holds a graph of TensorFlow, and this program runs PyTorch and ONNX."
_OPEN_ONNX = "and open the ONNX file."
_KERAS_STEP = (
    "Where Keras is installed: keras.saving.load_model('{name}').export('model.onnx', "
    f"format='onnx'), {_OPEN_ONNX}"
)

SAVED = Foreign(
    "a TensorFlow SavedModel",
    _TENSORFLOW,
    "Convert it: pip install tf2onnx, then python -m tf2onnx.convert --saved-model FOLDER "
    f"--output model.onnx, {_OPEN_ONNX}",
)
GRAPH = Foreign(
    "a frozen graph of TensorFlow",
    _TENSORFLOW,
    "Convert it: pip install tf2onnx, then python -m tf2onnx.convert --graphdef {name} --inputs "
    f"NAME:0 --outputs NAME:0 --output model.onnx, {_OPEN_ONNX}",
)
TABLES = Foreign(
    "a part of a TensorFlow checkpoint",
    "It holds TensorFlow's variables without the network, which is in the code that wrote it.",
    "With that code save a SavedModel, convert it with tf2onnx, and open the ONNX file.",
)
LITE = Foreign(
    "a TensorFlow Lite model",
    "It is a program for TensorFlow's small runtime, and this program runs PyTorch and ONNX.",
    "Convert it: pip install tf2onnx, then python -m tf2onnx.convert --tflite {name} --output "
    f"model.onnx, {_OPEN_ONNX}",
)
KERAS = Foreign(
    "a Keras model", "It needs Keras to run, and this program runs PyTorch and ONNX.", _KERAS_STEP
)
HDF5 = Foreign(
    "an HDF5 file, as Keras writes it",
    "It holds a Keras model, or the weights alone, and this program runs PyTorch and ONNX.",
    _KERAS_STEP + " Of weights alone, build the network first and load_weights() them.",
)
CAFFE = Foreign(
    "a file of Caffe's weights",
    "It needs the network's description (.prototxt) and Caffe to run.",
    "Convert both with a converter from Caffe to ONNX and open the result, or convert them to the "
    "PyTorch names of a network of this program (segviewer networks).",
)
PROTOTXT = Foreign(
    "the description of a Caffe network",
    "It is text without weights, which stand in a .caffemodel beside it.",
    f"Convert both with a converter from Caffe to ONNX {_OPEN_ONNX}",
)
CORE_ML = Foreign(
    "a Core ML model",
    "It is a program for Apple's runtime, and this program runs PyTorch and ONNX.",
    "Export the network that it was made from: torch.onnx.export or torch.save(state_dict()).",
)

_BY_SUFFIX = {
    ".pb": GRAPH,
    ".index": TABLES,
    ".meta": TABLES,
    ".caffemodel": CAFFE,
    ".prototxt": PROTOTXT,
    ".mlmodel": CORE_ML,
    ".tflite": LITE,
}


def foreign_file(path: Path, head: bytes, end: bytes = b"") -> Foreign | None:
    """The format of another library, by how a file begins and ends, else by its name.

    Parameters
    ----------
    path : Path
    head, end : bytes
        Its first bytes, at least eight where there are so many; and its last eight.
    """
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return HDF5
    if head[4:8] == b"TFL3":
        return LITE
    if end == _TABLE_END:
        return TABLES
    if path.name == SAVED_MODEL:
        return SAVED
    if ".data-" in path.name and "-of-" in path.name:
        return TABLES
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found in (GRAPH, CAFFE, CORE_ML):
        # Messages of protocol buffers begin with one of their first fields.
        return found if head[:1] in (b"\x0a", b"\x08", b"\x12") else None
    return found


def foreign_archive(names: Collection[str]) -> Foreign | None:
    """The format of another library, by what a zip archive lists."""
    return KERAS if "model.weights.h5" in names and "config.json" in names else None


def foreign_folder(names: Collection[str]) -> Foreign | None:
    """The format of another library, by the files of a folder."""
    if SAVED_MODEL in names or "keras_metadata.pb" in names:
        return SAVED
    tables = any(name.endswith(".index") for name in names)
    return TABLES if tables and any(".data-" in name for name in names) else None


def refusal(path: Path, found: Foreign, details: str = "") -> CheckpointError:
    """What is said of it.

    Parameters
    ----------
    path : Path
    found : Foreign
    details : str
    """
    name = shown_name(path)
    return CheckpointError(
        f"{name} is {found.what}.",
        found.why,
        found.step.replace("{name}", name).replace("FOLDER", _folder(path)),
        details or str(path),
    )


def _folder(path: Path) -> str:
    return shown_name(path if os.path.isdir(path) else path.parent)
