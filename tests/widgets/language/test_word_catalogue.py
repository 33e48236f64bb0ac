"""Looking up texts: whole, by pattern, in parts; and what every catalogue has to keep to."""

import json
import re

import pytest

from segviewer.resource_files import resource_path
from segviewer.widgets.language import word_catalogue
from segviewer.widgets.language.word_catalogue import (
    SYSTEM,
    Catalogue,
    chosen_code,
    codes,
    read_catalogue,
)

HOLE = re.compile(r"\{(\w+)(?::\w+)?\}")
OTHERS = [code for code in codes() if code != "en"]

WORDS = Catalogue(
    "xx",
    texts={
        "Open": "Auf",
        "Fit": "Ganz",
        "Open a folder": "Ordner auf",
        "{count:number} pictures": "{count} Bilder",
        "Back to {value:words}": "Zurück zu {value}",
        "Open {name}": "{name} auf",
        "Open {count:number} files": "{count} Dateien auf",
        "{count:number} cells": "{count} Zellen",
        "{changed} change": "{changed} ändern sich",
        "It fits.": "Es passt.",
    },
    key_names={"Ctrl": "Strg", "PgDown": "Bild ab"},
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Open", "Auf"),
        ("  Open\n", "  Auf\n"),
        ("Open\tP", "Auf\tP"),
        ("Open · Fit", "Auf · Ganz"),
        ("Open\nFit\nroad", "Auf\nGanz\nroad"),
        ("12 pictures", "12 Bilder"),
        ("some pictures", "some pictures"),  # no number
        ("Back to Open", "Zurück zu Auf"),
        ("Open, Fit", "Auf, Ganz"),
        ("Open, 1×1", "Auf, 1×1"),  # a number or a symbol is no word
        ("Open, r₁", "Auf, r₁"),
        ("Open, road", "Open, road"),
        ("x 3, y 4", "x 3, y 4"),
        ("Back to 6 cells, 12 cells", "Zurück zu 6 Zellen, 12 Zellen"),
        ("Open street.png", "street.png auf"),
        ("Open 3 files", "3 Dateien auf"),  # what says more goes before “Open {name}”
        ("Open a folder (Ctrl+O)", "Ordner auf (Strg+O)"),
        ("Fit (Ctrl+0)", "Ganz (Strg+0)"),
        ("Ctrl+PgDown", "Strg+Bild ab"),
        ("12 cells; 3 pictures", "12 Zellen; 3 Bilder"),
        ("It fits. Open a folder.", "Es passt. Ordner auf."),
        ("It fits. Open 3 files; 12 cells", "Es passt. 3 Dateien auf; 12 Zellen"),
        ("12 cells; no such thing", "12 cells; no such thing"),  # not half of it
        ("nothing known; 3 % change", "nothing known; 3 % change"),  # no hole reaches over it
        ("road", "road"),
        ("", ""),
    ],
)
def test_a_text_is_found_whole_by_pattern_or_in_parts(text, shown):
    assert WORDS.translate(text) == shown
    assert WORDS.translate(text) == shown  # remembered


def test_markup_keeps_its_tags_and_what_it_escapes():
    shown = WORDS.translate_markup("<b>Open</b> &nbsp;σα<br>Open a&amp;b.png<br>12 pictures")
    assert shown == "<b>Auf</b> &nbsp;σα<br>a&amp;b.png auf<br>12 Bilder"


def test_english_is_left_as_it_is():
    assert Catalogue().translate("Open") == "Open"
    assert read_catalogue("en").translate_markup("<b>Open</b>") == "<b>Open</b>"


def test_what_is_missing_is_listed():
    noting = Catalogue("xx", texts={"Open": "Auf"}, noting=True)
    noting.translate("Open\nroad")
    assert noting.missing == {"road"}


def test_a_choice_goes_before_the_system_and_an_unknown_one_does_not():
    assert chosen_code("en", "de_AT") == "en"
    assert chosen_code("de", "fr_FR") == "de"
    assert chosen_code(SYSTEM, "fr_FR") == "en"
    assert chosen_code("tlh", "fr_FR") == "en"
    for code in OTHERS:
        expected = code if read_catalogue(code).complete else "en"
        assert chosen_code(SYSTEM, f"{code}_XX") == expected
    with pytest.raises(KeyError):
        read_catalogue("tlh")


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("zh_CN", "zh_CN"),
        ("zh_SG", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_TW", "en"),
        ("zh_Hant_HK", "en"),
        ("de_AT", "de"),
        ("C", "en"),
    ],
)
def test_the_system_s_language_where_it_is_complete(system, code, monkeypatch):
    complete = {code: Catalogue(code, complete=True) for code in codes()}
    monkeypatch.setattr(word_catalogue, "read_catalogue", complete.__getitem__)
    assert chosen_code(SYSTEM, system) == code


@pytest.mark.parametrize("code", OTHERS)
def test_each_entry_of_a_catalogue_is_whole(code):
    held = json.loads(resource_path("languages", f"{code}.json").read_text(encoding="utf-8"))
    assert list(held["texts"]) == sorted(held["texts"]), "kept in order, so that it can be merged"
    for english, text in held["texts"].items():
        assert text == text.strip() != "", english
        assert english == english.strip(), english
        assert sorted(HOLE.findall(english)) == sorted(HOLE.findall(text)), english
        assert all(hole[2] in ("", "number", "words") for hole in _kinds(english)), english
        # What ends in an ellipsis asks for more, in every language.
        assert english.endswith("…") == text.endswith("…"), english
        assert "<" not in text or "<" in english, english


@pytest.mark.parametrize("code", OTHERS)
def test_an_entry_says_the_same_numbers(code):
    for english, text in read_catalogue(code).texts.items():
        if english not in ("Home",):  # a key: Pos1
            assert _numbers(text) == _numbers(english), english


def test_all_catalogues_know_the_same_texts():
    """A text that one language lacks would be found by the window's tests alone, and late."""
    kept = {code: set(read_catalogue(code).texts) for code in OTHERS}
    every = set().union(*kept.values())
    assert {code: sorted(every - texts) for code, texts in kept.items()} == {
        code: [] for code in OTHERS
    }


@pytest.mark.parametrize("code", OTHERS)
def test_a_pattern_finds_what_it_was_made_of(code):
    """Each key, filled in, gives its own template filled in: none is taken by another."""
    held = read_catalogue(code)
    lost = []
    for english, text in held.texts.items():
        kinds = _kinds(english)
        if not kinds or english.startswith("{"):
            continue
        values = {name: "7" if kind == "number" else "q7" for _, name, kind in kinds}
        shown = held.translate(_filled(english, values))
        if shown != _filled(text, values):
            lost.append((english, shown))
    assert lost == []


def _filled(text, values):
    return HOLE.sub(lambda hole: values[hole[1]], text)


def _numbers(text):
    """Those that stand outside placeholders, whatever the decimal sign."""
    found = re.findall(r"\d+(?:[.,]\d+)?", HOLE.sub(" ", text))
    return sorted(number.replace(",", ".") for number in found)


def _kinds(text):
    return [(h[0], h[1], h[2] or "") for h in re.finditer(r"\{(\w+)(?::(\w+))?\}", text)]
