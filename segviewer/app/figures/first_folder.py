"""Where a dialog that saves begins: beside the photograph."""

from __future__ import annotations

from pathlib import Path

from segviewer.references import Reference
from segviewer.session import Session


def beside(session: Session, name: str = "") -> str:
    """`name` in the folder of the session's photograph; by itself where that is no file.

    Parameters
    ----------
    session : Session
    name : str
        Of a file; empty for the folder.
    """
    picture = Reference.picture(session.image) if session.image else None
    if picture is None or not picture.is_file:
        return name
    folder = Path(picture.name).parent
    return str(folder / name) if name else str(folder)
