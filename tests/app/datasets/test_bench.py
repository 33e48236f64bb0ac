"""The bench as a person uses it: drop a data set, measure, go to the worst and what it confuses."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QPushButton

from segviewer.app.datasets.bench_model import Column
from segviewer.app.datasets.bench_run import time_text
from segviewer.session import InferenceSettings

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

WAIT = 120_000
NAMES = ("building", "leuven_street", "palace")


@pytest.fixture
def folder(dataset):
    return dataset.rename(dataset.with_name("streets"))


@pytest.fixture
def bench(explorer, folder):
    """The window after the data set was dropped on it."""
    store = explorer.store
    store.update(store.session.changed(inference=InferenceSettings(long_side=96, device="cpu")))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    explorer.window.dropEvent(event)
    explorer.bot.waitUntil(lambda: "3 pictures with masks" in explorer.message(), timeout=WAIT)
    explorer.settled()
    bench = explorer.presenter.bench
    yield SimpleNamespace(explorer=explorer, bench=bench, bot=explorer.bot)
    bench.close()


def click(bot, widget):
    bot.mouseClick(widget, Qt.MouseButton.LeftButton)


def measure(it):
    """The button in the message; wait for the end."""
    buttons = it.explorer.window.message_bar.findChildren(QPushButton)
    click(it.bot, next(b for b in buttons if b.text() == "Measure all" and b.isVisible()))
    assert it.bench.running
    it.bot.waitUntil(lambda: not it.bench.running, timeout=WAIT)
    return it.bench.drawer


def click_row(it, place):
    table = it.bench.drawer.table
    cell = table.visualRect(table.model().index(place, Column.MIOU))
    it.bot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())


def test_three_clicks_from_the_folder_to_the_worst_picture_and_its_confusion(bench):
    drawer, explorer = measure(bench), bench.explorer
    rows = drawer.model.listed()
    assert drawer.isVisible() and [row.reason for row in rows] == [""] * 3
    assert rows[0].miou == min(row.miou for row in rows)
    assert drawer.figures.text().startswith("3 pictures")
    assert "mIoU" in drawer.figures.text() and "calibration error" in drawer.figures.text()
    click_row(bench, 0)
    session = explorer.session
    assert session.image == rows[0].picture and session.target == rows[0].target
    assert session.overlay.layer == "errors"
    explorer.settled("overlay_layer", "metrics")
    assert explorer.results("metrics").miou == pytest.approx(rows[0].miou)
    # What they confuse: the cell of most wrong pixels.
    total = sum(row.confusion.counts for row in rows)
    wrong = total - np.diag(np.diag(total))
    target, predicted = map(int, np.unravel_index(wrong.argmax(), wrong.shape))
    cell = drawer.confusion.cell_area(target, predicted).center().toPoint()
    bench.bot.mouseClick(drawer.confusion, Qt.MouseButton.LeftButton, pos=cell)
    listed = drawer.model.listed()
    pixels = [row.pixels_of(target, predicted) for row in listed]
    assert pixels == sorted(pixels, reverse=True) and pixels[-1] > 0
    click_row(bench, 0)
    overlay = explorer.session.overlay
    assert explorer.session.image == listed[0].picture
    assert (overlay.layer, overlay.chosen_class) == ("class errors", target)


def test_arrow_keys_go_on_in_the_order_of_the_table(bench):
    drawer, explorer = measure(bench), bench.explorer
    rows = [row.picture for row in drawer.model.listed()]
    click_row(bench, 0)
    bench.bot.keyClick(drawer.table, Qt.Key.Key_Down)
    assert explorer.session.image == rows[1]
    assert explorer.presenter.openings.pictures == rows  # and the filmstrip's
    explorer.window.stepped.emit(1)
    assert explorer.session.image == rows[2]
    assert drawer.table.currentIndex().row() == 2
    # Another layer that was chosen meanwhile stays.
    explorer.trigger("errors")
    bench.bot.keyClick(drawer.table, Qt.Key.Key_Up)
    assert explorer.session.overlay.layer == "labels"


def test_enter_opens_and_heads_sort(bench):
    drawer = measure(bench)
    header = drawer.table.horizontalHeader()
    place = header.sectionViewportPosition(Column.MIOU) + 8
    bench.bot.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, pos=QPointF(place, 8).toPoint()
    )
    miou = [row.miou for row in drawer.model.listed()]
    assert miou == sorted(miou, reverse=True)
    drawer.table.selectRow(1)
    bench.bot.keyClick(drawer.table, Qt.Key.Key_Return)
    assert bench.explorer.session.image == drawer.model.row(1).picture


def test_a_picture_that_cannot_be_measured_is_a_row_with_its_reason(bench, folder):
    (folder / "images" / "palace.png").write_bytes(b"no picture")
    drawer = measure(bench)
    last = drawer.model.listed()[-1]
    assert last.picture.endswith("palace.png") and last.reason
    assert "1 not measured" in drawer.figures.text()
    drawer.table.grab()


def test_stopped_it_goes_on_where_it_was(bench):
    bench.bench.measure()
    drawer = bench.bench.drawer
    bench.bot.waitUntil(lambda: bench.bench.run.done > 0, timeout=WAIT)
    if bench.bench.running:
        click(bench.bot, drawer.button)
    done = len(drawer.model.rows())
    assert not bench.bench.running and done >= 1
    drawer.started.emit()
    bench.bot.waitUntil(lambda: not bench.bench.running, timeout=WAIT)
    known = [row.known for row in drawer.model.rows()]
    assert len(known) == 3 and sum(known) >= done


def test_stopped_and_begun_at_once_nothing_of_the_first_run_is_counted(bench):
    bench.bench.measure()
    bench.bot.waitUntil(lambda: bench.bench.run.done > 0, timeout=WAIT)
    bench.bench.stop()
    bench.bench.start()
    bench.bot.waitUntil(lambda: not bench.bench.running, timeout=WAIT)
    assert bench.bench.run.done == len(bench.bench.drawer.model.rows()) == 3
    bench.bench.measure()
    bench.bench.drawer.close()
    assert not bench.bench.running


def test_closing_the_window_in_the_middle_leaves_nothing(bench):
    bench.bench.measure()
    assert bench.bench.running
    bench.explorer.close()
    assert not bench.bench.running  # a process or thread left behind fails the test


def test_another_number_of_pictures_is_measured_anew_and_not_gone_on_with(bench):
    drawer = measure(bench)
    drawer.most.setValue(2)
    assert drawer.button.text() == "Measure" and "another number of pictures" in drawer.note.text()
    drawer.most.setValue(0)
    assert "another" not in drawer.note.text()


def test_of_several_splits_one_is_chosen_before_anything_is_measured(explorer, dataset):
    for kind in ("images", "labels"):
        for split in ("train", "val"):
            (dataset / kind / split).mkdir()
        for number, path in enumerate(sorted((dataset / kind).glob("*.*"))):
            path.rename(path.parent / ("val" if number else "train") / path.name)
    explorer.presenter.openings.open_paths([str(dataset)])
    explorer.bot.waitUntil(lambda: "3 pictures with masks" in explorer.message(), timeout=WAIT)
    explorer.settled()
    bench = explorer.presenter.bench
    buttons = explorer.window.message_bar.findChildren(QPushButton)
    click(explorer.bot, next(b for b in buttons if b.text() == "Measure…" and b.isVisible()))
    drawer = bench.drawer
    assert drawer.isVisible() and drawer.split_box.isVisible() and not bench.running
    drawer.split_box.setCurrentIndex(drawer.split_box.findText("train"))
    click(explorer.bot, drawer.button)
    explorer.bot.waitUntil(lambda: not bench.running, timeout=WAIT)
    assert len(drawer.model.rows()) == 1 and drawer.button.text() == "Measure"
    drawer.split_box.setCurrentIndex(drawer.split_box.findText("val"))
    assert "another split" in drawer.note.text()
    bench.close()


def test_settings_that_have_changed_since_are_said(bench):
    drawer = measure(bench)
    click_row(bench, 0)
    assert "changed since" not in drawer.note.text()
    store = bench.explorer.store
    store.update(store.session.changed(network=(("output_stride", 32),)))
    assert "changed since" in drawer.note.text()
    store.undo()
    assert "changed since" not in drawer.note.text()


def test_beside_a_there_is_a_difference_for_each_picture(bench):
    explorer = bench.explorer
    explorer.presenter.comparison.pin()
    explorer.store.update(explorer.session.changed(network=(("output_stride", 32),)))
    bench.bench.open()
    drawer = bench.bench.drawer
    assert drawer.compare.isVisible()
    drawer.compare.setChecked(True)
    click(bench.bot, drawer.button)
    bench.bot.waitUntil(lambda: not bench.bench.running, timeout=WAIT)
    assert Column.DIFFERENCE in drawer.model.columns() and "(A 0." in drawer.figures.text()
    texts = [drawer.model.index(k, Column.DIFFERENCE).data() for k in range(3)]
    assert any(text not in ("+0.000", "−0.000") for text in texts)


@pytest.mark.parametrize("kind", ["html", "csv", "json"])
def test_what_was_measured_is_saved(bench, tmp_path, monkeypatch, kind):
    drawer = measure(bench)
    path = tmp_path / f"out.{kind}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    drawer.export_requested.emit(kind)
    bench.bot.waitUntil(path.exists, timeout=WAIT)
    bench.bot.waitUntil(
        lambda: "Saved" in bench.explorer.window.statusBar().currentMessage(), timeout=WAIT
    )
    text = path.read_text("utf-8")
    assert all(f"{name}.png" in text for name in NAMES)
    if kind == "json":
        assert json.loads(text)["frames"] == 3


def test_overlays_of_the_listed_pictures_are_saved(bench, tmp_path, monkeypatch):
    drawer = measure(bench)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    drawer.export_requested.emit("png")
    bench.bot.waitUntil(
        lambda: "3 overlays" in bench.explorer.window.statusBar().currentMessage(), timeout=WAIT
    )
    order = [Path(row.picture).stem for row in drawer.model.listed()]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{k:04}-{stem}-errors.png" for k, stem in enumerate(order, 1)]


def test_without_a_data_set_its_folder_is_asked_for(explorer, folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    explorer.trigger("dataset")
    bench = explorer.presenter.bench
    explorer.bot.waitUntil(lambda: bench.drawer is not None, timeout=WAIT)
    assert bench.drawer.isVisible() and not bench.running
    assert bench.drawer.title.text() == "streets · 3 pictures with masks"
    assert not bench.drawer.export_button.isEnabled()


def test_time_left_in_one_unit():
    assert [time_text(s) for s in (0, 40, 200, 9000)] == ["1 s", "40 s", "3 min", "2 h"]
