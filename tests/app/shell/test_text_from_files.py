"""Hostile names in a card, a lesson, class names and paths, through the whole window.

Wherever they are shown they are letters: nothing in them is laid out, and the picture that each of
them names is never opened.
"""

from __future__ import annotations

import json
import re
import sys

import pytest
from PIL import Image
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QTextDocument
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QTabBar,
    QTextBrowser,
    QToolTip,
    QWidget,
)

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import Preset
from segviewer.errors import DownloadError, PictureError
from segviewer.labs import LABS
from segviewer.resource_files import resource_path
from tests.app.opened_files import OpenedFiles

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="watches files as Linux does"),
]

WEIGHTS = "v3_grid_124_efficientnet_lite0_camvid"
PATH_MARK = "<u>&HOSTILE"  # what a file name can hold
WAIT = 60_000


class Hostile:
    """A picture that nobody may open, and texts that would have Qt open it."""

    def __init__(self, folder):
        self.secret = folder / "secret.png"
        Image.new("RGB", (64, 64), "red").save(self.secret)
        self.opened = OpenedFiles(self.secret)

    def text(self, name: str) -> str:
        return f'<img src="{self.secret.as_uri()}"><u>HOSTILE {name}</u> &amp; &'


@pytest.fixture
def hostile(tmp_path):
    found = Hostile(tmp_path)
    yield found
    found.opened.close()


@pytest.fixture
def checkpoint(tmp_path, hostile):
    """Shipped weights beside a card all of whose words are hostile."""
    text = hostile.text
    card = json.loads(resource_path("checkpoints", f"{WEIGHTS}.json").read_text("utf-8"))
    for name in ("title", "trained_on", "data_notice", "licence", "source"):
        card[name] = text(name)
    card["label_set"] = ""
    card["classes"] = [text(f"class {number}") for number in range(11)]
    card["results"] = {text("split"): {"miou": 0.5, "iou": {card["classes"][0]: 0.5}}}
    weights = tmp_path / f"{PATH_MARK} weights.safetensors"
    weights.write_bytes(resource_path("checkpoints", f"{WEIGHTS}.safetensors").read_bytes())
    weights.with_suffix(".json").write_text(json.dumps(card), "utf-8")
    return weights


@pytest.fixture
def photograph(tmp_path, street):
    path = tmp_path / f"{PATH_MARK} street.png"
    path.write_bytes(street.read_bytes())
    return path


@pytest.fixture
def lesson(tmp_path, hostile, photograph, monkeypatch):
    """A lesson of the person's own, all of whose words are hostile."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def line(name: str, value: object) -> str:
        return f"{name} = {json.dumps(value)}\n"

    words = {name: hostile.text(name) for name in ("narration", "speaker_notes", "paper")}
    choices = [hostile.text("choice 1"), hostile.text("choice 2")]
    step = "[[steps]]\n" + line("title", hostile.text("step"))
    step += line("equation", "x<sub>i</sub> " + hostile.text("equation"))
    step += "".join(line(*pair) for pair in words.items()) + line("observations", ["outline > 0"])
    step += line("controls", ["model", "classes", "pictures"])
    step += f"session = {{ image = {json.dumps(photograph.name)} }}\n[steps.question]\n"
    step += line("text", hostile.text("question")) + line("choices", choices)
    step += line("answer", choices[1]) + line("reveal", hostile.text("reveal"))
    head = "".join(line(n, hostile.text(n)) for n in ("title", "sentence", "source"))
    path = tmp_path / "hostile.toml"
    path.write_text(head + step + step, "utf-8")
    return path


def is_hostile(text: str) -> bool:
    return "HOSTILE" in text


def shows_letters(text: str, rich: bool) -> bool:
    """Whether the markup in a hostile text is shown and not obeyed."""
    if not rich:
        return True
    document = QTextDocument()
    document.setHtml(re.sub("<img[^>]*>", "￼", text))
    shown = document.toPlainText()
    return "￼" not in shown and "<u>" in shown


def rows(model: QAbstractItemModel, parent: QModelIndex):
    for row in range(model.rowCount(parent)):
        # Qt keeps the count of a list's columns to itself.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            yield model.index(row, column, parent)


def texts():
    """(where, text, whether Qt lays it out) of every text in the program that is hostile."""
    for widget in QApplication.allWidgets():
        name = f"{type(widget).__name__} {widget.objectName()}".strip()
        yield f"{name} tip", widget.toolTip(), GuiQt.mightBeRichText(widget.toolTip())
        if isinstance(widget, QLabel):
            format_ = widget.textFormat()
            auto = format_ == Qt.TextFormat.AutoText and GuiQt.mightBeRichText(widget.text())
            yield name, widget.text(), auto or format_ == Qt.TextFormat.RichText
        if isinstance(widget, QTextBrowser):
            yield name, widget.toPlainText(), False
            # The one picture that a page may hold is this program's own: a typeset formula.
            own = widget.toHtml().count('src="formula:typeset"')
            assert widget.toPlainText().count("￼") == own, name
        if isinstance(widget, QTabBar):
            for place in range(widget.count()):
                tip = widget.tabToolTip(place)
                yield f"{name} tip", tip, GuiQt.mightBeRichText(tip)
        if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
            for index in rows(widget.model(), QModelIndex()):
                yield f"{name} item", str(index.data() or ""), False
                tip = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
                yield f"{name} item's tip", tip, GuiQt.mightBeRichText(tip)
        if isinstance(widget, QAbstractButton):
            yield f"{name} with accelerator", widget.text(), False
            single = re.sub("&&", "", widget.text())
            assert not (is_hostile(widget.text()) and "&" in single), (name, widget.text())
        for action in widget.findChildren(QAction):
            yield f"{name} action's tip", action.toolTip(), False
            if is_hostile(action.text()):
                yield f"{name} action", action.text(), False
                assert "&" not in action.text().replace("&&", ""), action.text()
            if action.toolTip() != action.text().replace("&&", "&"):
                rich = GuiQt.mightBeRichText(action.toolTip())
                yield f"{name} action's own tip", action.toolTip(), rich


class Walk:
    """Looks at everything that is on screen now, and remembers where hostile text was."""

    def __init__(self, hostile):
        self.hostile = hostile
        self.places: set[str] = set()
        self.wrong: list[str] = []

    def __call__(self, explorer, where: str) -> None:
        QApplication.processEvents()
        tips = set()
        for place, text, rich in texts():
            if not is_hostile(text):
                continue
            self.places.add(f"{where}: {place}")
            if place.endswith("tip"):
                tips.add(text)
            if not shows_letters(text, rich):
                self.wrong.append(f"{where}: {place}: {text}")
        for tip in sorted(tips):
            QToolTip.showText(QPoint(10, 10), tip, explorer.window)
            QApplication.processEvents()
        QToolTip.hideText()
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible():
                widget.grab()
        QApplication.processEvents()
        if self.hostile.opened.count():
            self.wrong.append(f"{where}: the picture was opened")

    def saw(self, *parts: str) -> bool:
        return any(all(part in place for part in parts) for place in self.places)


def test_the_watch_sees_what_a_rich_label_opens(qtbot, hostile):
    label = QLabel(hostile.text("control"))
    qtbot.addWidget(label)
    label.grab()
    assert hostile.opened.count() > 0
    assert not shows_letters(label.text(), rich=True)


def test_no_text_of_a_file_is_laid_out_or_opens_one(explorer, hostile, checkpoint, photograph):
    walk, presenter, window = Walk(hostile), explorer.presenter, explorer.window
    presenter.openings.open_paths([str(checkpoint), str(photograph)])
    explorer.bot.waitUntil(lambda: explorer.session.checkpoint == str(checkpoint), timeout=WAIT)
    explorer.settled()
    walk(explorer, "window")
    assert window.windowTitle().startswith(PATH_MARK)
    window.toolbar.open_menu.popup(QPoint(0, 0))
    window.toolbar.recent_menu.popup(QPoint(0, 0))
    walk(explorer, "recent files")
    window.toolbar.recent_menu.close()
    window.toolbar.open_menu.close()
    presenter.comparison.pin()
    explorer.settled("reference_label_map", "figures")
    walk(explorer, "A and B")
    presenter.comparison.unpin()
    presenter.failures.show_error(PictureError(*(hostile.text(n) for n in ("what", "why", "next"))))
    window.message_bar.show_message("x", actions=[(hostile.text("button"), lambda: None)])
    presenter.failures.show_error(PictureError(*(hostile.text(n) for n in ("what", "why", "next"))))
    walk(explorer, "message bar")
    presenter.presets._on_read(
        ((Preset("x", hostile.text("preset"), hostile.text("source"), CRFSettings()),), ())
    )
    window.statusBar().showMessage(hostile.text("status"))
    walk(explorer, "presets")
    explorer.trigger("network_card")
    explorer.settled("card")
    walk(explorer, "network sheet")
    for name in ("about_model", "glossary", "gallery", "keys", "catalogue"):
        explorer.trigger(name)
        if name == "about_model":
            page = presenter.help.page.page
            explorer.bot.waitUntil(lambda page=page: "HOSTILE" in page.toPlainText(), timeout=WAIT)
        if name == "catalogue":
            error = DownloadError(*(hostile.text(n) for n in ("what", "why", "next")))
            presenter.networks.catalogue._on_failed(error)
        walk(explorer, name)
        for widget in QApplication.topLevelWidgets():
            if widget.isVisible() and widget is not window:
                widget.close()
    presenter.presets.tune()
    walk(explorer, "tune")
    presenter.presets.dialog.close()
    assert walk.wrong == []
    for where in (
        ("window: PlainLabel",),
        ("window: ", "item's tip"),
        ("recent files", "action"),
        ("A and B", "tip"),
        ("message bar: PlainLabel",),
        ("presets: FittedChoice", "tip"),
        ("about_model: ClosedPage",),
        ("catalogue: PlainLabel",),
        ("tune: PlainLabel",),
    ):
        assert walk.saw(*where), (where, sorted(walk.places))


def test_no_text_of_a_lesson_is(explorer, hostile, lesson):
    walk, presenter, window = Walk(hostile), explorer.presenter, explorer.window
    lessons = presenter.lessons
    lessons.open(lesson)
    explorer.bot.waitUntil(lambda: lessons.opened is not None, timeout=WAIT)
    explorer.settled()
    lessons.files = (*lessons.files, lessons.opened.file)
    lessons._fill_menu()
    walk(explorer, "lesson")
    assert "x<sub>i</sub>" in lessons.panel.equation.text()
    lessons.panel.question.buttons[0].click()
    walk(explorer, "answer")
    explorer.trigger("speaker")
    walk(explorer, "speaker")
    explorer.trigger("add_step")
    walk(explorer, "add a step")
    QApplication.activeModalWidget().close()
    explorer.trigger("present")
    walk(explorer, "presenting")
    explorer.trigger("present")
    lessons.leave()
    assert walk.wrong == [] and window.isVisible()
    for where in (
        ("lesson: EquationLabel",),
        ("lesson: PlainLabel lesson narration",),
        ("lesson: PlainLabel lesson title",),
        ("lesson: WrappedButton",),
        ("lesson: ", "item's tip"),
        ("lesson: ", "action"),
        ("answer: PlainLabel answer",),
        ("speaker: PlainLabel",),
        ("presenting: EquationLabel",),
    ):
        assert walk.saw(*where), (where, sorted(walk.places))


def test_no_class_name_is_in_any_lab(explorer, hostile, checkpoint, photograph):
    walk, presenter = Walk(hostile), explorer.presenter
    presenter.openings.open_paths([str(checkpoint), str(photograph)])
    explorer.bot.waitUntil(lambda: explorer.session.checkpoint == str(checkpoint), timeout=WAIT)
    explorer.settled()
    for name, entry in LABS.items():
        presenter.labs.open(name)
        explorer.settled("lab")
        walk(explorer, f"lab {name}")
        hover(explorer, presenter.labs.drawer.views.currentWidget())
        walk(explorer, f"lab {name}, pointed at")
        draw_figure(presenter, entry)
    assert walk.wrong == []
    assert walk.saw("lab why_label: EquationLabel") and walk.saw("lab why_label: PlainLabel")


def hover(explorer, view):
    """Point at a grid of places of each drawing, so that each has its say."""
    for widget in [view, *view.findChildren(QWidget)]:
        if not widget.isVisible():
            continue
        for across in (0.2, 0.5, 0.8):
            for down in (0.2, 0.5, 0.8):
                place = QPoint(round(across * widget.width()), round(down * widget.height()))
                explorer.bot.mouseMove(widget, place)


def draw_figure(presenter, entry):
    from segviewer.app.figures.lab_figure import lab_picture, lab_svg, plots_of

    view, shown = presenter.labs.drawer.views.currentWidget(), presenter.labs._drawn
    if shown is None:
        return
    lab_picture(view, shown.caption, shown.formula, 1)
    if plots_of(view):
        lab_svg(view, shown.caption, shown.formula)
