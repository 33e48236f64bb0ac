"""What is remembered between two starts: layout, recent files, overlay, CRF, theme."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QByteArray, QSettings

from segviewer.crf.settings import CRFSettings
from segviewer.resource_files import own_path
from segviewer.session import OverlaySettings, Session

RECENT = 10


class Preferences:
    """Typed access to the program's QSettings.

    Parameters
    ----------
    settings : QSettings
        Where values are kept; tests give a file of their own.
    read_only : bool
        What is noted lasts as long as this object and never reaches the file: a run that only
        takes a picture, or shows somebody's session, leaves the person's settings as they were.
    """

    def __init__(self, settings: QSettings | None = None, *, read_only: bool = False):
        self.read_only = read_only
        self._unsaved: dict[str, Any] = {}
        self._no_layout = False
        self.settings = settings or QSettings(
            str(own_path("segviewer.conf")), QSettings.Format.IniFormat
        )

    def recent(self, kind: str) -> list[str]:
        """Recently opened files of `kind` (``pictures`` or ``checkpoints``), newest first."""
        value = self._value(f"recent/{kind}", [])
        # QSettings gives a lone string back for a list of one.
        return [value] if isinstance(value, str) else [str(item) for item in value or []]

    def add_recent(self, kind: str, path: str) -> None:
        """Put `path` first in the recent list of `kind`."""
        others = [item for item in self.recent(kind) if item != path]
        self._note(f"recent/{kind}", [path, *others][:RECENT])

    def forget_recent(self, kind: str, path: str) -> None:
        """Take a file that is gone out of the list."""
        self._note(f"recent/{kind}", [item for item in self.recent(kind) if item != path])

    def layout(self, name: str) -> QByteArray | None:
        """Saved geometry or splitter state, None if there is none."""
        value = self._value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, state: QByteArray) -> None:
        self._note(f"layout/{name}", state)

    def forget_layout(self) -> None:
        """Reset layout."""
        if self.read_only:
            self._unsaved = {k: v for k, v in self._unsaved.items() if not k.startswith("layout/")}
            self._no_layout = True
        else:
            self.settings.remove("layout")

    def presenting(self, name: str, default: str = "") -> str:
        """How the person presents: ``text_percent``, ``audience_screen`` or ``lens_power``."""
        return str(self._value(f"presenting/{name}", default))

    def save_presenting(self, name: str, value: str) -> None:
        self._note(f"presenting/{name}", value)

    def tour_seen(self) -> bool:
        """Whether the tour was shown once."""
        return self._value("help/tour_seen", False, type=bool)

    def note_tour(self) -> None:
        self._note("help/tour_seen", True)

    def restore(self, session: Session) -> Session:
        """Put the remembered overlay and CRF values into `session`.

        A value that this version does not understand is left at its default.
        """
        for name, cls in (("overlay", OverlaySettings), ("crf", CRFSettings)):
            text = self._value(f"session/{name}")
            if isinstance(text, str):
                try:
                    session = session.changed(**{name: cls.model_validate_json(text)})
                except ValidationError:
                    continue
        return session

    def remember(self, session: Session) -> None:
        """Keep overlay and CRF values; the CRF itself starts switched off."""
        kept = session.overlay.changed(
            layer="labels", hidden=(), visible=True, comparison="overlay", chosen_class=0,
            activation="", channel=-1,
        )  # fmt: skip
        self._note("session/overlay", kept.model_dump_json())
        self._note("session/crf", session.crf.changed(enabled=False).model_dump_json())

    def _note(self, key: str, value: Any) -> None:
        if self.read_only:
            self._unsaved[key] = value
        else:
            self.settings.setValue(key, value)

    def _value(self, key: str, default: Any = None, **kind: type) -> Any:
        if key in self._unsaved:
            return self._unsaved[key]
        if self._no_layout and key.startswith("layout/"):
            return default
        return self.settings.value(key, default, **kind)
