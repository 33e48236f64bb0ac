"""Three buttons, three texts on the clipboard."""

from __future__ import annotations

import shlex

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
from segviewer.crf.settings.setting_text import parse_crf
from segviewer.labs.crf_studio.copy import LAB, CopyConfig
from segviewer.labs.lab import LabContext

BY_NAME = {preset.name: preset for preset in PRESETS}
CRF = BY_NAME["deeplab-v2"].settings


def result(crf=CRF, **values):
    (only,) = LAB.compute(LabContext(crf=crf), CopyConfig(**values))
    return only


@pytest.fixture
def view(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(900, 240)
    view.show()
    return view


def press(qtbot, view, kind):
    qtbot.mouseClick(view.buttons[kind], Qt.MouseButton.LeftButton)
    return QGuiApplication.clipboard().text()


def test_each_button_copies_its_text_and_shows_it(qtbot, view):
    assert not any(button.isEnabled() for button in view.buttons.values())
    view.show_result(result(row_name="Ours_2").shown)
    script = press(qtbot, view, "script")
    compile(script, "crf.py", "exec")
    assert "THETA_1, SIGMA_ALPHA, SIGMA_BETA = 4.5, 65, 4.5" in script
    words = shlex.split(press(qtbot, view, "command"))
    assert parse_crf(words[-1]) == CRF
    latex = press(qtbot, view, "latex")
    assert latex.splitlines()[-1] == r"Ours\_2 & 4.5 & 65 & 4.5 & 3 & 3 & 10 \\"
    assert view.text.toPlainText() == latex and "copied" in view.said.text()


def test_the_text_follows_the_settings(qtbot, view):
    view.show_result(result().shown)
    press(qtbot, view, "command")
    view.show_result(result(CRFSettings()).shown)
    assert "theta1=2," in view.text.toPlainText() and "copied" not in view.said.text()


def test_where_there_is_no_script_it_says_why(qtbot, view):
    QGuiApplication.clipboard().setText("before")
    view.show_result(result(CRFSettings(self_message=False)).shown)
    assert "sends itself a message" in view.text.toPlainText()
    assert press(qtbot, view, "script") == "before"
    assert "Nothing was copied" in view.said.text()
    assert "--crf" in press(qtbot, view, "command")


def test_the_caption_says_the_numbers():
    caption = result().caption
    assert "θ1 4.5" in caption and "σγ 3 px" in caption and "10 iterations" in caption


def test_the_script_is_written_with_its_probabilities_where_there_is_one(qtbot, view):
    view.show_result(result(CRFSettings(self_message=False)).shown)
    assert not view.write_button.isEnabled()
    view.show_result(result().shown)
    with qtbot.waitSignal(view.wanted) as signal:
        qtbot.mouseClick(view.write_button, Qt.MouseButton.LeftButton)
    assert signal.args == ["save_script"]
