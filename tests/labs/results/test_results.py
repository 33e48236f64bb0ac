"""The tables as a person sorts and reads them."""

from __future__ import annotations

import pickle

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from segviewer.analysis.evaluation.result_tables import TABLES
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext
from segviewer.widgets.language.word_catalogue import codes, read_catalogue
from segviewer.widgets.theme.typography import resized

CITIES = "PSPNet: Cityscapes test"


def result(**values):
    (found,) = compute("results", values, LabContext())
    return found


@pytest.mark.parametrize("title", TABLES)
@pytest.mark.parametrize("drawing", ["methods", "classes", "size"])
def test_every_table_has_every_drawing_or_says_that_it_has_not(title, drawing):
    found = result(table=title, drawing=drawing)
    shown = found.shown
    assert (shown.drawing == drawing) != found.caption.startswith(f"No {drawing} in this table")
    values = [value for _, value, _, series in shown.dots if series == 0]
    assert values == sorted(values, reverse=shown.falls)
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


@pytest.mark.parametrize("title", [title for title, entry in TABLES.items() if entry.note])
@pytest.mark.parametrize("code", [code for code in codes() if code != "en"])
def test_what_is_to_be_known_of_a_table_is_said_in_each_language(title, code):
    note = TABLES[title].note.rstrip(".")
    formula = result(table=title).formula
    assert note in formula
    shown = read_catalogue(code).translate_markup(formula)
    assert note not in shown and "source: " not in shown


def test_means_follow_from_the_classes():
    assert "1523.7 / 19 = 80.2" in result(table=CITIES).formula
    voc = result(table="PSPNet: VOC 2012 test").formula
    # 21 · 85.4 − Σ: the background's share, which the paper does not print.
    assert "† pre-trained on MS-COCO" in voc and "/ 21 = 85.4" in voc


def test_another_column_and_the_other_order():
    shown = result(table=CITIES, column="train", best_first=False).shown
    column = 1 + shown.columns.index("train")
    assert shown.heads[column] == "train" and shown.sorted_by == column
    assert shown.rows[0][column] == "44.4" and shown.rows[-1][column] == "80.3"
    errors = result(table="DRN: ImageNet").shown
    assert errors.names[0] == "ResNet-101" and not errors.falls


def test_ours_stand_beside_in_their_own_colour():
    shown = result(table="DeepLab v3: ASPP").shown
    ours = {name: value for name, value, _, series in shown.dots if series == 1}
    assert ours["here: ASPP 6, 12, 18 with image pooling"] == pytest.approx(60.87)
    assert all(
        series == 0 for *_, series in result(table="DeepLab v3: ASPP", ours=False).shown.dots
    )


def test_a_row_of_another_table_is_not_asked_for():
    found = result(table="DeepLab v3: ASPP", row="PSPNet‡", column="train")
    assert found.shown.names[found.shown.chosen] == "(1, 2, 4) · image pooling"


@pytest.fixture
def view(qtbot):
    widget = lab_of("results").make_view()
    widget.resize(1100, 240)
    widget.show_result(result(table=CITIES).shown)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_head_sorts_and_a_second_click_turns_the_order(view, qtbot):
    header = view.table.horizontalHeader()

    def click(column):
        at = header.sectionViewportPosition(column) + 8
        with qtbot.waitSignal(view.edited) as emitted:
            qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 8))
        return emitted.args

    assert click(2) == ["column", "road", True]
    assert click(1) == ["best_first", False, True]


def test_a_row_is_chosen_in_the_table_in_the_plot_and_by_key(view, qtbot):
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(
            view.table.viewport(),
            Qt.MouseButton.LeftButton,
            pos=view.table.visualItemRect(view.table.item(3, 0)).center(),
        )
    assert emitted.args == ["row", "Piecewise", True]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(
            view.dots, Qt.MouseButton.LeftButton, pos=view.dots.row_of(1).center().toPoint()
        )
    assert emitted.args == ["row", "PSPNet", True]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert emitted.args == ["row", "PSPNet", True]


def test_bars_are_read_and_the_plot_has_a_curve_for_each_family(view, qtbot):
    view.show_result(result(table=CITIES, drawing="classes", row="FCN").shown)
    assert view.drawings.currentWidget() is view.bars
    road = view.bars.axes.view.mapViewToScene(QPointF(0, 50))
    assert (
        view.bars.reading(QPointF(view.bars.mapFromScene(road)))
        == "road: 97.4 %, best 98.6 % (PSPNet)"
    )
    view.show_result(result(table="DRN: ImageNet", drawing="size").shown)
    assert {c.name for c in view.plot.curves()} == {"ResNet", "DRN-A", "DRN-B", "DRN-C"}
    assert view.drawings.currentWidget() is view.plot


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size, qtbot):
    view.resize(*size)
    for drawing in ("methods", "classes", "size"):
        view.show_result(result(table="Measured here: CamVid", drawing=drawing).shown)
        assert not view.grab().isNull()
    view.show_result(None)
    with qtbot.assertNotEmitted(view.edited):
        view.dots.chosen.emit(0)


def test_it_is_in_the_gallery():
    assert LABS["results"].needs == "nothing" and LABS["results"].group == "Results"


@pytest.mark.parametrize("scale", [1.0, 1.75])
@pytest.mark.parametrize("width", [500, 900, 1300, 1900])
@pytest.mark.parametrize("table", ["DeepLab v1: variants", "DRN: ImageNet", "PSPNet: pooling"])
def test_names_of_methods_are_whole_wherever_there_is_room(view, qtbot, scale, width, table):
    """While presenting the names were “De…”, beside a chart that had all of them."""
    view.setFont(resized(view.font(), scale))
    view.resize(width, 700)
    view.show_result(result(table=table).shown)
    header = view.table.horizontalHeader()

    def room_for_names() -> float:
        others = sum(map(header.sectionSize, range(1, header.count())))
        return min(view.table.sizeHintForColumn(0), view.width() - others - 20)

    qtbot.waitUntil(lambda: view.table.columnWidth(0) >= room_for_names(), timeout=2000)
    drawing = view.drawings.geometry()
    assert drawing.width() >= 0.36 * width or drawing.y() > view.table.geometry().bottom()
