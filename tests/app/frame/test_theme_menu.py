"""View ▸ Theme: what is chosen counts at once and for the next start."""

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu

from segviewer.app.frame.theme_menu import ThemeMenu
from segviewer.app.state.preferences import Preferences
from segviewer.widgets.theme.theme import DARK, LIGHT, ThemeFollower, apply_theme, tokens


def kept(tmp_path) -> Preferences:
    return Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def follower(qapp):
    apply_theme(qapp, "dark")
    follower = qapp.findChild(ThemeFollower)
    yield follower
    apply_theme(qapp, "system")


def test_a_choice_counts_at_once_and_is_remembered(qtbot, tmp_path, follower):
    menu = QMenu()
    qtbot.addWidget(menu)
    preferences = kept(tmp_path)
    ThemeMenu(menu, preferences, menu)
    by_scheme = {action.data(): action for action in menu.actions()}
    assert list(by_scheme) == ["system", "dark", "light"]
    assert by_scheme["dark"].isChecked(), "as this start is, though nothing is remembered"
    assert preferences.theme() == "system"
    by_scheme["light"].trigger()
    assert tokens() is LIGHT and follower.scheme == "light"
    by_scheme["dark"].trigger()
    assert tokens() is DARK and not by_scheme["light"].isChecked()
    preferences.settings.sync()
    assert kept(tmp_path).theme() == "dark"
    by_scheme["system"].trigger()
    assert follower.scheme == "system"


def test_what_no_version_wrote_is_the_system(tmp_path):
    preferences = kept(tmp_path)
    preferences.settings.setValue("view/theme", "pink")
    assert preferences.theme() == "system"
