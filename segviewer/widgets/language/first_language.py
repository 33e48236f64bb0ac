"""Which language a window starts in, and which one a choice means on this machine."""

from __future__ import annotations

import os

from PySide6.QtCore import QLocale

from segviewer.widgets.language.pseudo_language import PSEUDO
from segviewer.widgets.language.script_fonts import has_font
from segviewer.widgets.language.word_catalogue import ENGLISH, chosen_code, codes

ASKED = "SEGVIEWER_LANGUAGE"
"""In the environment: the code of a language, also of one that no menu offers."""


def first_code(choice: str) -> str:
    """The language that a window starts in: what was chosen, or what `ASKED` says.

    By that whoever works on the program sees it in a pseudo-language, which no menu offers.
    """
    asked = os.environ.get(ASKED, "")
    return asked if asked in (*codes(), *PSEUDO) else legible_code(choice)


def legible_code(choice: str) -> str:
    """The language that a choice means; English where no font has its letters."""
    code = chosen_code(choice, QLocale.system().name())
    return code if has_font(code) else ENGLISH
