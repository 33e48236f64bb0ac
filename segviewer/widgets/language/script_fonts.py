"""Whether this machine can draw a language's letters at all: no program brings fonts for all."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QFontDatabase

_SCRIPTS = {
    QLocale.Script.SimplifiedHanScript: QFontDatabase.WritingSystem.SimplifiedChinese,
    QLocale.Script.TraditionalHanScript: QFontDatabase.WritingSystem.TraditionalChinese,
    QLocale.Script.JapaneseScript: QFontDatabase.WritingSystem.Japanese,
    QLocale.Script.KoreanScript: QFontDatabase.WritingSystem.Korean,
    QLocale.Script.ArabicScript: QFontDatabase.WritingSystem.Arabic,
    QLocale.Script.HebrewScript: QFontDatabase.WritingSystem.Hebrew,
    QLocale.Script.DevanagariScript: QFontDatabase.WritingSystem.Devanagari,
}
"""Scripts that many a system has no font for; all others are taken to be there."""


def has_font(code: str) -> bool:
    """Whether a font is installed that has the letters of the language `code`, as ``zh_CN``.

    Asks Qt for its list of fonts where the script is one that may lack, which it reads once.
    """
    script = _SCRIPTS.get(QLocale(code).script())
    return script is None or bool(QFontDatabase.families(script))
