"""What reading refuses, and in which words: code, damage, sizes that cannot be."""

import io
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from segviewer.checkpoints.reading import reading, refusals
from segviewer.checkpoints.reading.reading import read_state_dict
from tests.checkpoints.reading.made_weights import assert_same, plain, refusal


def test_missing(tmp_path):
    assert "not there" in refusal(tmp_path / "gone.pth").what


def test_folder(tmp_path):
    assert "folder" in refusal(tmp_path).what


def test_zero_bytes(tmp_path):
    path = tmp_path / "w.pth"
    path.touch()
    assert "empty" in refusal(path).what


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user who may be refused"
)
def test_unreadable(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(plain(), path)
    path.chmod(0)
    assert "cannot be read" in refusal(path).what


@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
@pytest.mark.parametrize("keep", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_truncated(tmp_path, kind, keep):
    path = tmp_path / "w.pth"
    large = {f"layer{i}.weight": torch.ones(40, 40) for i in range(4)}
    if kind == "safetensors":
        safetensors.torch.save_file(large, path)
    else:
        torch.save(large, path, _use_new_zipfile_serialization=kind == "zip")
    data = path.read_bytes()
    path.write_bytes(data[: max(12, int(len(data) * keep))])
    assert "damaged" in refusal(path).what


def test_bytes_changed_inside_a_safetensors_header(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(plain(), path)
    data = bytearray(path.read_bytes())
    data[20] = 0xFF
    path.write_bytes(data)
    assert "damaged" in refusal(path).what


def test_picture(tmp_path):
    for name, kind in (("w.pth", "PNG"), ("w.pt", "JPEG"), ("w.safetensors", "BMP")):
        path = tmp_path / name
        Image.new("RGB", (8, 8)).save(path, kind)
        assert "picture" in refusal(path).why


def test_error_page(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"\n<!DOCTYPE html>\n<html><body>404</body></html>")
    assert "web page" in refusal(path).why


def test_git_lfs_pointer(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n")
    assert "git lfs pull" in refusal(path).next_step


def test_text(tmp_path):
    path = tmp_path / "w.pth"
    path.write_text("these are not weights")
    assert "not a checkpoint" in refusal(path).what


def test_zip_of_something_else(tmp_path):
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "zip archive" in refusal(path).why


def test_npz(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, a=np.ones(3))
    assert "not a checkpoint" in refusal(path).what


class Trap:
    """Unpickling this makes a folder: harmless, and easy to see."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return os.mkdir, (self.place,)


@pytest.mark.parametrize("writer", ["zip", "legacy", "pickle2", "pickle4", "pickle5"])
def test_a_pickle_with_code_never_runs_it(tmp_path, writer):
    path, sprung = tmp_path / "evil file.pth", tmp_path / "sprung"
    content = {"state_dict": plain(), "args": Trap(sprung)}
    if writer.startswith("pickle"):
        path.write_bytes(pickle.dumps(content["args"], int(writer[-1])))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=writer == "zip")
    error = refusal(path)
    assert not sprung.exists()
    assert "would run code" in error.what
    assert "mkdir" in error.why
    assert "safetensors on a machine you trust" in error.next_step
    assert f"'{path}'" in error.next_step


def test_an_old_text_pickle_with_code_is_not_even_looked_at(tmp_path):
    path, sprung = tmp_path / "w.pth", tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(sprung), 0))
    assert "not a checkpoint" in refusal(path).what
    assert not sprung.exists()


@pytest.mark.slow
def test_the_conversion_line_works(tmp_path):
    import shlex
    import subprocess

    path = tmp_path / "old.pth"
    torch.save({"state_dict": plain(), "args": Trap(tmp_path / "made")}, path)
    line = refusal(path).next_step.partition(": ")[2]
    program, *arguments = shlex.split(line)
    assert program == "python"
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True, capture_output=True)
    converted = read_state_dict(tmp_path / "old.safetensors").tensors
    assert torch.equal(converted["backbone.weight"], plain()["backbone.weight"])


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_whole_module(tmp_path, legacy):
    path = tmp_path / "w.pth"
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    torch.save(network, path, _use_new_zipfile_serialization=not legacy)
    error = refusal(path)
    assert "whole network object" in error.what
    assert "torch.nn.modules.container.Sequential" in error.details


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript(tmp_path):
    path = tmp_path / "w.pt"
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)), str(path))
    assert "TorchScript" in refusal(path).what


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_not_finite(tmp_path, bad, suffix):
    path = tmp_path / f"w{suffix}"
    broken = {"a.fine": torch.ones(3), "b.broken": torch.tensor([1.0, bad])}
    if suffix == ".pth":
        torch.save(broken, path)
    else:
        safetensors.torch.save_file(broken, path)
    assert "b.broken" in refusal(path).why
    kept = read_state_dict(path, allow_non_finite=True)
    assert set(kept.tensors) == {"a.fine", "b.broken"}


@pytest.mark.parametrize(
    "content",
    [{}, {"epoch": 3}, {"state_dict": {}}, [torch.ones(2)], torch.ones(2), 5, None],
    ids=str,
)
def test_no_weights(tmp_path, content):
    path = tmp_path / "w.pth"
    torch.save(content, path)
    assert "no weights" in refusal(path).what


def test_empty_safetensors(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file({}, path)
    assert "no weights" in refusal(path).what


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.ones(2, 2).to_sparse(),
        lambda: torch.ones(2, dtype=torch.complex64),
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        lambda: torch.zeros(8, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
        lambda: torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8),
        lambda: torch.empty(2**40, device="meta"),
        lambda: torch.ones([1] * 64),
        lambda: torch.empty([1] * 65),
    ],
    ids=["sparse", "complex", "nested", "float4", "quantised", "meta", "64", "65"],
)
def test_tensors_of_another_kind(tmp_path, make):
    path = tmp_path / "w.pth"
    torch.save({"a": make()}, path)
    error = refusal(path)
    assert "kind" in error.what and "a is" in error.why


def test_65_dimensions_in_safetensors(tmp_path):
    header = json.dumps({"a": {"dtype": "F32", "shape": [1] * 65, "data_offsets": [0, 4]}})
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(4))
    refusal(path)


@pytest.mark.parametrize("kind", ["F4", "F6_E2M3", "F8_E8M0", "X"])
def test_unusual_numbers_in_safetensors(tmp_path, kind):
    header = json.dumps({"a": {"dtype": kind, "shape": [8], "data_offsets": [0, 4]}})
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(4))
    refusal(path)


@pytest.mark.parametrize("depth", [10_000, 200_000])
def test_a_safetensors_header_of_many_levels(tmp_path, depth):
    header = b'{"a":' * depth + b"1" + b"}" * depth
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    assert "damaged" in refusal(path).what


def test_dictionaries_shared_a_billion_times_are_looked_into_once(tmp_path):
    level = plain()
    for _ in range(60):
        level = {"x": level, "y": level}
    path = tmp_path / "w.pth"
    torch.save({"state_dict": plain(), "other": level}, path)
    assert_same(read_state_dict(path).tensors, plain())
    torch.save(level, path)
    assert "no weights" in refusal(path).what


def test_a_dictionary_in_itself(tmp_path):
    content = {"state_dict": plain()}
    content["model"] = content
    path = tmp_path / "w.pth"
    torch.save(content, path)
    assert_same(read_state_dict(path).tensors, plain())


def test_too_many_tensors(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_TENSORS", 2)
    path = tmp_path / "w.pth"
    torch.save(plain(), path)
    assert "3 tensors; at most 2" in refusal(path).why


@pytest.mark.parametrize("key", ["k" * 501, "a\nb", "a\0b", "\u202eb"], ids=ascii)
def test_keys_that_are_no_names(tmp_path, key):
    path = tmp_path / "w.pth"
    torch.save({key: torch.ones(2)}, path)
    assert "name" in refusal(path).why


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_larger_than_memory(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"w{suffix}"
    if suffix == ".pth":
        torch.save(plain(), path)
    else:
        safetensors.torch.save_file(plain(), path)
    monkeypatch.setattr(refusals, "available_memory", lambda: 100)
    assert "too large" in refusal(path).what


def test_the_memory_of_weights_is_that_of_their_float32(tmp_path, monkeypatch):
    path, asked = tmp_path / "w.pth", []
    halves = torch.ones(10, dtype=torch.float16)
    torch.save({"half": halves, "double": torch.ones(3, dtype=torch.float64)}, path)
    monkeypatch.setattr(reading, "check_memory", lambda path, needed: asked.append(needed))
    read_state_dict(path)
    assert asked[-1] == 10 * 4 + 3 * 8


def test_a_view_that_claims_more_than_memory(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"a": torch.ones(1).expand(2**45)}, path)
    assert path.stat().st_size < 10_000
    assert "too large" in refusal(path).what


def test_a_packed_archive_that_unpacks_to_more_than_memory(tmp_path, monkeypatch):
    path = tmp_path / "w.pth"
    stored = io.BytesIO()
    torch.save({"a": torch.zeros(1_000_000)}, stored)
    with zipfile.ZipFile(stored) as source, zipfile.ZipFile(path, "w") as packed:
        for entry in source.infolist():
            packed.writestr(entry.filename, source.read(entry), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(refusals, "available_memory", lambda: 1_000_000)
    assert "too large" in refusal(path).what


def test_available_memory_is_sensible():
    free = refusals.available_memory()
    assert free is not None and 2**20 < free < 2**50


def test_memory_that_the_system_does_not_report(monkeypatch, tmp_path):
    def refuse():
        raise OSError("no /proc here")

    monkeypatch.setattr(refusals.psutil, "virtual_memory", refuse)

    assert refusals.available_memory() is None
    refusals.check_memory(tmp_path / "w.pth", 2**60)  # allowed: nothing says that it is too much


@given(data=st.binary(min_size=1, max_size=200), start=st.sampled_from(["", "pk", "pkl", "st"]))
@settings(max_examples=150)
def test_any_bytes_are_refused_politely(tmp_path_factory, data, start):
    path = tmp_path_factory.mktemp("bytes") / "w.pth"
    fronts = {"": b"", "pk": b"PK\x03\x04", "pkl": b"\x80\x02", "st": struct.pack("<Q", 40) + b"{"}
    path.write_bytes(fronts[start] + data)
    refusal(path)


def test_a_header_of_four_gigabytes_is_no_safetensors():
    """Eight bytes that happen to stand before a brace: any text may begin so."""
    for length, known in ((2**32 - 1, True), (2**32, False), (2**63, False)):
        assert reading._is_safetensors(struct.pack("<Q", length) + b"{", 100) == known
    assert not reading._is_safetensors(struct.pack("<Q", 2) + b"{", 8)
    assert not reading._is_safetensors(struct.pack("<Q", 2) + b"[", 100)
