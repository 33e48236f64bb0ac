"""What a lab is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from segviewer.lab_list import LabContext, LabResult
from segviewer.settings import Settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Lab:
    """One concept: settings, what is computed from them, and how it is drawn.

    Attributes
    ----------
    name : str
        Its line in ``LABS``.
    Config : type of Settings
        Frozen, with :func:`segviewer.settings.control` on every field.
    picks : tuple of str
        Names of two settings, the column and the row as fractions of the photograph, that a
        click on the photograph sets; empty where a click means nothing.
    """

    name: str
    Config: type[Settings]
    picks: tuple[str, ...] = ()

    def compute(self, context: LabContext, config: Any) -> Iterator[LabResult]:
        """Yield the result; a lab whose result grows yields it several times.

        Pure, without Qt and without threads of its own: it runs in the engine, which calls
        ``context.check`` between two yields.
        """
        raise NotImplementedError

    def make_view(self) -> QWidget:
        """Make the widget that draws a result: it has ``show_result(shown)``.

        It may have two signals. ``edited(name, value, finished)`` is a setting of the lab that
        was changed by hand on the drawing; ``asked(changes)`` is a change of what is looked at,
        as ``{"crf": {field: value}, "network": {…}}``, which becomes one step to undo.
        Only here is Qt imported.
        """
        raise NotImplementedError
