"""A lab is two files and one line: it is computed, drawn and listed."""

import sys

import pytest

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.labs import LABS, atrous, lab_of
from segviewer.session import LabState

LAB_FILE = '''
"""The mean grey of the photograph, darkened: a lab that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control


class DuskConfig(Settings):
    darker: float = control(1.0, kind="lab", label="Darker", ge=0, le=1)


@dataclass(frozen=True)
class Dusk:
    grey: float


class DuskLab(Lab[DuskConfig, Dusk]):
    name = "dusk"
    entry = LabEntry(
        title="Dusk",
        sentence="How dark it gets.",
        source="nobody",
        needs="image",
        group="Atrous convolution",
        view="segviewer.labs.atrous.dusk_view:DuskView",
    )
    Config = DuskConfig

    def compute(self, context: LabContext, config: DuskConfig) -> Iterator[LabResult]:
        grey = float(context.image.mean()) * config.darker
        yield LabResult(self.name, Dusk(grey), caption=f"grey {grey:.0f}")


LAB = DuskLab()
'''

VIEW_FILE = '''
"""How the lab “Dusk” is drawn."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from segviewer.labs.atrous.dusk import Dusk


class DuskView(QLabel):
    edited = Signal(str, object, bool)

    def show_result(self, shown: Dusk | None) -> None:
        self.setText("" if shown is None else f"{shown.grey:.1f}")
'''


@pytest.fixture
def dusk(tmp_path, monkeypatch):
    """The two files and the line."""
    (tmp_path / "dusk.py").write_text(LAB_FILE, "utf-8")
    (tmp_path / "dusk_view.py").write_text(VIEW_FILE, "utf-8")
    monkeypatch.setattr(atrous, "__path__", [*atrous.__path__, str(tmp_path)])
    monkeypatch.setitem(LABS.modules, "dusk", "atrous.dusk")
    yield
    for name in ("dusk", "dusk_view"):
        sys.modules.pop(f"segviewer.labs.atrous.{name}", None)


def result(session, **values):
    executor, collected = StageExecutor(), Collected()
    executor.listener = collected.listener()
    executor.run(session.changed(lab=LabState(name="dusk", values=tuple(values.items()))))
    return collected.results["lab"]


def test_the_engine_computes_it_with_its_settings(dusk, session):
    whole, half = result(session), result(session, darker=0.5)
    assert whole.complete and whole.caption.startswith("grey ")
    assert half.shown.grey == pytest.approx(whole.shown.grey / 2)


def test_its_view_draws_what_it_found(dusk, session, qtbot):
    view = lab_of("dusk").make_view()
    qtbot.addWidget(view)
    found = result(session)
    view.show_result(found.shown)
    assert view.text() == f"{found.shown.grey:.1f}"


def test_the_gallery_lists_it_in_its_group(dusk, qtbot):
    from segviewer.app.labs.lab_gallery import LabGallery

    gallery = LabGallery(LABS)
    qtbot.addWidget(gallery)
    listed = gallery.listed()
    assert "dusk" in listed
    assert LABS[listed[listed.index("dusk") - 1]].group == "Atrous convolution"
