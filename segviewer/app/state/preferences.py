"""What is remembered between two starts: layout, recent files, overlay, CRF, theme.

Several windows may run at once. QSettings takes over from the file, under a lock of its own, every
key that this window has not set, so two rules are enough: a window sets a key only where it changed
the value itself, and each recent file has a key of its own.
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QByteArray, QSettings

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.datasets.mapping import CHOICES
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.resource_files import own_path
from segviewer.session import OverlaySettings, Session
from segviewer.widgets.theme.theme import Scheme

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
        self._unsaved: dict[str, Any] = {}  # of a run that only reads; None is taken away
        self.settings = settings or QSettings(
            str(own_path("segviewer.conf")), QSettings.Format.IniFormat
        )
        self._found: dict[str, object] = {}  # values as they were when this window took them

    def recent(self, kind: str) -> list[str]:
        """Recently opened files of `kind` (``pictures`` or ``checkpoints``), newest first."""
        newest_first = sorted(self._opened(kind), key=lambda one: one[0], reverse=True)
        paths = [path for _, path in newest_first] + self._recent_of_before(kind)
        return list(dict.fromkeys(paths))[:RECENT]

    def add_recent(self, kind: str, path: str) -> None:
        """Put `path` first in the recent list of `kind`."""
        # Later than any other, even where the clock was put back.
        newest = max((seconds for seconds, _ in self._opened(kind)), default=0.0)
        when = max(time.time(), newest + 0.001)
        self._note(_recent_key(kind, path), [f"{when:.3f}", path])
        kept = {_recent_key(kind, one) for one in self.recent(kind)}
        for key in self._recent_keys(kind):
            if key not in kept:
                self._forget(key)

    def forget_recent(self, kind: str, path: str) -> None:
        """Take a file that is gone out of the list."""
        self._forget(_recent_key(kind, path))
        before = self._recent_of_before(kind)
        if path in before:
            self._note(f"recent/{kind}", [one for one in before if one != path])

    def _opened(self, kind: str) -> list[tuple[float, str]]:
        """(when, path) of each recent file, in no order."""
        values = [self._value(key) for key in self._recent_keys(kind)]
        # Anything else was written by hand.
        pairs = [one for one in values if isinstance(one, list) and len(one) == 2]
        return [(_seconds(when), str(path)) for when, path in pairs]

    def _recent_keys(self, kind: str) -> list[str]:
        return self._keys(f"recent_{kind}")

    def _recent_of_before(self, kind: str) -> list[str]:
        """The list as the first versions kept it, under one key."""
        value = self._value(f"recent/{kind}", [])
        # QSettings gives a lone string back for a list of one.
        return [value] if isinstance(value, str) else [str(item) for item in value or []]

    def layout(self, name: str) -> QByteArray | None:
        """Saved geometry or splitter state, None if there is none."""
        key = f"layout/{name}"
        self._found[key] = value = self._value(key)
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, state: QByteArray) -> None:
        self._set_if_changed(f"layout/{name}", state)

    def _set_if_changed(self, key: str, value: object) -> None:
        """Set a value that this window has changed; else another's stays as it is."""
        if self._found.get(key) != value:
            self._found[key] = value
            self._note(key, value)

    def forget_layout(self) -> None:
        """Reset layout."""
        for key in self._keys("layout"):
            self._forget(key)
        self._found = {key: v for key, v in self._found.items() if not key.startswith("layout/")}

    def presenting(self, name: str, default: str = "") -> str:
        """How the person presents: ``text_percent``, ``audience_screen`` or ``lens_power``."""
        return str(self._value(f"presenting/{name}", default))

    def save_presenting(self, name: str, value: str) -> None:
        self._note(f"presenting/{name}", value)

    def language(self) -> str:
        """Code of the language that was chosen; "" for the system's."""
        return str(self._value("view/language", ""))

    def save_language(self, code: str) -> None:
        self._note("view/language", code)

    def theme(self) -> Scheme:
        """The colours that were chosen for the window."""
        known: dict[object, Scheme] = {"dark": "dark", "light": "light"}
        return known.get(str(self._value("view/theme", "")), "system")

    def save_theme(self, scheme: Scheme) -> None:
        self._note("view/theme", scheme)

    def less_motion(self) -> bool | None:
        """Whether less motion was chosen; None where the desktop decides."""
        value = self._value("view/less_motion", "")
        return None if value == "" else str(value).lower() == "true"

    def save_less_motion(self, on: bool) -> None:
        self._note("view/less_motion", on)

    def lab_place(self, name: str) -> str:
        """Where a lab was put last; "" where it never was."""
        return str(self._value(f"labs/{name}", ""))

    def save_lab_place(self, name: str, place: str) -> None:
        self._note(f"labs/{name}", place)

    def mapping(self, folder: str) -> str:
        """What the numbers of the masks in a folder were said to mean; empty for as they seem."""
        value = self._value(_recent_key("mapping", folder), "")
        known = isinstance(value, str) and (value in CHOICES or value.startswith("table:"))
        return str(value) if known else ""

    def save_mapping(self, folder: str, mapping: str) -> None:
        """Remember what a person said of the masks in a folder."""
        key = _recent_key("mapping", folder)
        if mapping:
            self._note(key, mapping)
        else:
            self._forget(key)

    def bands(self, folder: str) -> tuple[int, ...]:
        """The bands that were last chosen for pictures in a folder; empty for the files' own."""
        value = self._value(_recent_key("bands", folder), "")
        numbers = str(value).split(",") if isinstance(value, str) and value else []
        try:
            return PictureSettings(bands=tuple(map(int, numbers))).bands
        except ValueError:
            return ()

    def save_bands(self, folder: str, bands: tuple[int, ...]) -> None:
        """Remember which bands a person chose for the pictures in a folder."""
        key = _recent_key("bands", folder)
        if bands:
            self._note(key, ",".join(map(str, bands)))
        else:
            self._forget(key)

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
        self._found.update(_remembered(session))
        return session

    def remember(self, session: Session) -> None:
        """Keep overlay and CRF values; the CRF itself starts switched off."""
        for key, value in _remembered(session).items():
            self._set_if_changed(key, value)

    def _note(self, key: str, value: Any) -> None:
        if self.read_only:
            self._unsaved[key] = value
        else:
            self.settings.setValue(key, value)

    def _forget(self, key: str) -> None:
        if self.read_only:
            self._unsaved[key] = None
        else:
            self.settings.remove(key)

    def _value(self, key: str, default: Any = None, **kind: type) -> Any:
        if key in self._unsaved:
            value = self._unsaved[key]
            return default if value is None else value
        return self.settings.value(key, default, **kind)

    def _keys(self, group: str) -> list[str]:
        self.settings.beginGroup(group)
        found = {f"{group}/{key}" for key in self.settings.childKeys()}
        self.settings.endGroup()
        found |= {key for key in self._unsaved if key.startswith(f"{group}/")}
        return sorted(key for key in found if self._unsaved.get(key, "") is not None)


def _remembered(session: Session) -> dict[str, str]:
    """What of the session outlives the window, by its key."""
    overlay = session.overlay.changed(
        layer="labels",
        hidden=(),
        visible=True,
        comparison="overlay",
        chosen_class=0,
        activation="",
        channel=-1,
    )
    return {
        "session/overlay": overlay.model_dump_json(),
        "session/crf": session.crf.changed(enabled=False).model_dump_json(),
    }


def _recent_key(kind: str, path: str) -> str:
    name = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"recent_{kind}/{name}"


def _seconds(text: object) -> float:
    try:
        seconds = float(str(text))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
