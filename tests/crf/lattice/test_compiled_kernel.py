"""Where compiled code is kept: in a folder of these sources, and nowhere else."""

import logging
import threading

import numba
import numpy as np
import pytest

from segviewer.crf.lattice import compiled_kernel
from segviewer.crf.lattice.compiled_kernel import kernel


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    for kept in (compiled_kernel._folder, compiled_kernel._digest):
        kept.cache_clear()
    yield tmp_path
    for kept in (compiled_kernel._folder, compiled_kernel._digest):
        kept.cache_clear()


def _twice(values):
    for i in range(len(values)):
        values[i] *= 2


def test_compiled_code_lies_in_the_folder_of_these_sources(folder):
    values = np.ones(3, np.float32)
    kernel()(_twice)(values)
    assert values.tolist() == [2, 2, 2]
    (one,) = folder.iterdir()
    assert one.name == f"kernels-{compiled_kernel._digest()}"
    assert {path.suffix for path in one.rglob("*") if path.is_file()} == {".nbi", ".nbc"}
    # The next process takes it from there.
    again = kernel()(_twice)
    again(values)
    assert sum(again.stats.cache_hits.values()) == 1


def test_another_versions_folder_is_left_alone(folder):
    other = folder / "kernels-0123456789abcdef" / "lattice"
    other.mkdir(parents=True)
    (other / "code.nbc").write_bytes(b"of a program that is running")
    kernel()(_twice)(np.ones(3, np.float32))
    assert (other / "code.nbc").exists()


def test_numbas_own_folder_is_never_changed(folder):
    """Not even for a moment: kernels of other packages are decorated on other threads."""
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            seen.add(numba.config.CACHE_DIR)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for _ in range(200):
            kernel()(_twice)
    finally:
        done.set()
        watching.join()
    assert seen == {str(folder)}


def test_every_file_of_the_crf_decides_which_folder(folder, monkeypatch):
    """A kernel inlines what other files hold, and installed files may all bear one date."""
    (folder / "crf" / "engines").mkdir(parents=True)
    source = folder / "crf" / "engines" / "update.py"
    monkeypatch.setattr(compiled_kernel, "_CRF", folder / "crf")
    found = set()
    for text in ("TILE = 8", "TILE = 9"):
        source.write_text(text)
        compiled_kernel._digest.cache_clear()
        found.add(compiled_kernel._digest())
    source.rename(source.with_name("other.py"))
    compiled_kernel._digest.cache_clear()
    assert len(found | {compiled_kernel._digest()}) == 3


def test_where_nothing_can_be_kept_it_is_compiled_and_said(folder, monkeypatch, caplog):
    def refuse(*arguments):
        raise AttributeError("numba has moved")

    monkeypatch.setattr(compiled_kernel, "_cache_class", refuse)
    values = np.ones(3, np.float32)
    with caplog.at_level(logging.WARNING, "segviewer"):
        kernel()(_twice)(values)
    assert values.tolist() == [2, 2, 2] and not list(folder.iterdir())
    assert "cannot be kept" in caplog.text


def test_without_a_compiler_it_is_a_plain_function(folder, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    assert kernel()(_twice) is _twice
