"""Files of other libraries are named for what they are, with the way on."""

from __future__ import annotations

import zipfile

import pytest

from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.imaging.reading.routing import looks_like

HDF5 = b"\x89HDF\r\n\x1a\n" + b"\0" * 100
TABLE = b"\0" * 100 + bytes.fromhex("57fb808b247547db")
GRAPH = b"\x0a\x10" + b"\0" * 100


@pytest.mark.parametrize(
    ("name", "content", "what", "step"),
    [
        ("weights.h5", HDF5, "an HDF5 file, as Keras", "load_weights"),
        ("renamed.pth", HDF5, "an HDF5 file, as Keras", "export('model.onnx'"),
        ("saved_model.pb", b"\x08\x01\x12\x04", "a TensorFlow SavedModel", "--saved-model"),
        ("frozen.pb", GRAPH, "a frozen graph of TensorFlow", "--graphdef frozen.pb"),
        ("model.tflite", b"\x1c\0\0\0TFL3" + b"\0" * 50, "a TensorFlow Lite model", "--tflite"),
        ("model.ckpt-9.index", TABLE, "a part of a TensorFlow checkpoint", "SavedModel"),
        ("variables.data-00000-of-00001", b"\1" * 9, "a part of a TensorFlow check", "SavedModel"),
        ("fcn8s.caffemodel", GRAPH, "a file of Caffe's weights", "to ONNX"),
        ("deploy.prototxt", b'name: "fcn"\nlayer {\n}\n', "description of a Caffe", "to ONNX"),
        ("net.mlmodel", b"\x08\x04\x12\x02", "a Core ML model", "torch.onnx.export"),
    ],
)
def test_each_is_named_with_the_way_on(tmp_path, name, content, what, step):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as refused:
        open_network(str(path))
    assert what in refused.value.what and refused.value.why.endswith(".")
    assert step in refused.value.next_step


def test_a_keras_archive(tmp_path):
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, "{}")
    with pytest.raises(CheckpointError, match="a Keras model"):
        open_network(str(path))


def test_a_saved_model_is_a_folder_and_named_in_the_command(tmp_path):
    folder = tmp_path / "deeplab"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01")
    with pytest.raises(CheckpointError, match="SavedModel") as refused:
        open_network(str(folder))
    assert "--saved-model deeplab" in refused.value.next_step


@pytest.mark.parametrize("name", ["net.pb", "net.caffemodel", "net.mlmodel"])
def test_a_name_alone_makes_no_other_librarys_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(CheckpointError, match="web page"):
        open_network(str(path))


def test_what_is_named_onnx_and_is_none(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x08\x07\x12\x30pytor")
    with pytest.raises(CheckpointError, match="named as an ONNX model and is none"):
        open_network(str(path))


@pytest.mark.parametrize(
    "name", ["a.h5", "a.keras", "a.caffemodel", "a.onnx", "a.pt2", "model.safetensors.index.json"]
)
def test_dropped_on_the_window_it_is_opened_as_a_checkpoint(tmp_path, name):
    # An HDF5 file that says nothing of Keras may hold scores.
    (tmp_path / name).write_bytes(b"\x0a model_weights" if name == "a.h5" else b"\x0a")
    assert looks_like(tmp_path / name) == "checkpoint"
