"""What a person writes for a picture or a checkpoint → the reference that a session holds."""

from __future__ import annotations

import os
from pathlib import Path

from segviewer.references import Reference


def checkpoint_reference(text: str) -> str:
    """Turn the NAME of bundled weights, or a FILE, into a session's checkpoint reference."""
    named = Reference.checkpoint(text)
    if named.untrained:
        plain = checkpoint_reference(str(named.trained()))
        return str(Reference.checkpoint(plain).without_training())
    if named.kind != "file":
        return text
    from segviewer.imaging.reading.suffixes import SCORES_SUFFIXES

    path = Path(named.name)
    if named.scores or path.suffix.lower() in SCORES_SUFFIXES:
        return str(Reference("file", os.path.realpath(path), scores=True))
    # os.path answers no, not with an error, to a path that is too long to be one.
    if os.path.exists(path) or path.suffix or path.parent != Path("."):
        return os.path.realpath(path)  # unlike Path.resolve, of links in a loop too
    return str(Reference("bundled", text))


def image_reference(text: str) -> str:
    """Turn a picture's path, or ``sample:NAME``, into a session's image reference.

    A link keeps its own name: what is labelled is called what the person called it.
    """
    if Reference.picture(text).kind == "sample":
        return text
    path = Path(text)
    try:
        return str(
            path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        )
    except (OSError, RuntimeError, ValueError):
        return str(path.absolute())  # opening it says what is wrong
