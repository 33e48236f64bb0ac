"""Which classes and colours a session shows."""

from __future__ import annotations

from segviewer.imaging.labels import Colour, LabelSet, colour_blind_safe, label_set, label_set_for


def shown_label_set(
    name: str, classes: tuple[str, ...], palette: str, colours: tuple[Colour, ...] = ()
) -> LabelSet:
    """The label set a session shows: the checkpoint's own, perhaps in safe colours.

    Parameters
    ----------
    name : str
        Of the label set; "" for none.
    classes : tuple of str
    palette : str
        ``OverlaySettings.palette``.
    colours : tuple of (int, int, int)
        Those of the checkpoint's card, if there are as many as classes.
    """
    own = label_set(name) if name else label_set_for(len(classes))
    if len(own.classes) != len(classes):
        own = label_set_for(len(classes))
    if colours and len(colours) == len(classes):
        own = own.changed(colours=colours, safe_colours=())
    return colour_blind_safe(own) if palette == "colour-blind safe" else own
