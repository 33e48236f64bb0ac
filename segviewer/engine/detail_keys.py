"""What the parts of a huge picture depend on, as the keys of the stages say it of the whole."""

from __future__ import annotations

from collections.abc import Hashable

from segviewer.engine.stages import display_key, image_key, label_map_key
from segviewer.session import Session


def seen_picture_key(session: Session) -> Hashable:
    """The photograph as it is shown, also where that is what the network sees."""
    return display_key(session) or image_key(session)


def detail_key(session: Session) -> Hashable:
    """Labels of a huge picture at its own pixels.

    None where nothing would show them: beside a network pinned as A, or under a layer.
    """
    if session.reference is not None or session.overlay.layer != "labels":
        return None
    return label_map_key(session)
