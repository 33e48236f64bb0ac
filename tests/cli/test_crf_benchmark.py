"""`segviewer benchmark crf`: what is measured, against what, and how it is said."""

import json
import math
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from segviewer.cli import crf_benchmark, crf_benchmark_table
from segviewer.cli.command_line import main
from segviewer.cli.crf_benchmark_table import Row
from segviewer.crf.engines.contending_classes import contending_classes
from segviewer.crf.engines.pydensecrf_reference import INSTALL, available
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.lattice.kernel_cache import KernelCache

COLUMNS = {
    "engine",
    "setting",
    "classes",
    "dropped",
    "megapixels",
    "threads",
    "build_s",
    "iterate_s",
    "total_s",
    "ratio_to_pydensecrf",
    "labels_equal",
    "max_probability_difference",
}


@pytest.fixture(scope="module")
def small():
    return crf_benchmark.dense_case((100, 75))


@pytest.fixture
def without_pydensecrf(monkeypatch):
    for module in (crf_benchmark, crf_benchmark_table):
        monkeypatch.setattr(module, "available", lambda: f"It is not installed: {INSTALL}")


def row(engine, ratio):
    return Row(engine, "67/3 random", 21, 0, 0.19, 2, 0.1, 0.2, 0.3, ratio)


def test_geometric_means():
    rows = [row("pydensecrf", 1.0), row("lattice", 2.0), row("lattice", 8.0), row("lattice", 4.0)]
    assert crf_benchmark.geometric_means(rows) == {"lattice": pytest.approx(4.0)}
    assert crf_benchmark.geometric_means([*rows, row("lattice", None)]) == {}


def test_the_random_case_drops_no_class(small):
    unary = unary_from_probs(small.probs)
    for name in crf_benchmark.SETTINGS:
        kept = contending_classes(
            small.image, unary, crf_benchmark.crf_settings(name), kernels=KernelCache()
        )
        assert kept == tuple(range(crf_benchmark.CLASSES))


@pytest.mark.skipif(available() is not None, reason="needs pydensecrf")
@pytest.mark.parametrize("name", crf_benchmark.SETTINGS)
def test_both_engines_do_the_same_work(small, name):
    theirs, whole, moved = crf_benchmark.compare(small, name, 1, 1)
    assert [r.engine for r in (theirs, whole, moved)] == ["pydensecrf", "lattice", "lattice, moved"]
    assert theirs.ratio_to_pydensecrf == 1
    for ours in (whole, moved):
        assert ours.labels_equal >= 0.9999 and ours.max_probability_difference < 1e-3
        assert ours.ratio_to_pydensecrf == pytest.approx(theirs.total_s / ours.total_s)
    for one in (theirs, whole, moved):
        assert one.build_s + one.iterate_s == pytest.approx(one.total_s)
        assert one.iterate_s > 0 and one.total_s <= one.median_s
        assert (one.classes, one.dropped, one.megapixels) == (21, 0, 0.0075)


def test_dropped_classes_are_counted(small):
    probs = small.probs.copy()
    probs[3:5] = 1e-7
    probs /= probs.sum(0)
    case = replace(small, probs=probs)
    whole, moved = crf_benchmark.compare(case, "67/3", 1, 1, drop=True, reference=False)
    assert whole.dropped == moved.dropped == 2 and whole.classes == 21


def test_without_pydensecrf_its_columns_go_and_it_is_said(small, without_pydensecrf):
    rows = crf_benchmark.compare(small, "80/13", 1, 1)
    assert [r.engine for r in rows] == ["lattice", "lattice, moved"]
    assert all(r.ratio_to_pydensecrf is None and r.labels_equal is None for r in rows)
    assert crf_benchmark.geometric_means(rows) == {}
    text = crf_benchmark.as_text(
        {
            "machine": crf_benchmark.machine(),
            "notes": crf_benchmark.notes(1),
            "geometric_means": {},
            "rows": [asdict(r) for r in rows],
        }
    )
    assert INSTALL in text and "× pydensecrf" not in text


def test_of_the_machine_the_widest_vectors_are_said(monkeypatch):
    def reads(text):
        monkeypatch.setattr(Path, "read_text", lambda self: text)
        return crf_benchmark_table.machine()["processor"]

    told = "model name\t: Ours 7\nflags\t\t: fpu avx avx2{}\n"
    assert reads(told.format("")) == "Ours 7, AVX2"
    assert reads(told.format(" avx512f")) == "Ours 7, AVX-512"
    assert reads("model name\t: Ours 7\n") == "Ours 7"


@pytest.mark.slow
def test_json_and_table_from_the_command_line(capsys, monkeypatch):
    # The process of its own has a test of its own.
    monkeypatch.setattr(crf_benchmark, "large", crf_benchmark._large)
    command = ["benchmark", "crf", "--quick", "--sizes", "0.01", "--threads", "1"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {field.name for field in fields(Row)} >= COLUMNS
    assert all(set(r) == {field.name for field in fields(Row)} for r in report["rows"])
    assert report["machine"]["processor"] and report["machine"]["cores"] >= 1
    settings = {r["setting"] for r in report["rows"] if r["engine"] == "lattice"}
    assert settings == {"67/3 random", "80/13 random", "50/5 random"}
    assert report["rows"][-1]["megapixels"] == pytest.approx(0.01, rel=0.02)
    text = crf_benchmark.as_text(report)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(report["rows"])
    assert len({line.count("|") for line in table}) == 1
    assert report["machine"]["processor"] in text


@pytest.mark.slow
def test_memory_of_a_large_picture_is_its_own():
    ours = crf_benchmark.peak_memory()
    if ours is None:
        pytest.skip("this system does not say")
    few, many = (crf_benchmark.large(size, 1).peak_gb for size in (0.05, 0.55))
    # Probabilities, energies, scores and result: four bytes a class and pixel, twice.
    least = 0.5e6 * crf_benchmark.CLASSES * 4 * 2 / 1e9
    assert least < many - few < 1 and math.isfinite(ours)
