"""Folders that libraries write."""

import pytest

from segviewer.checkpoints.reading.folder import belongs_to, weights_in
from segviewer.errors import CheckpointError


def touched(folder, *names):
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("config.json", "model.safetensors", "pytorch_model.bin"), "model.safetensors"),
        (("config.json", "pytorch_model.bin"), "pytorch_model.bin"),
        (("notes.txt", "best.ckpt"), "best.ckpt"),
        (
            (
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
                "pytorch_model.bin.index.json",
            ),
            "model.safetensors.index.json",
        ),
        (("decoder_epoch_5.pth", "encoder_epoch_5.pth"), "encoder_epoch_5.pth"),
    ],
)
def test_the_weights_of_a_folder(tmp_path, names, found):
    assert weights_in(touched(tmp_path, *names)) == tmp_path / found


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "holds 0 weights files"),
        (("a.pth", "b.pth"), "a.pth, b.pth"),
        (("saved_model.pb", "fingerprint.pb"), "TensorFlow SavedModel.*tf2onnx"),
        (
            ("checkpoint", "model.ckpt-9.index", "model.ckpt-9.data-00000-of-00001"),
            "part of a TensorFlow checkpoint",
        ),
    ],
)
def test_which_it_is_not_said(tmp_path, names, said):
    with pytest.raises(CheckpointError, match=said):
        weights_in(touched(tmp_path, *names))


def test_a_file_is_itself(tmp_path):
    assert weights_in(tmp_path / "a.pth") == tmp_path / "a.pth"


def test_whom_a_configuration_beside_speaks_of(tmp_path):
    touched(tmp_path, "one.pth")
    assert belongs_to(tmp_path / "one.pth")
    touched(tmp_path, "model.safetensors")
    assert not belongs_to(tmp_path / "one.pth")
    assert belongs_to(tmp_path / "model.safetensors")
