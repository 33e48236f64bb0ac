"""A session's geometry settings on a network, checked, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from segviewer.errors import SettingsError, from_validation
from segviewer.session import Session

if TYPE_CHECKING:  # which import torch
    from segviewer.checkpoints.opening import OpenedNetwork
    from segviewer.networks.network import Network
    from segviewer.networks.settings import NetworkSettings

WEIGHTS_CHIPS = {
    "random": ("random weights: the labels mean nothing", "warning"),
    "partly random": ("some layers have random weights: see the model's notes", "warning"),
}
"""By what a card says of its weights: what is said on the picture."""


def unused_chip(number: int) -> tuple[str, str]:
    """What is said on the picture of tensors that belong to the function and are not used."""
    what = "a tensor of the file is" if number == 1 else f"{number} tensors of the file are"
    return f"{what} not used: see the model's notes", "warning"


def config_of(opened: OpenedNetwork, session: Session) -> NetworkSettings:
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
    for name, value in session.network:
        choices = opened.network.choices_of(name)
        if choices and value not in choices:
            raise SettingsError(
                f"This network does not run with {name} {say_value(value)}.",
                " ".join(opened.network.fixed_parts()) or "Its structure has others.",
                f"Choose {' or '.join(map(say_value, choices))}.",
            )
    try:
        return opened.config.changed(**dict(session.network))
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The network cannot run with this value of {place}.",
            "Choose another value, or undo.",
        ) from None


@contextmanager
def configured(opened: OpenedNetwork, session: Session) -> Iterator[Network]:
    """The network set as the session wants it, for this one use.

    It may be shared: A and B, a lab and what is computed ahead each have settings of their own.
    Whoever used it before finds it as it was.

    Raises
    ------
    SettingsError
        As from :func:`config_of`.
    """
    network, before = opened.network, opened.network.config
    wanted = config_of(opened, session)
    if wanted == before:
        yield network
        return
    network.reconfigure(wanted)
    try:
        yield network
    finally:
        network.reconfigure(before)


def say_value(value: Any) -> str:
    """A setting's value in words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(say_value(item) for item in value)
    return str(value)


def geometry_chips(
    trained: dict[str, Any], config: NetworkSettings, session: Session
) -> list[tuple[str, str]]:
    """What is set otherwise than trained, as (text, tone).

    Output stride and rates belong together: rates that follow the stride (both doubled, or both
    halved) reach just as far over the picture as those trained, which is no reason to worry.

    Parameters
    ----------
    trained : dict
        All settings, as trained.
    config : NetworkSettings
        Of the same network; it knows its fields' labels.
    """
    running = {**trained, **dict(session.network)}
    following = following_rates(trained, running["output_stride"]) if _paired(trained) else None
    moved = _paired(trained) and running["output_stride"] != trained["output_stride"]
    follows = moved and following == tuple(running["atrous_rates"])
    settable = following and max(following) <= _field(config, "atrous_rates")["le"]
    chips = []
    for name, value in session.network:
        label = _field(config, name)["label"].lower()
        text = f"trained with {label} {say_value(trained[name])} · running {say_value(value)}"
        tone = "warning"
        if follows and name in ("output_stride", "atrous_rates"):
            tone = "info"
            text += " · the same field of view" if name == "atrous_rates" else ""
        elif moved and settable and name == "output_stride":
            text += f" · rates {say_value(following)} would keep the field of view"
        chips.append((text, tone))
    return chips


def following_rates(trained: dict[str, Any], output_stride: int) -> tuple[int, ...] | None:
    """Rates that reach as far at `output_stride` as the trained ones at the trained stride.

    A rate counts cells of the feature map, and a cell is `output_stride` pixels wide; None
    where that would not be whole cells.
    """
    pixels = [rate * trained["output_stride"] for rate in trained["atrous_rates"]]
    if any(reach % output_stride for reach in pixels):
        return None
    return tuple(reach // output_stride for reach in pixels)


def _field(config: NetworkSettings, name: str) -> dict[str, Any]:
    extra = type(config).model_fields[name].json_schema_extra
    assert isinstance(extra, dict)  # of `control`
    return extra


def _paired(trained: dict[str, Any]) -> bool:
    return "output_stride" in trained and "atrous_rates" in trained
