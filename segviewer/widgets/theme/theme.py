"""Dark and light: one table of colours each, a palette and a style sheet made from it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from segviewer.resource_files import resource_path
from segviewer.widgets.theme.program_sheet import set_program_sheet

Scheme = Literal["system", "dark", "light"]


@dataclasses.dataclass(frozen=True)
class Tokens:
    """Colours of one scheme, ``#rrggbb``, named by what they are for.

    `surround` is the neutral grey around pictures; `panel` the side panels; `raised` fields
    and buttons on them; `muted` secondary text; `accent` only what is live or selected.
    """

    scheme: Literal["dark", "light"]
    surround: str
    panel: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    groove: str
    error: str
    on_error: str
    warning: str
    on_warning: str
    info: str
    on_info: str

    @property
    def dark(self) -> bool:
        """Whether the scheme is dark."""
        return self.scheme == "dark"


DARK = Tokens(
    scheme="dark",
    surround="#2b2b2d",
    panel="#202022",
    raised="#2d2d30",
    hover="#38383c",
    border="#3d3d41",
    text="#ececee",
    muted="#a9a9b0",
    disabled="#6d6d73",
    accent="#6cb2f0",
    on_accent="#0b1b2a",
    groove="#48484d",
    error="#4a2023",
    on_error="#ffdadb",
    warning="#443414",
    on_warning="#ffe7b8",
    info="#1f3547",
    on_info="#d6eafc",
)

LIGHT = Tokens(
    scheme="light",
    surround="#d9d9db",
    panel="#f5f5f6",
    raised="#ffffff",
    hover="#e8e8eb",
    border="#cdcdd2",
    text="#1c1c1e",
    muted="#55555b",
    disabled="#9a9aa1",
    accent="#0b5cad",
    on_accent="#ffffff",
    groove="#c4c4ca",
    error="#fbe0e0",
    on_error="#5c1216",
    warning="#fbecc8",
    on_warning="#4d3600",
    info="#dceaf8",
    on_info="#0f3557",
)


def tokens() -> Tokens:
    """Colours that a widget should paint itself with, read off the application's palette.

    Not off the widget's own: a style sheet that makes a label transparent changes that.
    """
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def apply_theme(app: QApplication, scheme: Scheme = "system") -> Tokens:
    """Give the whole program its look and keep following the system where asked to.

    Parameters
    ----------
    app : QApplication
    scheme : {"system", "dark", "light"}
        ``system`` changes again whenever the system does.

    Returns
    -------
    Tokens
        The colours now in use.
    """
    follower = app.findChild(ThemeFollower)
    if follower is None:
        follower = ThemeFollower(app)
    return follower.follow(scheme)


@contextmanager
def lent_scheme(app: QApplication, scheme: Scheme) -> Iterator[None]:
    """Have everything drawn in another scheme for the moment, for paper; nothing may wait in it."""
    follower = app.findChild(ThemeFollower)
    before: Scheme = "system" if follower is None else follower.scheme
    sheet = app.styleSheet()  # presenting adds to it
    apply_theme(app, scheme)
    try:
        yield
    finally:
        apply_theme(app, before)
        if app.styleSheet() != sheet:
            set_program_sheet(app, sheet)


_SIDE = re.compile(r"(?<=-)(?:left|right)\b(?=[^;{}]*:)")  # padding-left, border-top-right-…


class ThemeFollower(QObject):
    """Keeps an application in its scheme; lives as a child of the application."""

    changed = Signal(str)

    def __init__(self, app: QApplication):
        super().__init__(app)
        self._app = app
        self._scheme: Scheme = "system"
        self._shown: Tokens | None = None
        self._is_fusion = False
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        app.layoutDirectionChanged.connect(self._on_direction_changed)

    @property
    def scheme(self) -> Scheme:
        """What was asked for last."""
        return self._scheme

    def follow(self, scheme: Scheme) -> Tokens:
        """Show `scheme` and remember whether to follow the system."""
        self._scheme = scheme
        self._shown = None
        hints = self._app.styleHints()
        wanted = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(scheme)
        # Asking the platform too makes native title bars and dialogs agree.
        if wanted is None:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(wanted)
        return self._show()

    def _on_system_changed(self) -> None:
        self._show()

    def _on_direction_changed(self) -> None:
        if self._shown is not None:
            set_program_sheet(self._app, style_sheet(self._shown, self._app.layoutDirection()))

    def _show(self) -> Tokens:
        colours = {"dark": DARK, "light": LIGHT}.get(self._scheme)
        if colours is None:
            system_dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
            colours = DARK if system_dark else LIGHT
        if colours is self._shown:
            return colours
        self._shown = colours
        # Once: a style with a sheet over it has no name to ask for, and setting it anew polishes
        # every widget.
        if not self._is_fusion:
            self._app.setStyle("Fusion")
            self._is_fusion = True
        self._app.setPalette(palette(colours))
        set_program_sheet(self._app, style_sheet(colours, self._app.layoutDirection()))
        self.changed.emit(colours.scheme)
        return colours


def style_sheet(
    colours: Tokens, direction: Qt.LayoutDirection = Qt.LayoutDirection.LeftToRight
) -> str:
    """Return ``resources/style.qss`` with every ``@name`` replaced by its value.

    From right to left ``-left`` and ``-right`` change places; positions are turned by Qt itself.
    """
    text = resource_path("style.qss").read_text(encoding="utf-8")
    if direction == Qt.LayoutDirection.RightToLeft:
        text = _SIDE.sub(lambda side: "right" if side[0] == "left" else "left", text)
    values = dataclasses.asdict(colours)
    values["icons"] = resource_path("icons").as_posix()
    # Longest first, so that @on_accent is not read as @on + "_accent".
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{name}", values[name])
    return text


def palette(colours: Tokens) -> QPalette:
    """Return the Qt palette of `colours`, for everything a style sheet does not reach."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    made = QPalette()
    for which, value in (
        (role.Window, colours.panel),
        (role.WindowText, colours.text),
        (role.Base, colours.raised),
        (role.AlternateBase, colours.hover),
        (role.Text, colours.text),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.on_accent),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Accent, colours.accent),
        (role.Light, colours.hover),
        (role.Midlight, colours.border),
        (role.Mid, colours.border),
        (role.Dark, colours.border),
        (role.Shadow, colours.border),
    ):
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(group.Disabled, which, QColor(colours.disabled))
    return made


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours by WCAG 2: 1 for equal ones, 21 for black on white."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
