"""The table shows numbers to read, copies numbers to count with, and leads into a layer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication

from segviewer.analysis.networks.network_card import CardRow
from segviewer.widgets.tables.layer_table import COLUMNS, LayerTable
from segviewer.widgets.theme.symbol_colours import symbol_colour

HEADS = [column.head for column in COLUMNS]
ROWS = (
    CardRow(
        "backbone.conv1",
        "convolution",
        64,
        180,
        240,
        stage="backbone.conv1",
        kernel=7,
        stride=2,
        jump=2.0,
        theoretical_receptive_field=7,
        local_receptive_field=7,
        parameters=9408,
        multiply_adds=406425600,
        has_map=True,
    ),
    CardRow("head", "bilinear resizing", 64, 360, 480, stage="backbone.conv1"),
    CardRow(
        "aspp.1",
        "convolution",
        256,
        23,
        30,
        stage="aspp.1",
        kernel=3,
        rate=12,
        jump=16.0,
        theoretical_receptive_field=1003,
        local_receptive_field=1003,
        parameters=589824,
        multiply_adds=10**9,
        has_map=True,
    ),
    CardRow(
        "aspp.2",
        "global average",
        256,
        1,
        1,
        stage="aspp.2",
        kernel=0,
        jump=368.0,
        theoretical_receptive_field=None,
        local_receptive_field=0,
        has_map=True,
    ),
    CardRow(
        "classifier",
        "convolution",
        21,
        23,
        30,
        stage="classifier",
        jump=16.0,
        theoretical_receptive_field=None,
        local_receptive_field=1019,
        has_map=True,
    ),
)


@pytest.fixture
def table(qtbot):
    widget = LayerTable()
    qtbot.addWidget(widget)
    widget.resize(1000, 160)
    widget.set_rows(ROWS)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def cell(table, row, head, role=Qt.ItemDataRole.DisplayRole):
    return table.model().index(row, HEADS.index(head)).data(role)


def place(table, row):
    return table.visualRect(table.model().index(row, 0)).center()


def test_cells_as_read(table):
    assert [cell(table, 0, head) for head in HEADS] == [
        "backbone.conv1",
        "convolution",
        "240×180",
        "64",
        "7",
        "2",
        "",
        "2",
        "7",
        "9,408",
        "406,425,600",
    ]
    assert (cell(table, 2, "Rate"), cell(table, 3, "Kernel")) == ("12", "all")
    assert cell(table, 1, "Receptive field") == cell(table, 1, "Jump") == "–"
    assert cell(table, 3, "Receptive field") == "picture"
    assert cell(table, 4, "Receptive field") == "picture · 1,019"


def test_numbers_stand_right_under_each_other(table):
    for column in COLUMNS:
        align = cell(table, 0, column.head, Qt.ItemDataRole.TextAlignmentRole)
        wanted = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
        assert Qt.AlignmentFlag(align) & wanted, column.head
    assert table.font().featureValue(QFont.Tag("tnum")) == 1


def test_ctrl_c_copies_all_rows_or_the_chosen_ones(table, qtbot):
    table.setFocus()
    modifiers = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(table, Qt.Key.Key_C, modifiers)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == [*HEADS, "Field without global pooling"]
    assert [line[0] for line in lines[1:]] == [row.name for row in ROWS]
    assert {len(line) for line in lines} == {len(HEADS) + 1}
    assert lines[1][3:] == ["64", "7", "2", "1", "2", "7", "9408", "406425600", "7"]
    assert lines[2][7:] == ["", "", "0", "0", ""]
    assert lines[5][8] == "picture" and lines[5][-1] == "1019"
    for row in (2, 0):
        qtbot.mouseClick(
            table.viewport(),
            Qt.MouseButton.LeftButton,
            modifiers if row == 0 else Qt.KeyboardModifier.NoModifier,
            place(table, row),
        )
    qtbot.keyClick(table, Qt.Key.Key_C, modifiers)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == ["backbone.conv1", "aspp.1"]


def test_double_click_and_enter_lead_into_a_layer(table, qtbot):
    def double_click(row):
        for action in (qtbot.mouseClick, qtbot.mouseDClick):
            action(table.viewport(), Qt.MouseButton.LeftButton, pos=place(table, row))

    with qtbot.waitSignal(table.layer_activated) as emitted:
        double_click(2)
    assert emitted.args == ["aspp.1"]
    with qtbot.waitSignal(table.layer_activated) as emitted:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert emitted.args == ["aspp.1"]
    with qtbot.assertNotEmitted(table.layer_activated):
        double_click(1)  # what happens between modules has no map of its own


def test_the_chosen_stage_is_tinted_and_in_view(table):
    many = tuple(replace(ROWS[0], name=f"layer{n}.conv", stage=f"layer{n}") for n in range(60))
    table.set_rows(many)
    table.set_chosen("layer40.conv", "layer40")
    assert table.viewport().rect().intersects(table.visualRect(table.model().index(40, 0)))
    role = Qt.ItemDataRole.BackgroundRole
    tinted = [n for n in range(60) if cell(table, n, "Layer", role) is not None]
    assert tinted == [40]
    assert cell(table, 40, "Layer", Qt.ItemDataRole.FontRole).weight() == QFont.Weight.DemiBold
    table.set_chosen("", "")
    assert not [n for n in range(60) if cell(table, n, "Layer", role) is not None]


def test_new_numbers_keep_the_place(table):
    many = tuple(replace(ROWS[0], name=f"layer{n}.conv") for n in range(60))
    table.set_rows(many)
    table.verticalScrollBar().setValue(300)
    table.set_rows([replace(row, height=90) for row in many])
    assert table.verticalScrollBar().value() == 300
    assert cell(table, 0, "Output") == "240×90"
    assert table.rows()[0].height == 90


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_rates_have_their_own_colour_in_both_schemes(table, themed, scheme):
    themed(scheme)
    shown = cell(table, 2, "Rate", Qt.ItemDataRole.ForegroundRole).name()
    assert shown == symbol_colour("r", scheme == "dark")
