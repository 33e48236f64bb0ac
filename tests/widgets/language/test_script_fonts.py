"""Which languages' letters a machine can draw."""

from PySide6.QtGui import QFontDatabase

from segviewer.widgets.language.script_fonts import has_font


def test_latin_is_everywhere_and_nothing_is_asked_for_it(qapp, monkeypatch):
    monkeypatch.setattr(QFontDatabase, "families", None)
    assert has_font("en")
    assert has_font("de")


def test_chinese_needs_a_font_with_its_characters(qapp, monkeypatch):
    asked = []
    monkeypatch.setattr(QFontDatabase, "families", lambda script: asked.append(script) or [])
    assert not has_font("zh_CN")
    monkeypatch.setattr(QFontDatabase, "families", lambda script: ["Noto Sans CJK SC"])
    assert has_font("zh_CN")
    assert asked == [QFontDatabase.WritingSystem.SimplifiedChinese]
