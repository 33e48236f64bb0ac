"""The whole window in another language: nothing forgotten or cut, and all of it comes back."""

import re
import tomllib

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QMenu,
    QToolBar,
    QToolButton,
    QWidget,
)

from segviewer.app.frame import language_menu
from segviewer.app.frame.language_menu import LanguageMenu
from segviewer.app.state.preferences import Preferences
from segviewer.glossary import glossary
from segviewer.imaging.labels import label_set, label_set_names
from segviewer.labs import LABS
from segviewer.lessons.reading import shipped_folder
from segviewer.widgets.controls.setting_rows.number_field import QuietSpin
from segviewer.widgets.help.guide_pages import read_guide
from segviewer.widgets.help.help_places import guide_places
from segviewer.widgets.language import first_language
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.shown_texts import VERBATIM, slots_of
from segviewer.widgets.language.word_catalogue import Catalogue, codes, read_catalogue
from tests.app.frame.whole_interface import dialogs, show_panels

OTHERS = [code for code in codes() if code != "en"]

# What stays as it is in every language, and why.
REASONS = {
    "a number, a symbol, a unit": r"[^A-Za-z]*(?:[A-Za-z]{1,2}[^A-Za-z]+)*[A-Za-z]{0,2}[^A-Za-z]*",
    "a paper": r".*\b(?:et al\.?|19\d\d|20\d\d)\b.*|.*\(PPM\); FCN\.?|pydensecrf; .*",
    "a file, a folder, an address": r".*\.(?:png|jpg|yaml|toml|json|pt|pth)\b.*|https?:.*|/.*",
    "a network or a data set": (
        r"(?:ResNet|DenseNet|U-?Net|SegNet|SegFormer|PSPNet|ParseNet|FCN|FPN|FC-DenseNet|VGG|DRN"
        r"|LR-ASPP|HDC-DUC|ESPNet|ERFNet|LargeFOV|CRF-RNN|MobileNet|EfficientNet|DeepLab|Dilation\d|ASPP"
        r"|Segmentation Models PyTorch|PPM|DUC|CamVid|COCO|ADE20K|Pascal VOC|Cityscapes|PyQtGraph"
        r"|segviewer)(?:\b|V\d).*"
    ),
    "of pyqtgraph's own menus, which are never shown": (
        r"Log( [XY])?|Power Spectrum|Transforms|Plot Options|Downsample|Subsample|Subtract Mean"
        r"|Max Traces:|Clip to View|Forget hidden traces|(Auto|Show) [XY]|Show [XY] Grid"
        r"|.*(\baxis\b|X values|samples\.|traces|curves displayed|Nth|spiky noise|saw wave).*"
    ),
    "a model card's own words": r"Weights trained on CamVid .*",
    "keys": r"(?:Alt|Ctrl|Shift|Return|Esc|F\d+)(?:\+.*)?",  # German has its own
    "the name of a camera": r"Webcam",
    "the place of a layer in its network": r"[a-z_]\w*(?:\.\w+)+",
}

ARCHITECTURES = (
    r"(?:resnet|mobilenet|vgg|drn|efficientnet|xception|lite0|linknet|manet|pan|unet|upernet"
    r"|segformer|seg-grad|mix-ffn)\S*(?: \S+)*"
)


def own_words():
    """Texts of lessons, of the glossary and of the guide, which are written in English."""
    pages = read_guide()
    said = {one.title for one in (*pages, *guide_places(pages))}
    for path in sorted(shipped_folder().glob("*.toml")):  # those in other languages, too
        held = tomllib.loads(path.read_text(encoding="utf-8"))
        said |= {value for value in held.values() if isinstance(value, str)}
    said |= {term.term for term in glossary().values()}
    said |= {name for one in label_set_names() for name in label_set(one).classes}
    said |= {label_set(one).title for one in label_set_names()}
    return said


@pytest.fixture
def language(qapp):
    language = interface_language(qapp)
    yield language
    language.show("en")


def shown_texts(window):
    """Every text of the window's widgets and actions, by where it stands."""
    found = {}
    for number, widget in enumerate([window, *window.findChildren(QWidget)]):
        for thing in (widget, *widget.actions()):
            if thing.property(VERBATIM):
                continue
            for slot in slots_of(thing):
                found[(number, type(thing).__name__, thing.objectName(), slot.name)] = slot.read()
        if isinstance(widget, QComboBox):
            for place in range(widget.count()):
                found[(number, "item", "", str(place))] = widget.itemText(place)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_the_window_and_its_dialogs_is_translated(opened, language, code):
    held = read_catalogue(code)
    noting = Catalogue(code, True, held.texts, held.key_names, held.short, noting=True)
    language.show_catalogue(noting)
    show_panels(opened)
    opened.window.grab()
    for _, dialog in dialogs(opened):
        dialog.grab()
    kept = own_words()
    missing = sorted(
        text
        for text in noting.missing
        if text not in kept
        and not any(re.fullmatch(reason, text, re.DOTALL) for reason in REASONS.values())
        and text not in (*held.texts.values(), *held.key_names.values())
    )
    listed = "\n".join(f' "{text}": "",' for text in missing)
    assert not missing, f"not yet in resources/languages/{code}.json:\n{listed}"


@pytest.mark.slow
def test_switching_live_there_and_back(opened, language):
    show_panels(opened)
    opened.window.grab()
    before = shown_texts(opened.window)
    language.show("de")
    german = shown_texts(opened.window)
    assert opened.window.action("open").text() == "Öffnen…"
    assert opened.window.crf_section._head.text() == "CRF"
    assert opened.window.classes_section._head.text() == "Klassen"
    untouched = [
        text for key, text in german.items() if text and before.get(key) == text
        and read_catalogue("de").translate(text) != text
    ]  # fmt: skip
    assert untouched == []
    changed = [key for key, text in before.items() if german.get(key) != text]
    assert len(changed) > 300
    language.show("en")
    opened.window.grab()
    after = shown_texts(opened.window)
    assert {key: (text, after.get(key)) for key, text in before.items()} == {
        key: (text, text) for key, text in before.items()
    }


@pytest.mark.slow
def test_a_setting_is_changed_as_well_in_german(opened, language):
    language.show("de")
    opened.trigger("crf")
    opened.settled()
    row = opened.presenter.settings.crf_form.row("appearance_xy_std")
    assert "Reichweite der Erscheinung" in row.toolTip()
    assert "px" in row.toolTip()
    assert "σα" in row.toolTip()
    opened.store.set("crf", appearance_xy_std=33.0)
    opened.settled()
    assert opened.session.crf.appearance_xy_std == 33.0
    saved = opened.session.model_dump_json()
    assert "Erscheinung" not in saved, "what is kept is the same in every language"


@pytest.mark.slow
def test_numbers_have_a_comma_on_screen_and_a_point_in_what_is_copied(opened, language):
    opened.trigger("crf")
    opened.store.set("crf", appearance_weight=2.5)
    opened.settled()

    def copied():
        texts = []
        for name in ("copy_python", "copy_command"):
            opened.trigger(name)
            texts.append(QApplication.clipboard().text())
        return texts

    before, kept = copied(), opened.session.model_dump_json()
    field = next(
        field
        for field in opened.window.findChildren(QuietSpin)
        if field.accessibleName() == "Appearance weight"
    )
    assert field.text() == "2.50" or field.text() == "2.5"
    language.show("de")
    opened.settled()
    opened.window.grab()
    assert field.text() in ("2,50", "2,5")
    assert any("," in text for text in shown_texts(opened.window).values() if text[:1].isdigit())
    assert copied() == before
    assert opened.session.model_dump_json() == kept
    assert "2.5" in "".join(before)


@pytest.mark.slow
@pytest.mark.parametrize("code", codes())
def test_the_smallest_lecture_screen_has_room(opened, language, themed, code):
    themed("light")
    language.show(code)
    window = opened.window
    window.resize(1280, 720)
    window.reset_layout()
    opened.trigger("crf")
    opened.settled()
    QApplication.processEvents()
    window.grab()
    bar = window.findChild(QToolBar, "main toolbar")
    assert bar.sizeHint().width() <= 1280, "no button hides behind the arrow"
    assert cut(window) == []


def cut(window):
    """Labels and buttons whose words do not fit into them."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.width() < 1:
            continue
        if isinstance(widget, QLabel) and not widget.wordWrap() and widget.text():
            if widget.width() + 1 < widget.minimumSizeHint().width():
                found.append((widget.text(), widget.width(), widget.minimumSizeHint().width()))
        elif isinstance(widget, QAbstractButton) and widget.text():
            words = widget.fontMetrics().horizontalAdvance(widget.text())
            if not isinstance(widget, QToolButton) and widget.width() < words:
                found.append((widget.text(), widget.width(), words))
    return found


def test_the_menu_switches_and_remembers(qtbot, tmp_path, language):
    path = str(tmp_path / "settings.ini")
    preferences = Preferences(QSettings(path, QSettings.Format.IniFormat))
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.setWindowTitle("Model sheet")
    dialog.show()
    menu = QMenu(dialog)
    LanguageMenu(menu, preferences, dialog)
    by_choice = {action.data(): action for action in menu.actions()}
    assert list(by_choice) == ["", *codes()]
    assert by_choice[""].isChecked()
    by_choice["de"].trigger()
    assert preferences.language() == "de"
    assert dialog.windowTitle() == "Modellbogen"
    assert by_choice["en"].text() == "English", "each by its own name"
    by_choice["en"].trigger()
    assert dialog.windowTitle() == "Model sheet"
    preferences.settings.sync()
    again = Preferences(QSettings(path, QSettings.Format.IniFormat))
    assert again.language() == "en"


def test_a_language_without_a_font_says_so_and_is_not_shown(qtbot, tmp_path, monkeypatch):
    for module in (language_menu, first_language):
        monkeypatch.setattr(module, "has_font", lambda code: code != "zh_CN")
    preferences = Preferences(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    preferences.save_language("zh_CN")
    assert first_language.legible_code("zh_CN") == "en"
    assert first_language.legible_code("de") == "de"
    menu = QMenu()
    qtbot.addWidget(menu)
    shown = LanguageMenu(menu, preferences, menu)
    menu.aboutToShow.emit()
    by_choice = {action.data(): action for action in menu.actions()}
    assert not by_choice["zh_CN"].isEnabled()
    assert by_choice["zh_CN"].text() == "Chinese (no font for it is installed)"
    assert "Install one" in by_choice["zh_CN"].toolTip()
    assert by_choice["de"].isEnabled()
    assert shown.group.checkedAction() is by_choice["zh_CN"], "the choice stays, for when it comes"


def test_a_window_starts_in_the_language_that_the_environment_asks_for(monkeypatch):
    assert first_language.first_code("de") == "de"
    monkeypatch.setenv(first_language.ASKED, "en_XA")
    assert first_language.first_code("de") == "en_XA"
    monkeypatch.setenv(first_language.ASKED, "no language")
    assert first_language.first_code("de") == "de"


def test_every_setting_and_every_lab_has_its_words():
    """Also of networks that are not open: label, tip, unit, choices."""
    import importlib
    import pkgutil

    import segviewer.labs
    import segviewer.networks
    from segviewer.settings import Settings, controls

    for package in (segviewer.networks, segviewer.labs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("_view") and ".drawings" not in module.name:
                importlib.import_module(module.name)
    texts = {text for entry in LABS.values() for text in (entry.title, entry.group, entry.sentence)}
    waiting = [Settings]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if not cls.__module__.startswith("segviewer."):
                continue  # of another test, or of an added package
            for one in controls(cls):
                if not one.hidden:
                    texts |= {one.label, one.tip, one.zero_text, one.unit, *one.item_labels}
                    texts |= {
                        choice.replace("_", " ")
                        for choice in one.choices
                        if isinstance(choice, str)
                    }
    for code in OTHERS:
        held = read_catalogue(code)
        missing = sorted(
            text
            for text in texts
            if held.translate(text) == text
            and text not in held.texts
            and not any(re.fullmatch(reason, text, re.I | re.DOTALL) for reason in REASONS.values())
            and not re.fullmatch(ARCHITECTURES, text, re.IGNORECASE)
        )
        assert not missing, "\n".join(f' "{text}": "",' for text in missing)
