"""Tables in numbers: nothing is lost, signs are right, the best is the best."""

from __future__ import annotations

import csv
import math

import pytest

from segviewer.analysis.evaluation.result_tables import EVEN, OURS, TABLES, our_rows, read_table
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


def test_heads_from_an_even_start_stand_in_the_guide_as_measured():
    (title,) = [title for title, entry in TABLES.items() if entry.file == EVEN]
    table = read_table(title)
    assert table.is_error("miou_spread") and not table.is_error("miou")
    assert table.column("miou")[0] == 45.2 and table.column("miou_spread")[0] == 0.2
    guide = resource_path("guide", "benchmarks.md").read_text("utf-8")
    with open(resource_path("tables", f"{EVEN}.csv"), encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            means = [
                f"{float(line[name]):.3f} ± {float(line[name + '_spread']):.3f}"
                for name in ("miou", "pixel_accuracy")
            ]
            assert line["runs"] == "3", "the table's note says three"
            assert f"| {line['title']} | {line['runs']} | {' | '.join(means)} |" in guide
    notes = resource_path("lessons", "04_pyramid.toml").read_text("utf-8")
    compared = [row.family for row in table.rows]
    said = dict(zip((row.name for row in table.rows), table.column("miou"), strict=True))
    context = [v for v, group in zip(said.values(), compared, strict=True) if group == "context"]
    assert f"the plain head 0.{said['plain FCN head'] * 10:.0f}" in notes
    pyramid = said["ASPP 6, 12, 18 with image pooling"]
    assert min(context) > pyramid - 0.1, "it shares the last place"
    assert f"ASPP last with 0.{pyramid * 10:.0f}" in notes
    # Of the rows that compare rates, in the lessons that show their networks.
    for lesson, pair in (
        ("05_drn", ("DUC, constant rates 2, 2, 2, 2 · 2", "DUC, hybrid rates 1, 2, 3, 1 · 2")),
        ("06_deeplab_v3", ("ASPP, multi-grid 1, 1, 1", "ASPP, multi-grid 1, 2, 4")),
        ("06_deeplab_v3", ("cascaded blocks 5 to 7", "ASPP, multi-grid 1, 1, 1")),
    ):
        notes = resource_path("lessons", f"{lesson}.toml").read_text("utf-8")
        assert all(f"0.{said[name] * 10:.0f}" in notes for name in pair), lesson
