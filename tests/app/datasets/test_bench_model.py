"""The table's order, filters and texts, without a window."""

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.app.datasets.bench_model import BenchModel, Column, Focus
from segviewer.batch.picture_row import PictureRow

CLASSES = ("sky", "road", "car")


def row(name, counts, **values):
    counts = np.array(counts, np.int64)
    target, predicted = np.nonzero(counts)
    cells = np.stack([target, predicted, counts[target, predicted]], 1)
    return PictureRow(name, "mask", 3, cells, boundary=np.ones((2, 3), np.int64), **values)


GOOD = row("good.png", ((9, 1, 0), (0, 9, 0), (0, 0, 0)))
POOR = row("poor.png", ((5, 5, 0), (0, 9, 0), (0, 0, 0)), entropy=0.5)
CAR = row("car.png", ((9, 0, 0), (0, 9, 0), (0, 2, 6)), entropy=0.25)
FAILED = PictureRow("failed.png", "mask", 3, reason="It is gone.")


@pytest.fixture
def model(qapp):
    model = BenchModel()
    model.start(CLASSES, False)
    model.add([(one, None) for one in (FAILED, GOOD, POOR, CAR)])
    return model


def names(model):
    return [one.picture.removesuffix(".png") for one in model.listed()]


def text(model, place, column):
    return model.index(place, column).data()


def test_worst_first_and_what_was_not_measured_last(model):
    assert names(model) == ["poor", "car", "good", "failed"]
    assert text(model, 0, Column.MIOU) == f"{POOR.miou:.3f}"
    assert text(model, 3, Column.MIOU) == "–" and text(model, 3, Column.WORST) == ""
    assert text(model, 1, Column.WORST) == "car"
    assert model.headerData(Column.MIOU, Qt.Orientation.Horizontal) == "mIoU ▴"


def test_rows_that_come_later_take_their_place(model):
    worst = row("worst.png", ((0, 9, 0), (9, 0, 0), (0, 0, 0)))
    model.add([(worst, None)])
    assert names(model) == ["worst", "poor", "car", "good", "failed"]
    assert model.place_of("car.png") == 2 and model.place_of("other.png") == -1


@pytest.mark.parametrize(
    ("column", "falls", "order"),
    [
        (Column.MIOU, True, ["good", "car", "poor", "failed"]),
        (Column.PICTURE, False, ["car", "failed", "good", "poor"]),
        (Column.PICTURE, True, ["poor", "good", "failed", "car"]),
        (Column.ENTROPY, True, ["poor", "car", "good", "failed"]),
    ],
)
def test_any_column_sorts(model, column, falls, order):
    way = Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder
    model.sort(column, way)
    assert names(model) == order


def test_a_class_lists_its_pictures_by_its_iou(model):
    model.set_focus(Focus(2))
    assert names(model) == ["car"]
    assert text(model, 0, Column.FOCUS) == "0.750"
    assert Column.FOCUS in model.columns()
    model.set_focus(Focus(0))
    assert names(model) == ["poor", "good", "car"]
    model.set_focus(Focus())
    assert Column.FOCUS not in model.columns() and len(names(model)) == 4


def test_a_confusion_lists_its_pictures_by_its_pixels(model):
    model.set_focus(Focus(0, 1))
    assert names(model) == ["poor", "good"]
    assert text(model, 0, Column.FOCUS) == "5 px"
    head = model.headerData(Column.FOCUS, Qt.Orientation.Horizontal)
    assert head == "sky → road ▾"


def test_beside_a_the_difference_is_a_column(qapp):
    model = BenchModel()
    model.start(CLASSES, True)
    model.add([(POOR, GOOD), (GOOD, POOR), (CAR, None)])
    model.sort(Column.DIFFERENCE)
    assert names(model) == ["poor", "good", "car"]
    change = POOR.miou - GOOD.miou
    assert text(model, 0, Column.DIFFERENCE) == f"−{abs(change):.3f}"
    assert text(model, 1, Column.DIFFERENCE).startswith("+")
    assert text(model, 2, Column.DIFFERENCE) == "–"


def test_names_and_reasons_from_files_are_text(qapp):
    model = BenchModel()
    model.start(CLASSES, False)
    model.add([(PictureRow("<img src=x>.png", "m", 3, reason="<b>gone</b>"), None)])
    tip = model.index(0, Column.PICTURE).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img src=x>" not in tip and "&lt;img" in tip


def test_the_copied_table_is_what_is_seen(model):
    lines = model.text().splitlines()
    assert lines[0].split("\t")[:2] == ["Picture", "mIoU ▴"]
    assert lines[1].split("\t")[0] == "poor.png" and len(lines) == 5


def test_ten_thousand_rows_are_sorted_within_a_moment(qapp):
    model = BenchModel()
    model.start(CLASSES, False)
    counts = np.random.default_rng(0).integers(1, 99, (10_000, 3, 3))
    rows = [(row(f"{k}.png", one), None) for k, one in enumerate(counts)]
    began = time.perf_counter()
    model.add(rows)
    model.set_focus(Focus(0, 1))
    model.sort(Column.PICTURE)
    assert time.perf_counter() - began < 5
    assert model.rowCount() == 10_000
