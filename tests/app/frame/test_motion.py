"""Less motion: as the desktop wants it, or as the person chose."""

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

import segviewer.app.frame.motion as motion
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences


@pytest.fixture
def window(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "settings.ini")


def preferences(path):
    return Preferences(QSettings(path, QSettings.Format.IniFormat))


@pytest.mark.parametrize("wanted", [True, False])
def test_the_desktop_is_followed_until_somebody_chooses(window, path, monkeypatch, wanted):
    monkeypatch.setattr(motion, "desktop_wants_less", lambda: wanted)
    motion.Motion(window, preferences(path))
    assert window.action("less_motion").isChecked() is wanted
    assert window.isAnimated() is not wanted
    window.action("less_motion").trigger()
    assert window.isAnimated() is wanted
    kept = preferences(path)
    kept.settings.sync()
    assert kept.less_motion() is not wanted


def test_the_bar_of_the_strip_stands_still(window, path):
    strip = window.activity
    motion.Motion(window, preferences(path))
    strip.set_progress(None, stage="Network")
    assert strip._bar.maximum() == 0, "it moves"
    window.action("less_motion").trigger()
    strip.set_progress(None, stage="Network")
    assert strip._bar.maximum() == 1000 and strip._bar.value() == 0
    strip.set_progress(0.5)
    assert strip._bar.value() == 500
    strip.finish()


def test_qt_s_hint_is_read(qapp, monkeypatch):
    class Style:
        def styleHint(self, hint):  # noqa: N802 (Qt's name)
            return 0

    assert not motion.desktop_wants_less()
    monkeypatch.setattr(QApplication, "style", staticmethod(lambda: Style()))
    assert motion.desktop_wants_less()
