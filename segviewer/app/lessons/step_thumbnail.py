"""A small picture of a step that is not on screen yet: its lab's, or its photograph."""

from __future__ import annotations

import numpy as np

from segviewer.app.state.thumbnails import load_thumbnail
from segviewer.errors import SegviewerError
from segviewer.imaging.reading.read import read_thumbnail
from segviewer.labs import LABS
from segviewer.resource_files import resource_path
from segviewer.session import Session

SIDE = 480  # pixels of a lab's picture


def step_thumbnail(session: Session) -> np.ndarray | None:
    """uint8 (H, W, 3) of a step's session; None where there is nothing to be seen.

    It reads files, so it is for another thread than Qt's; nothing is computed.
    """
    path = resource_path("labs", f"{session.lab.name}.png")
    if session.lab.name in LABS and path.is_file():
        return read_thumbnail(path, SIDE)
    try:
        return load_thumbnail(session.image) if session.image else None
    except (OSError, SegviewerError):
        return None
