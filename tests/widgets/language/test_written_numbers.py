"""Numbers on screen as a language writes them, and nothing that only looks like one."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.widgets.controls.setting_rows.number_field import QuietSpin
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.pseudo_language import PSEUDO
from segviewer.widgets.language.word_catalogue import read_catalogue
from segviewer.widgets.language.written_numbers import number_locale


@pytest.fixture
def language(qapp):
    language = interface_language(qapp)
    yield language
    language.show("en")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.55", "0,55"),
        ("<0.1 %", "<0,1 %"),
        ("−0.79", "−0,79"),
        ("1.5e-05", "1,5e-05"),
        ("1,234 px", "1.234 px"),
        ("1,024×768 px", "1.024×768 px"),
        ("0.25 · 0.75", "0,25 · 0,75"),
        ("0.75, 1, 1.25", "0,75; 1; 1,25"),
        ("6, 12, 18", "6, 12, 18"),
        ("1,234,567 parameters", "1.234.567 Parameter"),
        ("net 1,234.5 ms", "Netz 1.234,5 ms"),
        ("mIoU 0.71 · accuracy 0.9", "mIoU 0,71 · Genauigkeit 0,9"),
        # What is no number
        ("Python 3.11", "Python 3.11"),
        ("6.11.3", "6.11.3"),
        ("CUDA 12.4", "CUDA 12.4"),
        ("scene_0.5.png", "scene_0.5.png"),
        ("section 4.1", "section 4.1"),
        ("1:1", "1:1"),
    ],
)
def test_german_has_a_comma_for_decimals_and_a_point_between_thousands(text, shown):
    assert read_catalogue("de").translate(text) == shown


@pytest.mark.parametrize("code", ["en", "zh_CN", *PSEUDO])
@pytest.mark.parametrize("text", ["0.55", "1,234,567 px", "0.75, 1, 1.25"])
def test_where_numbers_are_written_as_in_english_nothing_changes(code, text):
    assert text.split(" px")[0] in read_catalogue(code).translate(text)


def test_fields_have_no_signs_between_thousands():
    assert number_locale("de").toString(12345.5, "f", 1) == "12345,5"
    assert number_locale("ar_XB").toString(1.5, "f", 1) == "1.5"


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("typed", ["0.25", "0,25", "0,25 px", "0.25 px"])
def test_a_typed_number_may_have_a_comma_or_a_point(qtbot, language, code, typed):
    holder = QWidget()
    qtbot.addWidget(holder)
    spin = QuietSpin()
    QVBoxLayout(holder).addWidget(spin)
    spin.setSuffix(" px")
    spin.setRange(0, 10)
    spin.setDecimals(2)
    holder.show()
    language.show(code)
    spin.selectAll()
    qtbot.keyClicks(spin.lineEdit(), typed)
    qtbot.keyClick(spin.lineEdit(), Qt.Key.Key_Return)
    assert spin.value() == 0.25
    assert spin.text() == {"en": "0.25 px", "de": "0,25 px"}[code]


def test_fields_on_screen_change_at_once_and_those_to_come_have_it(qtbot, language):
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    layout.addWidget(first := QuietSpin())
    first.setValue(1.5)
    language.show("de")
    layout.addWidget(later := QuietSpin())
    later.setValue(2.5)
    assert (first.text(), later.text()) == ("1,50", "2,50")
    language.show("en")
    assert (first.text(), later.text()) == ("1.50", "2.50")


def test_english_is_written_with_a_point_on_every_system(qapp, language):
    """The system's own signs would stand in fields, beside a point in all labels."""
    assert QLocale().decimalPoint() == "."
