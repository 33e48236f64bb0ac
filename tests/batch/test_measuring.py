"""A run over a data set: resumed, stopped, with failures as rows."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.measuring import Measuring, mean_entropy, measured, reliability_of, sampled
from segviewer.batch.picture_row import Total
from segviewer.batch.row_store import RowStore
from segviewer.errors import Cancelled, SettingsError
from segviewer.imaging.datasets.pairing import Pairing, dataset_of
from segviewer.session import InferenceSettings, OverlaySettings, Session

SESSION = Session(
    checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
    inference=InferenceSettings(long_side=96, device="cpu"),
)


@pytest.fixture
def store(tmp_path):
    store = RowStore(tmp_path / "rows.sqlite")
    yield store
    store.close()


def test_what_was_measured_is_known_the_next_time_and_the_same(dataset, store):
    first = list(Measuring(SESSION, dataset_of(dataset), store).rows())
    again = list(Measuring(SESSION, dataset_of(dataset), store).rows())
    assert [row.known for row in (*first, *again)] == [False] * 3 + [True] * 3
    for one, other in zip(first, again, strict=True):
        assert one.reason == "" and one.picture == other.picture
        assert one.miou == other.miou and one.entropy == other.entropy
    # Another geometry is another run.
    other = SESSION.changed(network=(("output_stride", 32),))
    assert not any(row.known for row in Measuring(other, dataset_of(dataset), store).rows())


def test_a_stopped_run_goes_on_where_it_was(dataset, store):
    asked = 0

    def check():
        if asked == 2:
            raise Cancelled

    run = Measuring(SESSION, dataset_of(dataset), store, check)
    rows = run.rows()
    next(rows), next(rows)
    asked = 2
    with pytest.raises(Cancelled):
        next(rows)
    asked = 0
    known = [row.known for row in Measuring(SESSION, dataset_of(dataset), store).rows()]
    assert known == [True, True, False]


def test_a_picture_that_cannot_be_measured_is_a_row_with_its_reason(dataset, store):
    (dataset / "images" / "building.png").write_bytes(b"no picture")
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(dataset / "labels" / "palace.png")
    rows = list(Measuring(SESSION, dataset_of(dataset), store).rows())
    assert ["another size" in row.reason for row in rows] == [False, False, True]
    assert "building.png" in rows[0].reason and rows[0].worst_class == -1
    assert rows[1].reason == "" and Total(11, rows).pictures == 1
    # They are tried again.
    assert [row.known for row in Measuring(SESSION, dataset_of(dataset), store).rows()] == [
        False,
        True,
        False,
    ]


def test_without_a_store_all_is_measured_anew(dataset):
    (row,) = list(Measuring(SESSION, sampled(dataset_of(dataset), 1)).rows())
    assert not row.known and row.key == ""


def test_settings_that_cannot_be_used_end_the_run(dataset):
    wrong = SESSION.changed(network=(("output_stride", 7),))
    with pytest.raises(SettingsError):
        Measuring(wrong, dataset_of(dataset))


def test_what_is_only_looked_at_is_not_measured():
    looked = SESSION.changed(
        image="a.png", target="m.png", overlay=OverlaySettings(layer="errors")
    ).pinned()
    assert measured(looked) == SESSION


def test_entropy_in_closed_form():
    even = np.full((4, 2, 2), 0.25, np.float32)
    sure = np.zeros((4, 2, 2), np.float32)
    sure[0] = 1
    assert mean_entropy(even) == pytest.approx(1) and mean_entropy(sure) == pytest.approx(0)
    half = np.concatenate([even, sure], axis=1)
    assert mean_entropy(half) == pytest.approx(0.5)


def test_confidence_is_that_of_the_label_and_void_does_not_count():
    probs = np.zeros((2, 1, 3), np.float32)
    probs[1] = [0.9, 0.6, 0.6]
    probs[0] = 1 - probs[1]
    target = np.array([[1, 0, 255]], np.uint8)
    found = reliability_of(probs, target, np.ones((1, 3), np.uint8))
    assert found.pixels.sum() == 2
    assert found.error == pytest.approx((0.1 + 0.6) / 2, abs=1e-6)


def test_a_sample_is_spread_evenly():
    pairs = tuple((Path(f"p{k}"), Path(f"m{k}")) for k in range(11))
    chosen = sampled(Pairing(pairs), 3)
    assert [picture for picture, _ in chosen.pairs] == [Path("p0"), Path("p5"), Path("p10")]
    assert sampled(Pairing(pairs), 0).pairs == sampled(Pairing(pairs), 99).pairs == pairs


def test_a_mask_at_half_the_size_is_measured_and_said(dataset):
    path = dataset / "labels" / "palace.png"
    with Image.open(path) as mask:
        mask.resize((48, 36), Image.Resampling.NEAREST).save(path)
    (row,) = [
        row for row in Measuring(SESSION, dataset_of(dataset)).rows() if "palace" in row.picture
    ]
    assert row.reason == "" and row.held[:, 1].sum() == 96 * 72
    assert any("nearest neighbours" in note for note in row.notes)


def test_a_mask_of_the_pixels_as_stored_is_turned_with_its_photograph(dataset):
    path = dataset / "images" / "palace.png"
    with Image.open(path) as picture:
        exif = picture.getexif()
        exif[0x0112] = 6
        picture.save(path, exif=exif)
    (row,) = [
        row for row in Measuring(SESSION, dataset_of(dataset)).rows() if "palace" in row.picture
    ]
    assert row.reason == "" and any("EXIF orientation (6)" in note for note in row.notes)


def test_pictures_are_decoded_and_compared_beside_the_network(dataset, store, monkeypatch):
    from segviewer.batch import measuring

    threads = {"decoded": [], "compared": [], "run": []}

    def noted(name, function):
        def call(*values, **named):
            threads[name].append(threading.current_thread().name.split("_")[0])
            return function(*values, **named)

        return call

    run = Measuring(SESSION, dataset_of(dataset), store)
    monkeypatch.setattr(measuring, "read_picture", noted("decoded", measuring.read_picture))
    monkeypatch.setattr(measuring, "fitted_target", noted("compared", measuring.fitted_target))
    monkeypatch.setattr(run._executor, "run", noted("run", run._executor.run))
    names = [row.picture for row in run.rows()]
    assert names == [str(picture) for picture, _ in dataset_of(dataset).pairs]
    main = threading.current_thread().name.split("_")[0]
    assert threads == {
        "decoded": ["decoding"] * 3,
        "compared": ["comparing"] * 3,
        "run": [main] * 3,
    }


def test_a_run_that_is_left_leaves_no_thread(dataset):
    rows = Measuring(SESSION, dataset_of(dataset)).rows()
    next(rows)
    rows.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("decoding", "comparing"))]
