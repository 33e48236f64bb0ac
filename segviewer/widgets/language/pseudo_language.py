"""Two languages of no people, by which a window is tried before a translator comes.

In the first, each text that has an entry in a catalogue is shown in its own letters with accents,
and 40 % longer: what is still plain was forgotten, what is cut has too little room for a language
that needs more than English. The second runs from right to left, letters and window. Their codes
are those that Unicode's CLDR has for such languages.
"""

from __future__ import annotations

import re
from math import ceil

LONGER = "en_XA"
RIGHT_TO_LEFT = "ar_XB"
PSEUDO = (LONGER, RIGHT_TO_LEFT)

TIMES_AS_LONG = 1.4
_HOLE = re.compile(r"(\{\w+(?::\w+)?\})")
_WORDS = re.compile(r"([A-Za-z]{2,})")
_ACCENTS = str.maketrans("aeiouyAEIOUYcnsz", "áêïöüÿÀÉÎÔÛÝçñšž")
_VOWELS = "aeiouy"
_MARK = "\N{RIGHT-TO-LEFT MARK}"
_TURNED = f"{_MARK}\N{RIGHT-TO-LEFT OVERRIDE}\\1\N{POP DIRECTIONAL FORMATTING}{_MARK}"
"""A word whose letters run from right to left, and which turns the line that begins with it."""


def lengthened(text: str) -> str:
    """`text` with accents, at least :data:`TIMES_AS_LONG` as long; its placeholders are kept.

    Its words grow, as those of German do, and not their number: a word is what cannot be wrapped.
    """
    parts = _HOLE.split(text)
    asked = ceil(TIMES_AS_LONG * sum(len(part) for part in parts[::2]))
    names = [re.sub(r":\w+", "", part) if place % 2 else "" for place, part in enumerate(parts)]
    grown = [names[place] or _WORDS.sub(_grown, part) for place, part in enumerate(parts)]
    lack = asked - sum(len(part) for part in grown[::2])
    # Numbers and signs do not grow: their share is given to the last word.
    for place in range(len(grown) - 1 - (len(grown) - 1) % 2, -1, -2):
        words = list(_WORDS.finditer(grown[place]))
        if lack > 0 and words:
            end = words[-1].end()
            grown[place] = f"{grown[place][:end]}{'o' * lack}{grown[place][end:]}"
            lack = 0
    return "".join(
        part if place % 2 else part.translate(_ACCENTS) for place, part in enumerate(grown)
    )


def _grown(word: re.Match[str]) -> str:
    text = word[0]
    more = ceil((TIMES_AS_LONG - 1) * len(text))
    at = next((place for place, letter in enumerate(text) if letter.lower() in _VOWELS), None)
    if at is None:
        return text + "u" * more
    return text[: at + 1] + text[at].lower() * more + text[at + 1 :]


def reversed_words(text: str) -> str:
    """`text` with each word from right to left, as letters of Arabic or Hebrew stand."""
    parts = _HOLE.split(text)
    return "".join(
        re.sub(r":\w+", "", part) if place % 2 else _WORDS.sub(_TURNED, part)
        for place, part in enumerate(parts)
    )


def pseudo_texts(code: str, translated: list[dict[str, str]]) -> dict[str, str]:
    """The texts of such a language, out of those of real ones.

    Parameters
    ----------
    code : {"en_XA", "ar_XB"}
    translated : list of dict
        English to each real language. What is the same in all of them is a name, and stays.
    """
    shown = lengthened if code == LONGER else reversed_words
    return {
        english: re.sub(r"(\{\w+):\w+\}", r"\1}", english)
        if all(texts.get(english) == english for texts in translated)
        else shown(english)
        for english in translated[0]
    }
