"""The glossary sheet, used as a person would: typed into, walked through, clicked."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument

from segviewer.glossary import Term
from segviewer.widgets.help.glossary_sheet import GlossarySheet
from segviewer.widgets.help.help_places import Place
from segviewer.widgets.theme.theme import tokens

TERMS = {
    "rate": Term(
        id="rate",
        term="Atrous rate",
        symbol="r",
        unit="cells",
        formula="2r",
        see=("potts",),
        text="Cells between taps.",
        papers=("DeepLab v1 (Chen et al. 2015)",),
        lab="atrous",
    ),
    "potts": Term(id="potts", term="Potts model", text="All pairs cost 1.", papers=("K & K",)),
    "reach": Term(
        id="reach", term="Reach", symbol="σα", formula="σα²", text="How far.", papers=("K & K",)
    ),
}


@pytest.fixture
def sheet(qtbot):
    widget = GlossarySheet(TERMS, {"atrous": "Atrous, 1-D"})
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_an_entry_shows_all_that_is_known(sheet):
    sheet.show_term("rate")
    text = sheet.page.toPlainText()
    for said in ("Atrous rate", "in cells", "Cells between taps.", "Chen et al. 2015"):
        assert said in text
    assert "Potts model" in text and "Open the lab “Atrous, 1-D”" in text
    sheet.show_term("potts")
    assert "Open the lab" not in sheet.page.toPlainText()
    assert "K & K" in sheet.page.toPlainText()


def test_its_formula_is_typeset_and_read_aloud(sheet, qtbot):
    sheet.show_term("rate")
    qtbot.waitUntil(lambda: "formula:typeset" in sheet.page.toHtml(), timeout=20_000)
    assert "2r" in sheet.page.accessibleDescription()
    kind = QTextDocument.ResourceType.ImageResource
    picture = sheet.page.document().resource(kind, QUrl("formula:typeset"))
    assert picture.height() > 10 and not picture.isNull()


def test_typing_filters_and_shows_the_best_hit(sheet, qtbot):
    assert sheet.search.hasFocus()
    qtbot.keyClicks(sheet.search, "sigma")
    assert sheet.listed() == ["reach"]
    assert sheet.shown_term().id == "reach"
    sheet.search.clear()
    assert sheet.listed() == list(TERMS)
    qtbot.keyClicks(sheet.search, "p")  # starts "pairs" and stands in "Potts"
    assert sheet.shown_term().id == "potts"


def test_nothing_found_is_said(sheet, qtbot):
    assert sheet.said.isHidden()
    qtbot.keyClicks(sheet.search, "xyzzy")
    assert sheet.listed() == [] and sheet.said.isVisible() and sheet.list.isHidden()
    assert sheet.page.toPlainText() == "" and sheet.shown_term() is None
    sheet.show_term("reach")
    assert sheet.said.isHidden() and sheet.shown_term().id == "reach"


def test_keys_alone_walk_and_close(sheet, qtbot):
    qtbot.keyClick(sheet.search, Qt.Key.Key_Down)
    assert sheet.shown_term().id == "potts"
    qtbot.keyClick(sheet.search, Qt.Key.Key_Up)
    assert sheet.shown_term().id == "rate"
    qtbot.keyClick(sheet.search, Qt.Key.Key_Return)
    assert sheet.page.hasFocus()
    # Tab goes from link to link, Return follows: the first is what to see also.
    qtbot.keyClick(sheet.page, Qt.Key.Key_Tab)
    qtbot.keyClick(sheet.page, Qt.Key.Key_Return)
    assert sheet.shown_term().id == "potts"
    qtbot.keyClick(sheet.search, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_a_lab_link_closes_the_sheet_and_names_the_lab(sheet, qtbot):
    with qtbot.waitSignal(sheet.lab_chosen) as chosen:
        sheet.page.anchorClicked.emit(QUrl("lab:atrous"))
    assert chosen.args == ["atrous"]
    assert not sheet.isVisible()


def test_symbols_have_their_colour_in_both_schemes(themed, sheet):
    sheet.show_term("reach")
    pages = {}
    for scheme, colour in (("dark", "#e69f00"), ("light", "#855c00")):
        themed(scheme)
        assert tokens().scheme == scheme
        pages[scheme] = sheet.page.toHtml()
        assert colour in pages[scheme]
    assert pages["dark"] != pages["light"]


def test_it_fits_a_small_screen(sheet):
    assert sheet.minimumSizeHint().width() <= 640 and sheet.minimumSizeHint().height() <= 360
    sheet.resize(600, 320)
    assert sheet.width() == 600 and sheet.height() == 320
    assert sheet.page.width() > 200


PLACES = (
    Place("key:0", "Open", "keys", "`Ctrl+O`", words="Ctrl+O Picture"),
    Place("guide:0", "Memory – Troubleshooting", "guide", "Set a **smaller** size.", "t", "Memory"),
)


def test_the_guide_and_the_keys_are_searched_behind_the_terms(sheet, qtbot):
    sheet.set_places(PLACES)
    assert sheet.listed() == ["rate", "potts", "reach"], "nothing is asked yet"
    qtbot.keyClicks(sheet.search, "smaller")
    assert sheet.listed() == ["guide:0"]
    assert sheet.shown_place() == PLACES[1] and sheet.shown_term() is None
    assert "Set a smaller size." in sheet.page.toPlainText()
    with qtbot.waitSignal(sheet.place_chosen) as chosen:
        qtbot.keyClick(sheet.search, Qt.Key.Key_Return)
    assert chosen.args == ["t", "Memory"]
    with qtbot.waitSignal(sheet.place_chosen):
        sheet.follow(QUrl("place:guide:0"))
    sheet.search.setText("ctrl+o")
    assert sheet.listed() == ["key:0"]
    assert "Ctrl+O" in sheet.page.toPlainText()
    sheet.show_term("rate")
    assert sheet.shown_term().id == "rate" and sheet.shown_place() is None
    sheet.set_places(PLACES[:1])
    sheet.search.setText("smaller")
    assert sheet.listed() == [] and sheet.said.isVisible()
