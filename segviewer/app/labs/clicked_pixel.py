"""The pixel of the photograph that labs are about: one for all of them."""

from __future__ import annotations

from typing import cast

from segviewer.labs import LABS, lab_of
from segviewer.session import LabState, Session


class ClickedPixel:
    """Remembers it between labs; in the session it stands among the open lab's settings."""

    def __init__(self) -> None:
        self._at: tuple[float, ...] = ()  # column and row, fractions of the photograph

    def note(self, session: Session) -> None:
        """Remember the one that the open lab is about, whoever chose it."""
        values = dict(session.lab.values)
        picks = lab_of(session.lab.name).picks if session.lab.name in LABS else ()
        found = tuple(values.get(name) for name in picks)
        if len(found) == 2 and all(isinstance(one, float) for one in found):
            self._at = cast("tuple[float, ...]", found)

    def opening(self, session: Session, name: str) -> Session:
        """The session with lab `name` open, about the pixel of the lab before."""
        self.note(session)
        picks = lab_of(name).picks if self._at else ()
        values = tuple(sorted(zip(picks, self._at, strict=False)))
        return session.changed(lab=LabState(name=name, values=values))

    def clicked(self, session: Session, x: int, y: int, size: tuple[int, ...]) -> Session:
        """The session with the open lab about another pixel, if it is about any.

        Parameters
        ----------
        session : Session
        x, y : int
            The photograph's pixel.
        size : tuple of int
            Its height and width.
        """
        self._at = round((x + 0.5) / size[1], 6), round((y + 0.5) / size[0], 6)
        # Otherwise it is for the lab that is opened next.
        picks = lab_of(session.lab.name).picks if session.lab.name in LABS else ()
        for name, value in zip(picks, self._at, strict=False):
            session = session.with_lab_value(name, value, None)
        return session
