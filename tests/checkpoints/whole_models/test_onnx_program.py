"""ONNX is data: it opens without a question, and reads nothing but what lies beside it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.whole_models.kinds import ONNX, whole_model_kind
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import IMAGENET
from tests.checkpoints.whole_models.test_opening import expected, probs_of
from tests.checkpoints.whole_models.written_programs import NAMES, Small, as_json, write_onnx

pytest.importorskip("onnxruntime", reason="onnxruntime runs ONNX (extra onnx)")
onnx = pytest.importorskip("onnx", reason="onnx writes the files of these tests")


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 255, (90, 130, 3), np.uint8)


def opened(tmp_path, network, **kwargs):
    return open_network(str(write_onnx(tmp_path / "net.onnx", network, **kwargs)))


@pytest.mark.parametrize("answer", ["logits", "channels last"])
@pytest.mark.parametrize("channels_last", [False, True])
def test_scores_equal_the_networks(tmp_path, image, answer, channels_last):
    network = Small(answer)
    found = opened(tmp_path, network, channels_last=channels_last)
    assert found.network.takes.channels_last == channels_last
    assert found.card.architecture == ONNX and found.card.weights == "unknown"
    np.testing.assert_allclose(probs_of(found, image), expected(network, image), atol=1e-5)
    assert any("NHWC" in note for note in found.notes) == (channels_last or "last" in answer)
    assert any("on the CPU" in note for note in found.notes)


def test_probabilities_and_labels(tmp_path, image):
    tensor = torch.from_numpy(IMAGENET.normalise(image))[None]
    network = Small("probabilities")
    found = opened(tmp_path, network)
    with torch.inference_mode():
        scores = found.network.head(found.network.features(tensor))
        np.testing.assert_allclose(scores.softmax(1), network(tensor), atol=1e-5)
    network = Small("labels")
    found = opened(tmp_path, network, metadata={"names": str(dict(enumerate(NAMES)))})
    assert found.card.classes == tuple(NAMES)
    with torch.inference_mode():
        scores = found.network.head(found.network.features(tensor))
        np.testing.assert_array_equal(scores.argmax(1), network(tensor))


def test_metadata_names_classes_and_preprocessing(tmp_path):
    said = {"class_names": ", ".join(NAMES), "mean": "[0.5, 0.5, 0.5]", "std": "0.5,0.5,0.5"}
    found = opened(tmp_path, Small(), metadata={**said, "channel_order": "bgr"})
    assert found.card.classes == tuple(NAMES)
    assert found.card.preprocessing.mean == (0.5, 0.5, 0.5)
    assert found.card.preprocessing.channel_order == "BGR"
    card = as_json({"title": "Inner", "architecture": ONNX, "classes": list("abcde")})
    assert opened(tmp_path, Small(), metadata={"segviewer": card}).card.title == "Inner"


def test_a_fixed_size_is_kept_to(tmp_path, image):
    network = Small()
    found = opened(tmp_path, network, size=(64, 96))
    assert found.network.takes.size == (64, 96) and found.card.inference_long_side == 96
    assert any("96×64 px only" in note for note in found.notes)
    whole = expected(network, image)
    assert (probs_of(found, image).argmax(0) == whole.argmax(0)).mean() > 0.95


def test_bytes_go_in_as_they_are(tmp_path, image):
    found = opened(tmp_path, Small(), kind="uint8", channels_last=True)
    assert found.card.preprocessing.scale == "byte"
    assert any("own numbers" in note for note in found.notes)
    assert probs_of(found, image).shape == (5, 90, 130)


def test_parameters_are_counted_without_the_library(tmp_path):
    found = opened(tmp_path, Small())
    model = onnx.load(tmp_path / "net.onnx")
    counted = sum(int(np.prod(one.dims)) for one in model.graph.initializer)
    assert sum(p.numel() for p in found.network.parameters()) == counted > 250


def test_numbers_beside_it_are_read(tmp_path, image):
    network = Small()
    found = opened(tmp_path, network, external="numbers.bin")
    np.testing.assert_allclose(probs_of(found, image), expected(network, image), atol=1e-5)


@pytest.mark.parametrize(
    "location", ["../secret.bin", "/etc/hostname", "a/../../secret.bin", "C:\\x.bin", "..\\x.bin"]
)
def test_numbers_elsewhere_are_refused_before_the_library_sees_the_file(
    tmp_path, monkeypatch, location
):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"x" * 4096)
    path = write_onnx(folder / "net.onnx", Small(), external=location)
    import onnxruntime

    def loaded(*args, **kwargs):
        raise AssertionError("the library got it")

    monkeypatch.setattr(onnxruntime, "InferenceSession", loaded)
    with pytest.raises(CheckpointError, match="asks for a file outside its folder"):
        open_network(str(path))


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    path = write_onnx(folder / "net.onnx", Small(), external="numbers.bin")
    (folder / "numbers.bin").rename(tmp_path / "secret.bin")
    (folder / "numbers.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(CheckpointError, match="outside its folder"):
        open_network(str(path))


def test_numbers_that_are_missing_are_named(tmp_path):
    path = write_onnx(tmp_path / "net.onnx", Small(), external="numbers.bin")
    (tmp_path / "numbers.bin").unlink()
    with pytest.raises(CheckpointError, match="lacks a part") as refused:
        open_network(str(path))
    assert "numbers.bin" in refused.value.why


def test_numbers_named_inside_an_inner_graph_are_found_too(tmp_path):
    path = write_onnx(tmp_path / "net.onnx", Small())
    model = onnx.load(path)
    bad = onnx.numpy_helper.from_array(np.zeros(4, np.float32), "bad")
    onnx.external_data_helper.set_external_data(bad, location="../secret.bin")
    bad.ClearField("raw_data")
    constant = onnx.helper.make_node("Constant", [], ["c"], value=bad)
    inner = onnx.helper.make_graph([constant], "inner", [], [])
    node = onnx.helper.make_node("If", ["scores"], ["d"], then_branch=inner, else_branch=inner)
    model.graph.node.append(node)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError, match="outside its folder"):
        open_network(str(path))


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_file_that_breaks_off_is_none(tmp_path, kept):
    path = write_onnx(tmp_path / "net.onnx", Small())
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(CheckpointError):
        open_network(str(path))


def test_sizes_that_lie_are_refused(tmp_path):
    path = write_onnx(tmp_path / "net.onnx", Small())
    model = onnx.load(path)
    model.graph.initializer[0].dims[:] = [2**20, 2**20, 3, 3]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError):
        open_network(str(path))


def test_what_the_library_cannot_load_is_said_with_its_words_and_nothing_is_printed(
    tmp_path, capfd
):
    path = write_onnx(tmp_path / "net.onnx", Small())
    path.write_bytes(path.read_bytes().replace(b"Relu", b"Relx"))
    with pytest.raises(CheckpointError, match="cannot be loaded") as refused:
        open_network(str(path))
    assert "onnxruntime" in refused.value.why and "Relx" in refused.value.details
    assert capfd.readouterr() == ("", "")


def test_several_inputs_are_refused_by_their_names(tmp_path):
    path = write_onnx(tmp_path / "net.onnx", Small())
    model = onnx.load(path)
    second = onnx.helper.make_tensor_value_info("prompt", onnx.TensorProto.FLOAT, [1, 4])
    model.graph.input.append(second)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError, match="takes no picture") as refused:
        open_network(str(path))
    assert "prompt" in refused.value.why


def test_without_the_library_it_says_how_to_get_it(tmp_path, monkeypatch):
    path = write_onnx(tmp_path / "net.onnx", Small())
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(CheckpointError, match="onnxruntime is not installed") as refused:
        open_network(str(path))
    assert "pip install 'segviewer[onnx]'" in refused.value.next_step


def test_only_a_whole_message_with_a_graph_is_onnx(tmp_path):
    path = tmp_path / "x.onnx"
    for content in (b"\x08\x08", b"\x08\x08\x3a\x00", b"\x08" * 40, b"", b"\x08\x08\x3a\xff\xff"):
        path.write_bytes(content)
        assert whole_model_kind(path) == ""
    path.write_bytes(b"\x08\x08\x3a\x00\x42\x00")
    assert whole_model_kind(path) == ONNX
