"""The table shows, marks what differs, and is copied."""

import pytest
from PySide6.QtGui import QFontMetrics, QGuiApplication

from segviewer.widgets.tables.comparison_table import ComparisonRow, ComparisonTable, Figure
from segviewer.widgets.theme.theme import DARK, LIGHT

ROWS = [
    ComparisonRow("Time", Figure("80 ms", "80.4"), Figure("1,200 ms", "1200.0"), "ms", "One run"),
    ComparisonRow("Stride", Figure("8", "8"), Figure("8", "8")),
    ComparisonRow("Reach", Figure(), Figure()),
    ComparisonRow("Difference", Figure("4.2 %", "4.21"), None, "%"),
]


@pytest.fixture
def table(qtbot):
    widget = ComparisonTable()
    qtbot.addWidget(widget)
    widget.resize(260, 300)
    widget.show()
    widget.set_heads("A · one", "B · two")
    widget.set_rows(ROWS)
    return widget


def test_figures_lie_under_their_heads(table):
    assert [table.item(0, column).text() for column in range(3)] == ["Time", "80 ms", "1,200 ms"]
    assert table.item(2, 1).text() == table.item(2, 2).text() == "–"
    assert table.columnSpan(3, 1) == 2 and table.columnSpan(0, 1) == 1
    assert table.horizontalHeaderItem(2).toolTip() == "B · two"
    assert table.item(0, 1).toolTip() == "One run"


def test_a_copy_has_tabs_bare_numbers_and_units_in_the_first_column(table):
    table.copy()
    assert QGuiApplication.clipboard().text().splitlines() == [
        "\tA · one\tB · two",
        "Time (ms)\t80.4\t1200.0",
        "Stride\t8\t8",
        "Reach\t\t",
        "Difference (%)\t4.21\t4.21",
    ]


def test_what_differs_stands_out_in_both_schemes(table, themed):
    for scheme, colours in (("dark", DARK), ("light", LIGHT)):
        themed(scheme)
        shown = [table.item(row, 1).foreground().color().name() for row in range(4)]
        assert shown == [colours.text, colours.muted, colours.muted, colours.text]


def test_it_is_as_high_as_its_rows_and_grows_with_them(table):
    height = table.sizeHint().height()
    assert table.verticalScrollBar().maximum() == 0
    table.set_rows(ROWS[:2])
    assert table.sizeHint().height() < height
    assert table.rows() == tuple(ROWS[:2])


def cut(table):
    """Cells and heads whose text is wider than their room, or of whose words one is."""
    found = []
    for row in range(table.rowCount()):
        for column in range(3):
            cell = table.item(row, column)
            if cell is None or table.isColumnHidden(column):
                continue
            wide = table.visualItemRect(cell).width()
            words = cell.text().split() if column == 0 or table._stacked else [cell.text()]
            longest = max(map(QFontMetrics(cell.font()).horizontalAdvance, words))
            if longest > wide:
                found.append(cell.text())
    return found


def test_a_long_figure_of_both_leaves_the_words_their_room(table, qtbot):
    both = ComparisonRow("Disagreement", Figure("9.8 % of the pixels of all"), None)
    table.set_rows([*ROWS, ComparisonRow("Parameters", Figure("3.31 M"), Figure("3.31 M")), both])
    assert not table._stacked and table.item(4, 0).text() == "Parameters"
    assert [text for text in cut(table) if text != both.first.text] == []


def test_where_they_do_not_fit_beside_each_other_figures_stand_under_their_words(table):
    table.resize(150, 500)
    assert cut(table) == []
    assert [table.item(row, 1).text() for row in range(4)] == ["Time", "80 ms", "Stride", "8"]
    assert table.item(1, 2).text() == "1,200 ms"
    assert table.columnSpan(0, 1) == 2 and table.columnSpan(1, 1) == 1
    assert table.columnSpan(7, 1) == 2  # what belongs to both
    font = table.font()
    table.resize(400, 500)
    assert table.item(0, 0).text() == "Time" and not table.isColumnHidden(0)
    font.setPointSizeF(3 * font.pointSizeF())
    table.setFont(font)
    assert table._stacked
