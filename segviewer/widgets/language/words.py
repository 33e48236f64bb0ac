"""The language now shown, for whatever draws its words itself."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from segviewer.widgets.language.word_catalogue import ENGLISH, Catalogue

_shown = [Catalogue()]


def shown_catalogue() -> Catalogue:
    """The catalogue of the language now shown."""
    return _shown[0]


def show_catalogue(catalogue: Catalogue) -> None:
    """Have this language shown from now on; only :class:`.InterfaceLanguage` calls it."""
    _shown[0] = catalogue


def translated(text: str) -> str:
    """`text`, which is English, in the language now shown; as it is where that has no entry."""
    return _shown[0].translate(text)


class WordsPainter(QPainter):
    """A painter whose words are those of the language now shown."""

    def drawText(self, *given):  # noqa: N802 (Qt's name)
        """As Qt's own, in each of its forms."""
        words = [translated(one) if isinstance(one, str) else one for one in given]
        return super().drawText(*words)  # type: ignore[arg-type]  # whatever was given


def words_painter(device) -> QPainter:
    """A painter on `device`; Qt's own where the language is English."""
    return QPainter(device) if _shown[0].code == ENGLISH else WordsPainter(device)
