"""Numbers as a language writes them: ``1,234.5`` is ``1.234,5`` in German.

The program composes its texts with a decimal point. They are changed where they come to the
screen, and only what certainly is a number: versions, file names and sections keep their points.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QLocale

from segviewer.widgets.language.pseudo_language import PSEUDO

_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_NUMBER = re.compile(rf"(?<![\w.,/\\:])(?:{_GROUPED}|\d+\.\d+)(?:e[-−+]?\d+)?(?![\w/\\:]|[.,]\d)")
_BETWEEN = re.compile(r"(?<=\d), (?=[-−+]?\d)")
_ONE = rf"[<>≈≤≥±=~]?\s?[-−+±]?(?:{_GROUPED}|\d+(?:\.\d+)?)(?:e[-−+]?\d+)?"
_UNIT = r"(?:\s?(?:%|‰|°|×|[A-Za-zµ]{1,4}(?:/[a-z]{1,2})?))?"
_FIGURES = re.compile(rf"\(?{_ONE}{_UNIT}(?:(?:\s*[·–×→;|/]\s*|,?\s+){_ONE}{_UNIT})*\)?")


def number_locale(code: str) -> QLocale:
    """How a language writes numbers, in fields as well; without signs between thousands there."""
    # Whoever works on the program reads a pseudo-language's numbers as English ones.
    locale = QLocale("en" if code in PSEUDO else code)
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return locale


def localised(text: str, decimal: str, group: str) -> str:
    """`text` with its numbers' signs changed; ``,`` stands between thousands in it, or nothing."""
    if decimal == "." and group == ",":
        return text
    if decimal == "," and "." in text:
        text = _BETWEEN.sub("; ", text)  # else a comma in two senses
    turn = str.maketrans({".": decimal, ",": group})
    return _NUMBER.sub(lambda number: number[0].translate(turn), text)


def only_figures(text: str) -> bool:
    """Whether `text` is numbers, with units or without, and nothing else."""
    return _FIGURES.fullmatch(text) is not None
