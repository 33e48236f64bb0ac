"""What is said on the picture of what lies on it, as (text, tone)."""

from __future__ import annotations

from segviewer.analysis.networks.network_card import MEAN, STRONGEST
from segviewer.app.state.choices import LAYERS
from segviewer.app.state.shown import Screen, Shown
from segviewer.inference.inspected import ActivationResult
from segviewer.labs import LABS
from segviewer.labs.lab import LabResult
from segviewer.session import TARGET_LAYERS, OverlaySettings

Chip = tuple[str, str]
WAITING = ("settings changed · press Run (Ctrl+Return)", "draft")


def chips_of(screen: Screen, *, named: bool = True, layered: bool = True) -> list[Chip]:
    """What is to be said of the labels and of what is seen in their place.

    Parameters
    ----------
    named : bool
        Whether the network is; not where A and B both are.
    layered : bool
        Whether what lies over the photograph is; not where the difference to A does.
    """
    session, shown, network = screen.session, screen.shown, screen.shown.network
    inside = activation_chip(shown.activation, session.overlay) or lab_chip(shown.lab)
    said: list[Chip] = []
    if shown.labelled is None or network is None:
        if screen.computing and session.image and session.checkpoint:
            said.append(("computing", "draft"))
        if inside is not None:
            said.append(inside)
    else:
        if previous := shown.previous(session):
            said.append((previous, "draft"))
        if named:
            on = f" · trained on {network.trained_on}" if network.trained_on else ""
            said.append((f"{network.title}{on}", "info"))
        layer = inside or _layer_chip(shown, session.overlay)
        if layered and layer is not None:
            said.append(layer)
        said += shown.labelled.chips
        finer = screen.detail.of(session, shown).said
        said += [finer] if finer[0] else []
        if shown.metrics is not None and shown.metrics.ignored:
            said.append((shown.metrics.ignored, "warning"))
    if shown.display is not None and shown.picture is not None:
        known = shown.picture.notes
        said += [(f"shown {note}", "info") for note in shown.display.notes if note not in known]
    return [*said, WAITING] if screen.waiting else said


def _layer_chip(shown: Shown, overlay: OverlaySettings) -> Chip | None:
    """What the layer over the photograph is called; None while there is none."""
    if overlay.layer in TARGET_LAYERS and not shown.target:
        return "no target mask is open: labels are shown (M paints one)", "warning"
    network, layer = shown.network, shown.overlay_layer
    if network is None or layer is None or shown.layer(overlay) is None:
        return None
    if overlay.layer == "class errors":
        return f"errors of {network.classes[layer.chosen_class]}", "info"
    if overlay.layer == "probability":
        return f"probability of {network.classes[layer.chosen_class]}", "info"
    return {name: title for name, title, _ in LAYERS}[overlay.layer].lower(), "info"


def lab_chip(result: LabResult | None) -> Chip | None:
    """What a lab lays over the photograph; None where that is nothing."""
    if result is None or (result.raster is None and result.label_map is None):
        return None
    return result.raster_name or LABS[result.name].title.lower(), "info"


def activation_chip(shown: ActivationResult | None, overlay: OverlaySettings) -> Chip | None:
    """Which layer of the network is looked into, or why there is nothing to see of it."""
    if shown is None:
        return None
    if shown.raster is None:
        return f"{shown.layer} {shown.reason}", "warning"
    return activation_text(shown, overlay.channel == STRONGEST), "info"


def activation_text(shown: ActivationResult, strongest: bool = False) -> str:
    """What the map of a layer shows: name, channels, and the values that its ends stand for."""
    if shown.channel == MEAN:
        what = f"mean |x| of {shown.channels:,} channels"
    else:
        kind = "strongest channel" if strongest else "channel"
        what = f"{kind} {shown.channel:,} of {shown.channels:,}"
    low, high = _value(shown.low), _value(shown.high)
    between = f"{low} to {high}" if shown.low < 0 else f"{low}–{high}"
    return f"activations of {shown.layer} · {what} · {between}"


def _value(value: float) -> str:
    return f"{value:.2g}".replace("-", "−") if value else "0"
