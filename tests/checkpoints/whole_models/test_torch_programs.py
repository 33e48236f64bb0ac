"""Archives that lie are refused before torch gets them, though somebody agreed to them."""

from __future__ import annotations

import zipfile

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.reading.refusals import FREE_ROOM
from segviewer.checkpoints.whole_models.kinds import EXPORTED, ONNX, TORCH_SCRIPT, whole_model_kind
from segviewer.checkpoints.whole_models.trust import agree_to_file
from segviewer.errors import CheckpointError
from tests.checkpoints.whole_models.written_programs import Small, write_exported, write_script


@pytest.fixture
def path(tmp_path, monkeypatch):
    def loaded(*args, **kwargs):
        raise AssertionError("torch got it")

    path = write_script(tmp_path / "net.pt", Small())
    monkeypatch.setattr(torch.jit, "load", loaded)
    return path


def refused(path):
    agree_to_file(path)
    with pytest.raises(CheckpointError) as found:
        open_network(str(path))
    return found.value


def test_records_that_unpack_to_more_than_a_file_can_hold(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data/99", b"\0" * (FREE_ROOM + 8 * path.stat().st_size + 10**6))
    assert "claims more than it holds" in refused(path).what


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_records_of_one_name(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(archive.namelist()[0], b"x")
    assert "damaged" in refused(path).what


def test_a_flipped_bit(path):
    with zipfile.ZipFile(path) as archive:
        entry = next(e for e in archive.infolist() if e.filename.endswith("data/0"))
    data = bytearray(path.read_bytes())
    data[entry.header_offset + 200] ^= 1
    path.write_bytes(data)
    assert "damaged" in refused(path).what


def test_what_torch_cannot_load_is_said_with_its_words(tmp_path):
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("net/code/__torch__.py", "net/constants.pkl", "net/data.pkl"):
            archive.writestr(name, b"x")
    found = refused(path)
    assert "cannot be loaded" in found.what and "TorchScript program" in found.why


def test_kinds_are_known_by_content_whatever_the_name(tmp_path):
    script = write_script(tmp_path / "a.bin", Small())
    exported = write_exported(tmp_path / "b.pt", Small())
    assert whole_model_kind(script) == TORCH_SCRIPT
    assert whole_model_kind(exported) == EXPORTED
    torch.save(Small().state_dict(), tmp_path / "c.onnx")
    assert whole_model_kind(tmp_path / "c.onnx") == ""
    assert whole_model_kind(tmp_path) == whole_model_kind(tmp_path / "none") == ""
    assert ONNX not in (whole_model_kind(script), whole_model_kind(exported))
