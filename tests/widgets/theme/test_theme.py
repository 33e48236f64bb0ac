"""Colours: readable in both schemes, one table for palette, style sheet and painting."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel

from segviewer.resource_files import resource_path
from segviewer.widgets.theme.symbol_colours import SYMBOL_COLOURS, symbol_colour
from segviewer.widgets.theme.theme import DARK, LIGHT, ThemeFollower, contrast, style_sheet, tokens

SCHEMES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])


def test_contrast_of_black_on_white_is_21_and_of_equal_colours_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#336699", "#336699") == pytest.approx(1)


@SCHEMES
@pytest.mark.parametrize("ground", ["surround", "panel", "raised", "hover"])
@pytest.mark.parametrize("text", ["text", "muted", "accent"])
def test_text_is_readable_on_every_ground(colours, ground, text):
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@SCHEMES
@pytest.mark.parametrize("tone", ["accent", "error", "warning", "info"])
def test_text_is_readable_on_every_tone(colours, tone):
    assert contrast(getattr(colours, f"on_{tone}"), getattr(colours, tone)) >= 4.5


@SCHEMES
@pytest.mark.parametrize("symbol", sorted(SYMBOL_COLOURS))
def test_symbols_are_readable(colours, symbol):
    assert contrast(symbol_colour(symbol, colours.dark), colours.panel) >= 4.5


def test_symbols_differ_from_each_other():
    for side in (0, 1):
        assert len({pair[side] for pair in SYMBOL_COLOURS.values()}) == len(SYMBOL_COLOURS)


@pytest.mark.parametrize("written", ["θ1", "θ₁", "θ_1"])
def test_a_symbol_is_the_same_however_its_index_is_written(written):
    assert symbol_colour(written, dark=True) == SYMBOL_COLOURS["θ1"][0]


def test_every_rate_has_the_colour_of_r_and_other_symbols_have_none():
    assert symbol_colour("r₂", dark=False) == SYMBOL_COLOURS["r"][1]
    assert symbol_colour("OS", dark=False) is None
    assert symbol_colour("", dark=False) is None


def test_surroundings_are_the_greys_of_the_design():
    assert (DARK.surround, LIGHT.surround) == ("#2b2b2d", "#d9d9db")


@SCHEMES
def test_style_sheet_has_no_token_left_and_names_icons_that_exist(colours):
    sheet = style_sheet(colours)
    assert not re.search(r"@\w", re.sub(r"/\*.*?\*/", "", sheet, flags=re.S))
    icons = re.findall(r"url\(([^)]+)\)", sheet)
    assert icons
    for icon in icons:
        assert resource_path("icons").as_posix() in icon
        assert resource_path("icons", icon.rpartition("/")[2]).is_file()


@SCHEMES
def test_apply_theme_colours_the_palette_and_the_painters(qapp, themed, colours):
    assert themed(colours.scheme) is colours
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == colours.panel
    assert tokens() is colours


def test_a_transparent_label_still_paints_in_the_scheme(themed, qtbot):
    themed("light")
    label = QLabel("x")
    qtbot.addWidget(label)
    label.show()
    label.ensurePolished()
    assert tokens() is LIGHT


def test_system_scheme_follows_the_system(qapp, themed, monkeypatch):
    themed("system")
    follower = qapp.findChild(ThemeFollower)
    seen = []
    follower.changed.connect(seen.append)

    class Hints:
        scheme = Qt.ColorScheme.Dark

        def colorScheme(self):  # noqa: N802
            return self.scheme

    class App:
        hints = Hints()

        def styleHints(self):  # noqa: N802
            return self.hints

        def __getattr__(self, name):
            return getattr(qapp, name)

    fake = App()
    monkeypatch.setattr(follower, "_app", fake)
    follower._on_system_changed()
    fake.hints.scheme = Qt.ColorScheme.Light
    follower._on_system_changed()
    assert seen[-1] == "light"
    assert "dark" in seen or tokens() is LIGHT
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == LIGHT.panel


def test_a_chosen_scheme_does_not_follow_the_system(qapp, themed):
    themed("dark")
    qapp.findChild(ThemeFollower)._on_system_changed()
    assert tokens() is DARK


def test_applying_twice_keeps_one_follower(qapp, themed):
    themed("dark")
    themed("light")
    assert len(qapp.findChildren(ThemeFollower)) == 1


def test_the_style_sheet_turns_with_the_direction_of_reading():
    there = style_sheet(LIGHT)
    turned = style_sheet(LIGHT, Qt.LayoutDirection.RightToLeft)
    assert there.count("padding-right: 20px") == turned.count("padding-left: 20px") == 1
    assert "padding-right: 20px" not in turned
    assert "subcontrol-position: center right; right: 5px" in turned, "Qt turns positions itself"


def test_a_new_direction_dresses_the_program_anew(qapp, themed):
    themed("light")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert "padding-left: 20px" in qapp.styleSheet()
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert "padding-left: 20px" not in qapp.styleSheet()
