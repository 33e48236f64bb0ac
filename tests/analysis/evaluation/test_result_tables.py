"""Tables in numbers: nothing is lost, signs are right, the best is the best."""

from __future__ import annotations

import csv
import math

import pytest

from segviewer.analysis.evaluation.result_tables import OURS, TABLES, our_rows, read_table
from segviewer.resource_files import resource_path


@pytest.mark.parametrize("title", TABLES)
def test_every_table_is_read_whole(title):
    table = read_table(title)
    entry = TABLES[title]
    with open(resource_path("tables", f"{entry.file}.csv"), encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(table.rows) == len(lines)
    named = [row.name + row.signs for row in table.rows]
    assert len(set(named)) == len(named)
    assert entry.measure in table.measures
    assert math.isfinite(table.column(entry.measure)[table.best(entry.measure)])
    assert len(table.class_names()) == entry.classes
    if entry.size:
        assert any(math.isfinite(row.size) for row in table.rows)
    assert set(table.order(entry.measure, True)) == set(range(len(lines)))


def test_every_shipped_table_can_be_chosen():
    files = {path.stem for path in resource_path("tables").glob("*.csv")}
    assert files == {entry.file for entry in TABLES.values()}


def test_figures_are_those_of_the_papers():
    table = read_table("DeepLab v3: multi-grid")
    assert table.rows[table.best("block7")].name == "(1, 2, 1)"
    assert table.column("block7") == (75.76, 76.66, 76.11, 76.02, 74.62)
    drn = read_table("DRN: ImageNet")
    assert drn.rows[drn.best("top1_1crop")].name == "ResNet-101"
    assert {row.family for row in drn.rows} == {"ResNet", "DRN-A", "DRN-B", "DRN-C"}
    dense = read_table("DenseNet: CIFAR and SVHN")
    assert dense.rows[dense.best("C10+")].name == "DenseNet-BC · L 190 · k 40"
    assert {row.family for row in dense.rows} == {"ResNet", "DenseNet", "DenseNet-BC"}


def test_multiply_adds_of_resnets_are_in_thousand_millions():
    (title,) = [title for title, entry in TABLES.items() if entry.file == "resnet_depths"]
    assert read_table(title).column("flops") == (1.8, 3.6, 3.8, 7.6, 11.3)


def test_signs_stand_behind_the_right_methods():
    voc = read_table("PSPNet: VOC 2012 test")
    psp = [(row.signs, row.words[-1]) for row in voc.rows if row.name == "PSPNet"]
    assert psp == [("", "82.6"), ("†", "85.4")]
    cities = read_table("PSPNet: Cityscapes test")
    assert [row.name for row in cities.rows if row.signs == "‡"] == ["LRR", "PSPNet"]


def test_rows_without_a_figure_stand_last_either_way():
    dense = read_table("DenseNet: CIFAR and SVHN")
    for descending in (True, False):
        order = dense.order("C10", descending)
        values = [dense.column("C10")[i] for i in order]
        known = [v for v in values if math.isfinite(v)]
        assert values[: len(known)] == sorted(known, reverse=descending)
        assert all(math.isnan(v) for v in values[len(known) :])


def test_our_rows_are_in_per_cent():
    rows = dict(our_rows(TABLES["DeepLab v3: ASPP"]))
    assert rows["ASPP 6, 12, 18 with image pooling"] == pytest.approx(60.87)
    for entry in TABLES.values():
        assert len(our_rows(entry)) == len(entry.ours)
    (title,) = [title for title, entry in TABLES.items() if entry.file == OURS]
    table = read_table(title)
    assert table.column("miou")[0] == 60.4 and table.column("pixel_accuracy")[0] == 88.3
    assert table.column("parameters")[0] == 3.19 and table.column("multiply_adds")[0] == 2.55
