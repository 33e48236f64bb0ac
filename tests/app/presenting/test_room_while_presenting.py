"""How the window is shared out while it presents, on a screen of another size, and after."""

import pytest
from PySide6.QtCore import Qt

from segviewer.lessons.reading import shipped_folder

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow


@pytest.fixture
def stage(opened):
    """A lab alone on the stage beside its lesson, at 250 %, in a window of 1280×720."""
    presenter = opened.presenter
    presenter.lessons.open(shipped_folder() / "02_atrous.toml", 3)
    opened.bot.waitUntil(lambda: presenter.lessons.opened is not None, timeout=60_000)
    opened.settled("lab")
    opened.window.resize(1280, 720)
    opened.press(Qt.Key.Key_F5)
    opened.window.showNormal()
    opened.window.resize(1280, 720)
    presenter.presentation.set_text(250)
    return opened


def test_on_a_larger_screen_the_words_leave_the_lab_its_room(stage):
    dock, drawer = stage.presenter.lessons.dock, stage.presenter.labs.drawer
    stage.window.resize(1920, 1080)
    stage.bot.waitUntil(lambda: dock.width() <= 0.31 * 1920, timeout=5000)
    assert drawer.width() >= 0.68 * 1920


def test_after_large_text_a_panel_is_no_wider_than_its_room(themed, opened):
    themed("dark")
    opened.settled()
    panel, window = opened.window.right, opened.window
    opened.press(Qt.Key.Key_F5)
    opened.presenter.presentation.set_text(250)
    opened.bot.waitUntil(lambda: panel.isVisible(), timeout=5000)
    large = window.preset_box.fontMetrics().height()
    window.action("present").trigger()
    opened.bot.waitUntil(lambda: window.preset_box.fontMetrics().height() < large, timeout=5000)
    opened.bot.waitUntil(
        lambda: panel.widget().minimumSizeHint().width() <= panel.viewport().width(), timeout=5000
    )
