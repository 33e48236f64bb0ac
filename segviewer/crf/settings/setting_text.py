"""CRF settings as one line of text: ``theta1=4,sigma_alpha=67,sigma_beta=3``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from segviewer.crf.settings.compatibility_matrix import dense, with_cost
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS, Preset
from segviewer.errors import SettingsError, place_and_fault
from segviewer.settings import Control, controls

NAMES = {
    "theta1": "appearance_weight",
    "sigma_alpha": "appearance_xy_std",
    "sigma_beta": "appearance_rgb_std",
    "theta2": "smoothness_weight",
    "sigma_gamma": "smoothness_xy_std",
    "iterations": "num_iterations",
}
"""What a keyboard can type for the papers' symbols → field of :class:`CRFSettings`."""

_CONTROLS = {control.name: control for control in controls(CRFSettings)}
_SYMBOLS = {control.symbol: name for name, control in _CONTROLS.items() if control.symbol}
_COST = re.compile(r"mu([0-9]{1,3})-([0-9]{1,3})")
_EXAMPLE = "Write for example --crf thin-structures, or --crf theta1=4,sigma_alpha=67,theta2=3."
_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def crf_text(settings: CRFSettings) -> str:
    """Write settings so that :func:`parse_crf` reads the same ones.

    The six numbers of the paper are always said; others where they are not at their defaults.
    `enabled` is not said.
    """
    parts = [f"{word}={_say(getattr(settings, name))}" for word, name in NAMES.items()]
    for name, control in _CONTROLS.items():
        value = getattr(settings, name)
        if name not in (*NAMES.values(), "enabled") and value != control.default:
            parts.append(f"{name}={_say(value)}")
    # The class numbers are all that differs from a minus sign.
    parts += [f"mu{i}-{j}={_say(cost)}" for i, j, cost in settings.compatibility]
    return ",".join(parts)


def parse_crf(text: str, own: Iterable[Preset] = ()) -> CRFSettings:
    """Read a preset's name, values, or both: ``deeplab-v2,theta1=5``.

    Parameters
    ----------
    text : str
        Parts between commas. The first may be a preset; every other is NAME=VALUE with a name
        of `NAMES`, a symbol (σα) or a field of :class:`CRFSettings`; ``mu0-3=2.5`` is what it
        costs that classes 0 and 3 meet. What is not named has its default.
    own : iterable of Preset
        A person's own presets; they come before those of the same name that ship.

    Returns
    -------
    CRFSettings
        Switched on.

    Raises
    ------
    SettingsError
        For what cannot be read, and says why.
    """
    settings, values = CRFSettings(), {}
    pairs: tuple[tuple[int, int, float], ...] = ()
    for place, part in enumerate(part.strip() for part in text.split(",")):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign:
            if place:
                raise _unreadable(text, f"“{part}” is no NAME=VALUE.")
            settings = _preset(part, (*own, *PRESETS)).settings
            pairs = settings.compatibility
            continue
        cost = _COST.fullmatch(name)
        if cost:
            number = _value(text, "mu", "float", value)
            pairs = with_cost(pairs, int(cost[1]), int(cost[2]), number)
            # Of so many classes at least; the network says later whether it has them.
            dense([(int(cost[1]), int(cost[2]), number)], max(int(cost[1]), int(cost[2])) + 1)
            continue
        control = _control(text, name)
        values[control.name] = _value(text, name, control.type, value)
    try:
        return settings.changed(**values, compatibility=pairs, enabled=True)
    except ValidationError as error:
        where, fault = place_and_fault(error)
        field = where.partition(".")[0]
        said = next((word for word, name in NAMES.items() if name == field), field)
        raise SettingsError(
            f"The CRF cannot be set to {text}.",
            f"{said}: {fault}.",
            "Choose a value within its range.",
        ) from None


def _preset(name: str, presets: tuple[Preset, ...]) -> Preset:
    for candidate in presets:
        if candidate.name == name:
            return candidate
    known = ", ".join(dict.fromkeys(candidate.name for candidate in presets))
    raise SettingsError(
        f"There is no CRF preset called “{name}”.", f"The presets are: {known}.", _EXAMPLE
    )


def _control(text: str, name: str) -> Control:
    field = NAMES.get(name.lower()) or _SYMBOLS.get(name) or name
    if field not in _CONTROLS or field == "enabled":
        others = [name for name in _CONTROLS if name not in (*NAMES.values(), "enabled")]
        raise _unreadable(text, f"“{name}” is none of {', '.join((*NAMES, *others))}.")
    return _CONTROLS[field]


def _value(text: str, name: str, kind: str, said: str) -> Any:
    try:
        if kind == "bool":
            return _WORDS[said.lower()]
        return {"int": int, "float": float}.get(kind, str)(said)
    except (KeyError, ValueError):
        wanted = {"bool": "on or off", "int": "a whole number"}.get(kind, "a number")
        raise _unreadable(text, f"{name} is “{said}”, not {wanted}.") from None


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _unreadable(text: str, why: str) -> SettingsError:
    return SettingsError(f"--crf {text} cannot be read.", why, _EXAMPLE)
