"""The lab drawer: opened, set, closed, undone as a person would."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from segviewer.imaging.mark import Mark
from segviewer.labs import LABS
from segviewer.labs.lab import LabEntry, LabResult
from segviewer.session import LabState
from segviewer.settings import Settings, control


def labs(explorer):
    return explorer.presenter.labs


def test_every_lab_has_a_module_and_settings_that_a_form_can_draw():
    from segviewer.labs import lab_of
    from segviewer.settings import controls

    assert LABS
    for name, entry in LABS.items():
        lab = lab_of(name)
        assert lab.name == name
        assert entry.sentence.endswith(".")
        assert {c.name for c in controls(lab.Config)} == set(lab.Config.model_fields), name
        assert set(lab.picks) <= set(lab.Config.model_fields)


def test_the_menu_opens_a_lab_and_closing_the_drawer_is_undone(opened):
    opened.window.toolbar.labs_menu.aboutToShow.emit()
    group = opened.window.toolbar.labs_menu.actions()
    assert group[0] is opened.window.action("gallery")
    assert {action.text() for action in group[2:]} == {entry.group for entry in LABS.values()}
    labs(opened).open("valid_weights")
    opened.settled("lab")
    drawer = labs(opened).drawer
    assert drawer.isVisible()
    assert "39.8%" in drawer.caption.text()
    assert "1,681 of 4,225" in drawer.formula.text()
    drawer.close()
    assert opened.session.lab == LabState()
    assert drawer.isHidden()
    opened.trigger("undo")
    assert drawer.isVisible()


@pytest.mark.slow
def test_a_setting_of_a_lab_is_computed_and_reset(opened):
    labs(opened).open("valid_weights")
    opened.settled("lab")
    row = labs(opened)._form.row("rate")
    row.edited.emit(64, True)
    opened.settled("lab")
    assert dict(opened.session.lab.values) == {"rate": 64}
    assert "93.9% with 1" in labs(opened).drawer.caption.text()
    opened.bot.mouseClick(labs(opened).drawer.reset_button, Qt.MouseButton.LeftButton)
    opened.settled("lab")
    assert opened.session.lab.values == ()
    assert "39.8%" in labs(opened).drawer.caption.text()


def test_a_lab_of_nothing_needs_no_photograph(explorer):
    labs(explorer).open("valid_weights")
    explorer.bot.waitUntil(lambda: "39.8%" in labs(explorer).drawer.caption.text(), timeout=60_000)
    assert explorer.session.image == ""


@pytest.mark.slow
def test_the_key_opens_the_last_lab_and_closes_it(opened):
    opened.trigger("labs")
    assert opened.session.lab.name == next(iter(LABS))
    opened.trigger("labs")
    assert opened.session.lab.name == ""


@pytest.mark.slow
def test_a_drawing_is_copied(opened):
    labs(opened).open("valid_weights")
    opened.settled("lab")
    QGuiApplication.clipboard().clear()
    opened.bot.mouseClick(labs(opened).drawer.copy_button, Qt.MouseButton.LeftButton)
    assert not QGuiApplication.clipboard().image().isNull()


class ToyConfig(Settings):
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@pytest.fixture
def toy(monkeypatch):
    """A lab in a test: one class and one line. Its results are handed in by the test."""
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QWidget

    from segviewer.labs.lab import Lab

    class View(QWidget):
        edited = Signal(str, object, bool)
        asked = Signal(object)

        def show_result(self, shown):
            self.shown = shown

    class Toy(Lab):
        name = "toy"
        entry = LabEntry("Toy", "A toy.", "nobody", "nothing", "Toys", "")
        Config = ToyConfig
        picks = ("column", "row")

        def make_view(self):
            return View()

    lab = Toy()
    monkeypatch.setitem(LABS.modules, "toy", "tests.toy")
    monkeypatch.setitem(sys.modules, "segviewer.labs.tests.toy", SimpleNamespace(LAB=lab))
    return lab


def found(opened, **parts):
    """Hand in what the engine, which does not know the toy, would have found."""
    result = LabResult("toy", **parts)
    opened.presenter.results._on_stage_finished("lab", result, 0.0)
    return result


@pytest.mark.slow
def test_marks_raster_and_labels_of_a_lab_lie_over_the_photograph(opened, toy, monkeypatch):
    labs(opened).open("toy")
    canvas = opened.window.canvas
    mark = Mark(0.1, 0.2, 0.5, 0.6, "field")
    found(opened, raster=np.full((4, 4), 255, np.uint8), raster_name="votes", marks=(mark,))
    assert canvas._marks == (mark,)
    assert canvas._raster is not None
    assert ("votes", "info") in canvas._chips
    found(opened, label_map=np.zeros((4, 4), np.uint8), raster_name="iteration 3")
    assert canvas._marks == ()
    assert canvas._raster.max() == 0
    found(opened, caption="nothing over it")
    assert canvas._raster is None
    labs(opened).drawer.close()
    assert not any(text in ("votes", "iteration 3") for text, _ in canvas._chips)


@pytest.mark.slow
def test_a_click_on_the_photograph_sets_what_the_lab_picks(opened, toy, monkeypatch):
    labs(opened).open("toy")
    canvas = opened.window.canvas
    opened.bot.mouseClick(
        canvas, Qt.MouseButton.LeftButton, pos=canvas.position_of(60.5, 135.5).toPoint()
    )
    picked = dict(opened.session.lab.values)
    assert picked["column"] == pytest.approx(0.25, abs=0.01)
    assert picked["row"] == pytest.approx(0.75, abs=0.01)
    opened.trigger("undo")
    assert opened.session.lab.values == ()


@pytest.mark.slow
def test_what_a_drawing_asks_for_is_one_step(opened, toy, monkeypatch):
    labs(opened).open("toy")
    view = labs(opened)._views["toy"]
    view.asked.emit({"crf": {"temperature": 2.0}, "network": {"output_stride": 8}})
    assert opened.session.crf.temperature == 2.0
    assert dict(opened.session.network) == {"output_stride": 8}
    opened.trigger("undo")
    assert opened.session.crf.temperature == 1.0
    assert opened.session.network == ()


def test_no_lab_imports_torch_numba_or_qt_before_it_is_used():
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from segviewer.labs import LABS\n"
        "from segviewer.labs import lab_of\n"
        "[lab_of(name).Config for name in LABS]\n"
        "heavy = {'torch', 'numba', 'PySide6', 'skimage'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def pixel_of(opened):
    """Column and row that the open lab is about, in the photograph's pixels."""
    values = dict(opened.session.lab.values)
    height, width = opened.results("image").levels[0].shape[:2]
    return int(values["column"] * width), int(values["row"] * height)


def test_the_clicked_pixel_is_one_for_all_labs(opened):
    labs = opened.presenter.labs
    # Clicked while no lab is open: it is for the next one.
    opened.window.canvas.pixel_clicked.emit(201, 33)
    assert opened.session.lab.name == ""
    labs.open("kernel")
    assert pixel_of(opened) == (201, 33)
    opened.window.canvas.pixel_clicked.emit(17, 170)
    labs.open("why_label")
    assert opened.session.lab.name == "why_label" and pixel_of(opened) == (17, 170)
    # Through one that has no pixel, a closed drawer, and one of a network.
    labs.open("doctor")
    assert opened.session.lab.values == ()
    labs.leave()
    labs.open("receptive_field")
    assert pixel_of(opened) == (17, 170)


def test_a_pixel_that_undo_or_a_lesson_brings_back_is_the_one(opened):
    labs, store = opened.presenter.labs, opened.store
    opened.window.canvas.pixel_clicked.emit(10, 10)
    values = (("column", 0.25), ("row", 0.75))
    store.update(store.session.changed(lab=LabState(name="kernel", values=values)))
    labs.open("why_label")
    assert opened.session.lab.values == values


def test_a_lab_of_the_crf_has_its_numbers_at_hand_and_others_have_not(opened):
    drawer = labs(opened).drawer
    labs(opened).open("valid_weights")
    assert drawer.crf_row.isHidden()
    labs(opened).open("copy")
    opened.settled("lab")
    assert drawer.crf_row.isVisible()
    drawer.crf_row.fields["appearance_xy_std"].setValue(48)
    assert opened.session.crf.appearance_xy_std == 48
    opened.settled("lab")
    assert "σα 48 px" in drawer.caption.text()
    opened.trigger("undo")
    assert drawer.crf_row.fields["appearance_xy_std"].value() == 20


def test_the_exact_check_opens_where_the_pointer_was(opened):
    opened.window.canvas.pixel_hovered.emit(60, 45)
    opened.window.canvas.pixel_hovered.emit(-1, -1)  # on the way to the button
    opened.presenter.failures.crop_wanted.emit()
    values = dict(opened.session.lab.values)
    assert opened.session.lab.name == "exact"
    assert values["column"] == pytest.approx(60.5 / 240, abs=1e-6)
    assert values["row"] == pytest.approx(45.5 / 180, abs=1e-6)
