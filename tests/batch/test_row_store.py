"""What was measured is found again, and only while nothing that decides it has changed."""

import os
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from segviewer.analysis.evaluation.calibration import reliability
from segviewer.batch.row_store import RowStore, row_key, run_key
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.session import InferenceSettings, Session


@pytest.fixture
def store(tmp_path):
    store = RowStore(tmp_path / "deep" / "rows.sqlite")
    yield store
    store.close()


def test_a_row_comes_back_as_it_was(store, make_row):
    bins = reliability(np.zeros((1, 2), np.uint8), np.zeros((1, 2), np.uint8), np.full((1, 2), 0.7))
    row = make_row(key="k", reliability=bins, notes=("Said.",), errors=b"png")
    store.put(row)
    found = store.get("k", "there/a.png", "there/mask.png")
    assert found.known and (found.picture, found.target) == ("there/a.png", "there/mask.png")
    for name in ("miou", "accuracy", "mean_boundary_iou", "entropy", "notes", "errors", "key"):
        assert getattr(found, name) == getattr(row, name)
    np.testing.assert_array_equal(found.cells, row.cells)
    assert found.reliability.error == bins.error
    assert store.get("other", "", "") is None


def test_another_process_that_opens_it_later_finds_it(store, make_row):
    store.put(make_row(key="k"))
    other = RowStore(store.path)
    assert other.get("k", "a", "b") is not None
    other.close()


@pytest.mark.parametrize("content", [b"", b"no data base at all", b"SQLite format 3\0half"])
def test_a_damaged_file_is_begun_anew(tmp_path, make_row, content):
    path = tmp_path / "rows.sqlite"
    path.write_bytes(content)
    store = RowStore(path)
    store.put(make_row(key="k"))
    assert not store.fault and store.get("k", "", "") is not None
    store.close()


def test_a_damaged_row_is_measured_again(store, make_row):
    store.put(make_row(key="k"))
    other = sqlite3.connect(store.path)
    with other:
        other.execute("UPDATE rows SET row = ?", (b"nonsense",))
    other.close()
    assert store.get("k", "", "") is None and not store.fault


def test_a_place_that_cannot_be_written_is_said_and_stops_nothing(tmp_path, make_row):
    (tmp_path / "file").write_bytes(b"")
    store = RowStore(tmp_path / "file" / "rows.sqlite")
    assert "not kept" in store.fault
    store.put(make_row(key="k"))
    assert store.get("k", "", "") is None


def test_the_key_follows_all_that_decides_and_nothing_else(tmp_path):
    weights = tmp_path / "weights.pth"
    weights.write_bytes(b"1")
    session = Session(checkpoint="weights.pth")
    key = run_key(session, weights, "as stored")
    crf = CRFSettings(enabled=True)
    for other in (
        run_key(session.changed(network=(("output_stride", 8),)), weights, "as stored"),
        run_key(session.changed(inference=InferenceSettings(long_side=96)), weights, "as stored"),
        run_key(session.changed(crf=crf), weights, "as stored"),
        run_key(session, weights, "counted from 1"),
    ):
        assert other != key
    moved = session.changed(crf=session.crf.changed(appearance_weight=9.0))
    assert run_key(moved, weights, "as stored") == key  # a CRF that is off
    device = session.changed(inference=InferenceSettings(device="cpu"))
    assert run_key(device, weights, "as stored") == key
    weights.write_bytes(b"22")
    assert run_key(session, weights, "as stored") != key


def test_a_picture_that_was_changed_is_another(tmp_path):
    picture, mask = tmp_path / "a.png", tmp_path / "m.png"
    picture.write_bytes(b"1")
    mask.write_bytes(b"1")
    key = row_key("run", picture, mask)
    assert row_key("run", picture, mask) == key != row_key("other", picture, mask)
    os.utime(mask, ns=(1, 1))
    assert row_key("run", picture, mask) != key
    mask.unlink()
    assert row_key("run", picture, mask) == ""


def test_rows_are_not_bound_to_where_their_files_lay(store, make_row):
    store.put(replace(make_row("old.png"), key="k"))
    assert store.get("k", "new.png", "mask").picture == "new.png"
