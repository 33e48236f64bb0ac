"""Files of scores: every kind, and what is refused before anything is allocated."""

import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from segviewer.checkpoints.reading import refusals
from segviewer.checkpoints.scores import arrays
from segviewer.checkpoints.scores.arrays import read_arrays
from segviewer.errors import CheckpointError

SCORES = np.random.default_rng(0).normal(size=(3, 4, 6)).astype(np.float32)
NAMES = ("road", "sky", "tree")


def npy(path):
    np.save(path, SCORES)


def npz(path):
    np.savez_compressed(path, probs=SCORES, classes=np.array(NAMES), extra=np.float32(3))


def torch_file(path):
    torch.save({"probs": torch.from_numpy(SCORES), "classes": list(NAMES)}, path)


def safetensors(path):
    save_file({"probs": torch.from_numpy(SCORES)}, path, metadata={"classes": ",".join(NAMES)})


def hdf5(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file["run/probs"] = SCORES
        file["classes"] = list(NAMES)


WRITERS = {
    "a.npy": npy,
    "a.npz": npz,
    "a.pt": torch_file,
    "a.pth": torch_file,
    "a.safetensors": safetensors,
    "a.h5": hdf5,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file(tmp_path, name):
    WRITERS[name](tmp_path / name)
    found = read_arrays(tmp_path / name)
    (array,) = found.by_name.values()
    np.testing.assert_array_equal(array, SCORES)
    assert found.classes == (() if name == "a.npy" else NAMES)


def test_a_list_of_names_is_one_of_texts(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["probs"] = SCORES
        file["boxes"] = np.zeros(4, np.dtype([("x", "f4"), ("y", "f4")]))
        file["table"] = [["a", "b"], ["c", "d"]]
        file["title"] = "scores"
        file["very many"] = ["x"] * 10_001
    assert read_arrays(tmp_path / "a.h5").classes == ()
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["many"] = ["x"] * 10_000
    assert len(read_arrays(tmp_path / "a.h5").classes) == 10_000


@pytest.mark.parametrize("name", WRITERS)
def test_cut_short_it_is_said_to_be_damaged(tmp_path, name):
    WRITERS[name](tmp_path / name)
    data = (tmp_path / name).read_bytes()
    for length in (0, 5, len(data) // 2, len(data) - 3):
        (tmp_path / name).write_bytes(data[:length])
        with pytest.raises(CheckpointError) as caught:
            read_arrays(tmp_path / name)
        assert name in caught.value.what and caught.value.next_step


def test_a_tensor_alone_and_half_precision(tmp_path):
    torch.save(torch.from_numpy(SCORES).bfloat16(), tmp_path / "a.pt")
    (array,) = read_arrays(tmp_path / "a.pt").by_name.values()
    np.testing.assert_allclose(array, SCORES, rtol=1e-2)


class Evil:
    def __reduce__(self):
        return print, ("this must not run",)


def test_code_in_a_file_does_not_run(tmp_path, capsys):
    np.save(tmp_path / "a.npy", np.array([Evil()], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", probs=np.array([Evil()], object))
    torch.save(Evil(), tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Evil()))
    capsys.readouterr()
    for name in ("a.npy", "a.npz", "a.pt", "b.pt"):
        with pytest.raises(CheckpointError):
            read_arrays(tmp_path / name)
    assert "must not run" not in capsys.readouterr().out


def header_of(shape):
    """An .npy header that says `shape`, without the numbers."""
    from io import BytesIO

    file = BytesIO()
    said = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, said)
    return file.getvalue()


def test_sizes_are_looked_at_before_anything_is_allocated(tmp_path, monkeypatch):
    monkeypatch.setattr(refusals, "available_memory", lambda: 10**9)
    monkeypatch.setattr(np.lib.format, "read_array", None)
    monkeypatch.setattr(np, "load", None)
    (tmp_path / "a.npy").write_bytes(header_of((21, 100_000, 100_000)) + bytes(100))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("probs.npy", header_of((21, 100_000, 100_000)) + bytes(100))
    torch.save(torch.zeros(1).expand(21, 100_000, 100_000), tmp_path / "a.pt")
    for name in ("a.npy", "a.npz", "a.pt"):
        with pytest.raises(CheckpointError, match=r"too large|cut short") as caught:
            read_arrays(tmp_path / name)
        assert "damaged" not in caught.value.why
    (tmp_path / "b.npy").write_bytes(header_of((21, 400, 400)) + bytes(100))
    with pytest.raises(CheckpointError) as caught:
        read_arrays(tmp_path / "b.npy")
    assert "cut short" in caught.value.why


def test_without_h5py_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "h5py", None)
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(CheckpointError) as caught:
        read_arrays(tmp_path / "a.h5")
    assert arrays.INSTALL_H5PY in caught.value.next_step


@pytest.mark.parametrize("content", [np.zeros(5), np.array(3.0), np.array(["a", "b"])])
def test_what_holds_no_maps_is_refused(tmp_path, content):
    np.save(tmp_path / "a.npy", content)
    np.savez(tmp_path / "a.npz", a=content)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(CheckpointError, match="holds no scores"):
            read_arrays(tmp_path / name)


@pytest.mark.skipif(not hasattr(__import__("os"), "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("name", WRITERS)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    import os

    os.mkfifo(tmp_path / name)
    with pytest.raises(CheckpointError):
        read_arrays(tmp_path / name)
