"""Figures saved and reopened as a person does."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QRadioButton

from segviewer.app.figures.class_legend import classes_in
from segviewer.imaging.export.figure_record import VERSION, FigureRecord, read_figure_record
from segviewer.session import LabState
from segviewer.widgets.theme.theme import lent_scheme, tokens

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

WAIT = 20_000


def drop(widget, *paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where = QPointF(widget.width() / 2, widget.height() / 2)
    rest = (
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, QDragEnterEvent(where.toPoint(), *rest))
    QApplication.sendEvent(widget, QDropEvent(where, *rest))


def saved(explorer, kind, path):
    """Save a figure and wait until it is there."""
    before = set(path.parent.iterdir())
    explorer.presenter.figures.save(kind, path)

    def written():
        new = [f for f in set(path.parent.iterdir()) - before if not f.name.startswith(".")]
        assert len(new) == 1
        return new[0]

    explorer.bot.waitUntil(lambda: written() is not None, timeout=WAIT)
    explorer.bot.waitUntil(lambda: not explorer.presenter.background._callbacks, timeout=WAIT)
    return written()


def press(explorer, text):
    def shown():
        buttons = explorer.window.message_bar.findChildren(QPushButton)
        return [b for b in buttons if b.text() == text and b.isVisible()]

    # A new button shows once it has its place, in the next turn of the loop.
    explorer.bot.waitUntil(lambda: bool(shown()), timeout=WAIT)
    explorer.bot.mouseClick(shown()[0], Qt.MouseButton.LeftButton)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    return folder


def test_ctrl_e_saves_the_canvas_and_dropping_it_is_one_step(
    opened, street, folder, tmp_path, monkeypatch
):
    asked = []

    def answer(window, title, name, *rest, **options):
        asked.append(name)
        return str(folder / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    opened.store.set("overlay", opacity=0.3, hidden=(3,))
    opened.store.set("inference", long_side=160)
    opened.settled()
    kept = opened.session
    opened.bot.keyClick(opened.window.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = opened.presenter.figures.dialog
    assert dialog.chosen().kind == "canvas" and dialog.light.isHidden()  # no lab draws
    save = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Save…")
    opened.bot.mouseClick(save, Qt.MouseButton.LeftButton)
    figure = folder / "mine.png"
    opened.bot.waitUntil(
        lambda: "Written" in opened.window.statusBar().currentMessage(), timeout=WAIT
    )
    assert asked == [str(street.with_name("street-figure.png"))]  # beside the photograph
    with Image.open(figure) as picture:
        assert picture.size == (240, 180)
    assert str(tmp_path).encode() not in figure.read_bytes()

    opened.store.set("overlay", opacity=0.9, hidden=())
    opened.presenter.openings.open_sample("palace")
    opened.settled()
    other = opened.session
    drop(opened.window.canvas, figure)
    opened.bot.waitUntil(lambda: opened.session == kept, timeout=WAIT)
    opened.settled()
    opened.bot.waitUntil(lambda: "mine.png is a figure" in opened.message(), timeout=WAIT)
    assert opened.window.filmstrip.pictures() == [str(street)]
    opened.trigger("undo")
    assert opened.session == other
    opened.trigger("redo")
    opened.settled()
    press(opened, "Open it as a picture")
    opened.bot.waitUntil(lambda: opened.session.image == str(figure), timeout=WAIT)
    assert opened.session == other.changed(image=str(figure))


@pytest.mark.slow
def test_a_lab_with_everything_is_saved_in_each_format_and_reopened(opened, folder, tmp_path):
    opened.trigger("pin")
    trained = opened.results("network").trained
    session = opened.session.with_network("output_stride", 8, trained["output_stride"])
    opened.store.update(session)
    opened.presenter.labs.open("time_machine")
    opened.presenter.labs._on_edited("last", 3)
    opened.settled("lab", "reference_label_map")
    kept, undone = opened.session, len(opened.store._undo)
    assert kept.reference is not None and kept.network and kept.lab.values

    figures = opened.presenter.figures
    assert [choice.kind for choice in figures.choices()] == [
        "canvas",
        "legend",
        "plot",
        "drawing",
        "animation",
    ]
    paths = {kind: saved(opened, kind, folder / kind) for kind in ("plot", "drawing", "animation")}
    assert {path.suffix for path in paths.values()} == {".svg", ".png", ".gif"}
    assert opened.session == kept and len(opened.store._undo) == undone
    for path in paths.values():
        assert str(tmp_path).encode() not in path.read_bytes()
        assert read_figure_record(path).session["lab"]["name"] == "time_machine"

    svg = paths["plot"].read_text("utf-8")
    assert "iteration" in svg and "nats per pixel" in svg and "<image" not in svg
    assert re.search(r"Iteration 3 of 3", svg)
    view = opened.presenter.labs.drawer.views.currentWidget()
    with Image.open(paths["drawing"]) as picture:
        assert picture.width > 2 * view.width() and picture.height > 2 * view.height()
        assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 50
    with Image.open(paths["animation"]) as gif:
        assert gif.n_frames == 4 and gif.size == (240, 180 + 32)
        frames = []
        for number in range(4):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
        assert gif.info["duration"] == 1500
    assert np.abs(frames[0] - frames[3])[180:].max() > 50  # another name in the strip

    for path in paths.values():
        opened.store.update(kept.changed(lab=LabState(), reference=None, network=()))
        drop(opened.window.canvas, path)
        opened.bot.waitUntil(lambda: opened.session == kept, timeout=WAIT)
    opened.settled("lab", "reference_label_map")


def test_the_dialog_asks_which_figure(opened, folder, monkeypatch):
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a, **k: (str(folder / "drawn.svg"), "")
    )
    opened.presenter.labs.open("valid_weights")
    opened.settled("lab")
    opened.trigger("save_figure")
    dialog = opened.presenter.figures.dialog
    texts = [button.text() for button in dialog.findChildren(QRadioButton)]
    assert texts[0] == "The photograph with what lies over it (PNG)"
    chosen = next(b for b in dialog.findChildren(QRadioButton) if "SVG" in b.text())
    chosen.click()
    assert dialog.chosen().suffix == ".svg"
    save = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Save…")
    opened.bot.mouseClick(save, Qt.MouseButton.LeftButton)
    opened.bot.waitUntil(lambda: (folder / "drawn.svg").exists(), timeout=WAIT)
    opened.bot.waitUntil(lambda: not opened.presenter.background._callbacks, timeout=WAIT)
    assert "39.8%" in (folder / "drawn.svg").read_text("utf-8")


def test_a_drawing_that_plays_is_recorded_and_esc_stops_it(opened, folder):
    opened.presenter.labs.open("gridding")
    opened.settled("lab")
    kept = opened.session
    figures = opened.presenter.figures
    path = saved(opened, "animation", folder / "grid.gif")
    said = int(re.search(r"Its (\d+) steps", figures.choices()[-1].sentence)[1])
    with Image.open(path) as gif:
        assert gif.n_frames == said > 2
    assert opened.session == kept
    figures.save("animation", folder / "stopped.gif")
    assert figures.recording is not None
    opened.bot.keyClick(opened.window.canvas, Qt.Key.Key_Escape)
    opened.bot.waitUntil(lambda: figures.recording is None, timeout=WAIT)
    assert "stopped" in opened.window.statusBar().currentMessage()
    assert opened.session == kept and not (folder / "stopped.gif").exists()
    figures.save("animation", folder / "changed.gif")
    opened.store.set("overlay", opacity=0.11)
    assert figures.recording is None
    assert opened.session.overlay.opacity == 0.11 and not (folder / "changed.gif").exists()


def test_a_dark_window_s_drawing_can_be_on_a_light_ground(opened, folder):
    app = QApplication.instance()
    with lent_scheme(app, "dark"):
        look_at_grounds(opened, folder)


def look_at_grounds(opened, folder):
    opened.presenter.labs.open("valid_weights")
    opened.settled("lab")
    figures = opened.presenter.figures
    grounds = {}
    for light in (False, True):
        path = folder / f"light_{light}.png"
        figures.save("drawing", path, light)
        opened.bot.waitUntil(path.exists, timeout=WAIT)
        opened.bot.waitUntil(lambda: not opened.presenter.background._callbacks, timeout=WAIT)
        with Image.open(path) as picture:
            grounds[light] = picture.convert("RGB").getpixel((2, 2))
    assert grounds == {False: (0x20, 0x20, 0x22), True: (0xF5, 0xF5, 0xF6)}
    assert tokens().scheme == "dark"  # the window is as it was


def test_a_legend_names_the_classes_that_are_there(opened, folder):
    path = saved(opened, "legend", folder / "legend.png")
    seen = opened.presenter.figures._seen()
    with Image.open(path) as picture:
        height, width = seen.image.shape[:2]
        assert picture.width == width and picture.height > height + 10
        strip = np.asarray(picture.convert("RGB"))[height:]
    assert (strip[0] == 255).all()
    for _, colour in classes_in(seen):
        assert (strip == colour).all(2).sum() >= 25
    largest = int(np.bincount(seen.labelled.label_map.ravel()).argmax())
    assert classes_in(seen)[0][0] == seen.labelled.classes[largest]


def test_nothing_to_save_or_copy_is_said(explorer):
    explorer.trigger("save_figure")
    assert "no figure" in explorer.message()
    explorer.trigger("copy_python")
    assert "nothing to write or copy" in explorer.message()


def test_labels_of_other_settings_are_not_saved_as_these(opened, folder):
    opened.trigger("live")
    opened.store.set("inference", long_side=128)
    for name in ("save_figure", "copy", "copy_command"):
        opened.window.message_bar.clear()
        opened.trigger(name)
        assert "with these settings" in opened.message() and "press Run" in opened.message()
    background = opened.presenter.background
    opened.bot.waitUntil(lambda: not background._callbacks, timeout=WAIT)  # of the start
    opened.presenter.figures.save("canvas", folder / "a.png")
    opened.presenter.saving.export(folder)
    assert not background._callbacks and not list(folder.iterdir())
    opened.trigger("run")
    opened.settled()
    assert read_figure_record(saved(opened, "canvas", folder / "a.png")) is not None


def test_a_figure_that_cannot_be_written_says_so(opened, folder):
    opened.presenter.figures.save("canvas", folder / "absent" / "a.png")
    opened.bot.waitUntil(lambda: "was not written" in opened.message(), timeout=WAIT)
    assert "Create it" in opened.message()


def test_a_missing_photograph_has_a_stand_in_until_it_is_beside_the_figure(
    opened, street, folder, tmp_path
):
    figure = saved(opened, "canvas", folder / "a.png")
    hidden = tmp_path / "moved"
    street.rename(hidden)
    opened.presenter.openings.open_sample("palace")
    opened.settled()
    drop(opened.window.canvas, figure)
    opened.bot.waitUntil(lambda: "stands in" in opened.message(), timeout=WAIT)
    assert opened.session.image == "sample:leuven_street"
    assert "street.png was not found" in opened.message()
    assert "Put the file beside the figure" in opened.message()
    # Dropped together with the file, whatever that is called now.
    drop(opened.window.canvas, figure, hidden)
    opened.bot.waitUntil(lambda: opened.session.image == str(hidden), timeout=WAIT)
    shutil.copy(hidden, folder / "street.png")
    hidden.unlink()
    opened.settled()
    drop(opened.window.canvas, figure)
    opened.bot.waitUntil(lambda: opened.session.image == str(folder / "street.png"), timeout=WAIT)
    opened.settled()


@pytest.mark.parametrize("name", ["mine.segsession", "mine.json"])
def test_a_saved_session_is_dropped_and_back(opened, tmp_path, monkeypatch, name):
    path = tmp_path / name
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    opened.store.set("overlay", opacity=0.3)
    opened.settled()
    kept = opened.session
    opened.trigger("save_session")
    opened.bot.waitUntil(path.exists, timeout=WAIT)
    opened.store.set("overlay", opacity=0.9)
    drop(opened.window.canvas, path)
    opened.bot.waitUntil(lambda: opened.session == kept, timeout=WAIT)
    opened.bot.waitUntil(lambda: f"{name} is a session" in opened.message(), timeout=WAIT)
    opened.trigger("undo")
    assert opened.session.overlay.opacity == 0.9


def test_figures_among_other_pictures_are_pictures(opened, street, folder):
    figure = saved(opened, "canvas", folder / "a.png")
    other = folder / "b.png"
    with Image.open(street) as picture:
        picture.rotate(90).save(other)
    kept = opened.session
    drop(opened.window.canvas, figure, other)
    opened.bot.waitUntil(lambda: opened.session.image == str(figure), timeout=WAIT)
    assert opened.session == kept.changed(image=str(figure))
    assert opened.window.filmstrip.pictures() == [str(figure), str(other)]


@pytest.mark.parametrize("what", ["newer", "damaged"])
def test_a_record_that_cannot_be_used_is_said_and_the_file_opens_plain(explorer, folder, what):
    newer = FigureRecord(version=VERSION + 1, session={}, versions={"segviewer": "7.0"})
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("segviewer", newer.text() if what == "newer" else "{")
    path = folder / "a.png"
    Image.new("RGB", (50, 40)).save(path, pnginfo=texts)
    before = explorer.session
    drop(explorer.window.canvas, path)
    explorer.bot.waitUntil(lambda: "a.png" in explorer.message(), timeout=WAIT)
    assert what in explorer.message() and explorer.session == before
    press(explorer, "Open it as a picture")
    explorer.bot.waitUntil(lambda: explorer.session.image == str(path), timeout=WAIT)
    explorer.settled()


def test_exported_pictures_reopen_and_the_mask_can_still_be_compared(opened, tmp_path):
    out = tmp_path / "results"
    kept = opened.session
    opened.presenter.saving.export(out)
    opened.bot.waitUntil(lambda: not opened.presenter.background._callbacks, timeout=WAIT)
    said = opened.window.statusBar().currentMessage()
    assert str(out) in said and "JSON" in said
    assert "miou" not in json.loads((out / "street.json").read_text("utf-8"))
    for name in ("street-labels.png", "street-overlay.png"):
        assert name in said
        assert str(tmp_path).encode() not in (out / name).read_bytes()
        opened.store.set("overlay", opacity=0.1)
        drop(opened.window.canvas, out / name)
        opened.bot.waitUntil(lambda: opened.session == kept, timeout=WAIT)
        # Said once all of it is shown; the next one is not to come before that.
        emitted = f"{name} is a figure"
        opened.bot.waitUntil(lambda emitted=emitted: emitted in opened.message(), timeout=WAIT)
    drop(opened.window.canvas, out / "street-labels.png")
    opened.bot.waitUntil(lambda: "street-labels.png is a figure" in opened.message(), timeout=WAIT)
    press(opened, "Open it as a picture")
    mask = str(out / "street-labels.png")
    opened.bot.waitUntil(lambda: opened.session.target == mask, timeout=WAIT)


def test_copies_go_to_the_clipboard(opened):
    clipboard = QGuiApplication.clipboard()
    for name, start in (
        ("python", '"""Label street.png'),
        ("command", "segviewer label "),
        ("caption", "\\caption{"),
    ):
        opened.trigger(f"copy_{name}")
        assert clipboard.text().startswith(start)
    actions = [action.text() for action in opened.window.toolbar.copy_menu.actions()]
    assert actions == ["Python", "Command", "LaTeX caption"]
