"""A lecture on two screens: which window stands where, and that a swap is remembered."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import segviewer

LESSON = """\
title = "A short lesson"
sentence = "It teaches."
[session]
image = "street.png"
[[steps]]
title = "As trained"
narration = "Look at the road."
observations = ["outline > 0"]
"""
TWO_SCREENS = """\
import sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDockWidget
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences
from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.session import Session

def main():
    app = QApplication([])
    window, runner = MainWindow(), Runner()
    kept = Preferences(QSettings(sys.argv[2], QSettings.Format.IniFormat))
    presenter = Presenter(window, Store(Session()), runner, kept)
    window.show()
    place = window.normalGeometry()
    presenter.lessons.open(Path(sys.argv[1]))
    while presenter.lessons.opened is None:
        app.processEvents()
    presentation = presenter.presentation

    def screens():
        for _ in range(20):
            app.processEvents()
        shown = presentation.speaker.shown
        print(window.screen().name(), shown.screen().name() if shown else "none")

    presentation.toggle()
    screens()
    presentation.speaker.shown.swap_button.click()
    screens()
    presentation.leave()
    screens()
    print(window.geometry() == place)
    presentation.toggle()
    screens()
    presenter.close()
    window.close()

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
def test_on_two_screens_the_windows_swap_and_remember_it(tmp_path, street):
    screens = [
        {
            "name": name,
            "x": x,
            "y": 0,
            "width": 1440,
            "height": 900,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        }
        for name, x in (("laptop", 0), ("projector", 1440))
    ]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}), "utf-8")
    (tmp_path / "short.toml").write_text(LESSON, "utf-8")
    (tmp_path / "two.py").write_text(TWO_SCREENS, "utf-8")
    done = subprocess.run(
        [sys.executable, "two.py", "short.toml", "two.ini"],
        cwd=tmp_path,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen:configfile=screens.json",
            "PYTHONPATH": str(Path(segviewer.__file__).parents[1]),
        },
    )
    assert done.stdout.splitlines() == [
        "projector laptop",  # F5: the notes stay on the laptop
        "laptop projector",  # swapped
        "laptop none",  # left: back where the window was
        "True",
        "laptop projector",  # remembered
    ]
