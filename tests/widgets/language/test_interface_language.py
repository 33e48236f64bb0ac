"""Texts of widgets in another language: those that are there, and those that come later."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QAction, QHelpEvent, QImage
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QSpinBox,
    QTabBar,
    QTableWidget,
    QTableWidgetItem,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from segviewer.settings import Control
from segviewer.widgets.controls.setting_rows.choice_row import ChoiceRow
from segviewer.widgets.controls.setting_rows.head import HeadLabel
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.shown_texts import VERBATIM
from segviewer.widgets.language.word_catalogue import Catalogue
from segviewer.widgets.language.words import WordsPainter, translated, words_painter
from segviewer.widgets.text.plain_text import PlainLabel, RichLabel

WORDS = Catalogue(
    "de",
    texts={
        "Open": "Öffnen",
        "Open…": "Öffnen…",
        "Open a picture": "Ein Bild öffnen",
        "{count:number} pictures": "{count} Bilder",
        "px wide": "px breit",
        "as trained": "wie trainiert",
        "Photograph's side": "Seite des Fotos",
    },
    key_names={"Ctrl": "Strg"},
    short={"Open…": "↥"},
)


@pytest.fixture
def language(qapp):
    language = interface_language(qapp)
    yield language
    language.show("en")


@pytest.fixture
def panel(qtbot):
    panel = QWidget()
    qtbot.addWidget(panel)
    QVBoxLayout(panel)
    return panel


def put(panel, widget):
    panel.layout().addWidget(widget)
    return widget


def test_what_is_on_screen_changes_at_once_and_comes_back(qapp, language, panel):
    label, rich = put(panel, PlainLabel("12 pictures")), put(panel, RichLabel("<b>Open</b>"))
    button, line = put(panel, QPushButton("Open")), put(panel, QLineEdit("Open"))
    button.setToolTip("Open a picture (Ctrl+O)")
    button.setAccessibleName("Open")
    line.setPlaceholderText("Open a picture")
    combo, spin, tabs = put(panel, QComboBox()), put(panel, QSpinBox()), put(panel, QTabBar())
    combo.addItems(["Open", "road"])
    spin.setSuffix(" px wide")
    spin.setSpecialValueText("as trained")
    tabs.addTab("Open")
    panel.setWindowTitle("Open")
    panel.show()

    def texts():
        return (
            label.text(), rich.text(), button.text(), button.toolTip(), button.accessibleName(),
            line.placeholderText(), combo.itemText(0), combo.itemText(1), spin.suffix(),
            spin.specialValueText(), tabs.tabText(0), panel.windowTitle(),
        )  # fmt: skip

    before = texts()
    for _ in range(2):
        language.show_catalogue(WORDS)
        assert language.code == "de"
        assert texts() == (
            "12 Bilder", "<b>Öffnen</b>", "Öffnen", "Ein Bild öffnen (Strg+O)", "Öffnen",
            "Ein Bild öffnen", "Öffnen", "road", " px breit", "wie trainiert", "Öffnen", "Öffnen",
        )  # fmt: skip
        assert line.text() == "Open", "what a person has typed is theirs"
        language.show("en")
        assert texts() == before


def test_texts_set_later_are_translated_when_they_are_painted(qtbot, language, panel):
    language.show_catalogue(WORDS)
    label = put(panel, PlainLabel("Open"))
    panel.show()
    qtbot.waitExposed(panel)
    panel.grab()
    assert label.text() == "Öffnen"
    label.setText("3 pictures")
    panel.grab()
    assert label.text() == "3 Bilder"
    label.setText("Open")
    panel.grab()
    assert label.text() == "Öffnen"
    language.show("en")
    assert label.text() == "Open"


def test_a_dialog_knows_its_words_before_it_takes_its_size(qtbot, language):
    language.show_catalogue(WORDS)
    dialog = QDialog()
    qtbot.addWidget(dialog)
    QVBoxLayout(dialog).addWidget(button := QPushButton("Open a picture"))
    dialog.show()
    assert button.text() == "Ein Bild öffnen"
    assert button.width() >= button.sizeHint().width()


def test_qt_s_own_buttons_follow(qtbot, language):
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    box.show()
    button = box.button(QDialogButtonBox.StandardButton.Cancel)
    english = button.text()
    language.show_catalogue(WORDS)
    QApplication.processEvents()
    assert button.text() == "Abbrechen"
    language.show("en")
    QApplication.processEvents()
    assert button.text() == english


def test_actions_of_menus_and_toolbars(qtbot, language, panel):
    bar, menu = put(panel, QToolBar()), QMenu(panel)
    action = QAction("Open…", panel)
    action.setToolTip("Open a picture")
    bar.addAction(action)
    panel.show()
    language.show_catalogue(WORDS)
    assert (action.text(), action.toolTip()) == ("Öffnen…", "Ein Bild öffnen")
    assert bar.widgetForAction(action).text() == "↥", "short where room is scarce"
    menu.addAction(late := QAction("Open", panel))
    assert late.text() == "Öffnen"
    language.show("en")
    assert (action.text(), action.toolTip(), late.text()) == ("Open…", "Open a picture", "Open")
    assert bar.widgetForAction(action).text() == "Open"


def test_items_of_lists_and_tables(language, panel):
    table, chosen = put(panel, QTableWidget(1, 1)), put(panel, QListWidget())
    tabs = put(panel, QTabBar())
    tabs.addTab("road")
    table.setHorizontalHeaderItem(0, QTableWidgetItem("Open"))
    panel.show()
    language.show_catalogue(WORDS)
    tabs.addTab("Open")
    table.setItem(0, 0, QTableWidgetItem("3 pictures"))
    chosen.addItem("Open")
    panel.grab()
    assert table.horizontalHeaderItem(0).text() == "Öffnen"
    assert table.item(0, 0).text() == "3 Bilder"
    assert chosen.item(0).text() == tabs.tabText(1) == "Öffnen"
    language.show("en")
    assert (table.item(0, 0).text(), chosen.item(0).text()) == ("3 pictures", "Open")


def test_a_person_s_texts_are_left_alone(language, panel):
    combo = put(panel, QComboBox())
    combo.setProperty(VERBATIM, True)
    combo.addItem("Open")
    panel.show()
    language.show_catalogue(WORDS)
    panel.grab()
    assert combo.itemText(0) == "Open"


def test_tips_set_on_the_way_are_translated(language, panel):
    label = put(panel, PlainLabel("road"))
    panel.show()
    language.show_catalogue(WORDS)
    label.setToolTip("Open a picture")
    at = label.rect().center()
    QApplication.sendEvent(label, QHelpEvent(QEvent.Type.ToolTip, at, label.mapToGlobal(QPoint())))
    assert label.toolTip() == "Ein Bild öffnen"


def test_a_text_copied_from_another_comes_back_too(language, panel):
    language.show_catalogue(WORDS)
    first, second = put(panel, PlainLabel("Open a picture")), put(panel, PlainLabel())
    panel.show()
    panel.grab()
    second.setText(first.text())
    panel.grab()
    assert second.text() == "Ein Bild öffnen"
    language.show("en")
    assert second.text() == "Open a picture"


def test_painted_words(language):
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = words_painter(image)
    assert not isinstance(painter, WordsPainter), "in English Qt's own"
    painter.end()
    language.show_catalogue(WORDS)
    painter = words_painter(image)
    painter.drawText(0, 8, "Open")
    painter.end()
    assert isinstance(painter, WordsPainter)
    assert translated("Open") == "Öffnen"


def test_in_english_nothing_is_watched(qapp, language, panel, monkeypatch):
    seen = []
    monkeypatch.setattr(
        type(language), "eventFilter", lambda self, watched, event: bool(seen.append(event))
    )
    panel.show()
    panel.grab()
    assert seen == []


@pytest.mark.parametrize("symbol", ["", "s"])
def test_an_apostrophe_before_a_setting_is_no_other_text(qtbot, language, symbol):
    head = HeadLabel(Control("side", "int", 3, "photo", "Photograph's side", symbol=symbol))
    qtbot.addWidget(head)
    head.show()
    language.show_catalogue(WORDS)
    assert "Seite des Fotos" in head.text()


def test_a_screen_reader_says_setting_and_choice_in_the_language(qtbot, language):
    row = ChoiceRow(Control("how", "choice", "Open", "photo", "Open", choices=("Open", "Open…")))
    qtbot.addWidget(row)
    row.show()
    language.show_catalogue(WORDS)
    said = [button.accessibleName() for button in row.findChildren(QPushButton)]
    assert said[:2] == ["Öffnen, Öffnen", "Öffnen, Öffnen…"]


def test_markup_without_a_tag_is_translated_part_by_part(qtbot, language):
    label = RichLabel("Open a picture; &nbsp; 12 pictures &amp; more")
    qtbot.addWidget(label)
    label.show()
    language.show_catalogue(WORDS)
    assert label.text() == "Ein Bild öffnen; &nbsp; 12 pictures &amp; more"
    language.show("en")
    assert label.text() == "Open a picture; &nbsp; 12 pictures &amp; more"
