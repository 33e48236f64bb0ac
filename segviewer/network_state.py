"""A session's geometry settings on a network, checked, and in words."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from segviewer.errors import SettingsError
from segviewer.session import Session


def config_of(opened: Any, session: Session) -> Any:
    """The network's settings as the session wants them.

    Raises
    ------
    SettingsError
        For a setting the network does not have, or a value outside its range.
    """
    names = opened.config.geometry_names()
    for name, _ in session.network:
        if name not in names:
            raise SettingsError(
                f"This network has no live setting called {name}.",
                f"Its settings are: {', '.join(names)}.",
                "Put the settings back as trained (Model ▸ As trained).",
            )
    try:
        return opened.config.changed(**dict(session.network))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"The network cannot run with this value of {place}.",
            f"{place}: {first['msg']}.",
            "Choose another value, or undo.",
            details=str(error),
        ) from None


def say_value(value: Any) -> str:
    """A setting's value in words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(say_value(item) for item in value)
    return str(value)
