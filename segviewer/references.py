"""What a picture or a checkpoint is named by: something of the program's own, or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

SESSION_SUFFIX = ".segsession"
"""Of a saved session: JSON under a name by which a desktop knows it."""

LESSON_SUFFIX = ".seglesson"
"""Of a lesson packed with its pictures: a ZIP archive."""

DEFAULT_CHECKPOINT = "bundled:deeplab_v3_efficientnet_lite0_camvid"
"""The network that is there where none is named."""

Kind = Literal["sample", "camera", "bundled", "random", "file"]

_UNTRAINED = "untrained:"
_SCORES = "scores:"


def may_be_session(name: str) -> bool:
    """Whether a file's name is one under which sessions are saved; what is JSON may be others'."""
    return name.lower().endswith((SESSION_SUFFIX, ".json"))


@dataclass(frozen=True)
class Reference:
    """What a session, a command line or a lesson names, read once.

    The text form, ``str(reference)``, is what sessions, JSON files and command lines hold.

    Attributes
    ----------
    kind : str
        ``sample`` (a photograph that ships), ``camera`` (one of this computer),
        ``bundled`` (a checkpoint that ships), ``random`` (an architecture with random weights) or
        ``file``.
    name : str
        Its name, ``ARCHITECTURE:FORM``, or the file's path as it was written; empty where
        nothing is named.
    untrained : bool
        The network of this checkpoint is meant, with random weights in place of its own.
    scores : bool
        The file, or folder of files, holds scores and takes the place of a network.
    """

    kind: Kind
    name: str
    untrained: bool = False
    scores: bool = False

    @classmethod
    def picture(cls, text: str) -> Reference:
        """Read the reference of a photograph: ``sample:NAME``, ``camera:RUN:NAME``, or a path."""
        kind, found, name = text.partition(":")
        if found and kind == "sample":
            return cls("sample", name)
        return cls("camera", name) if found and kind == "camera" else cls("file", text)

    @classmethod
    def checkpoint(cls, text: str) -> Reference:
        """Read the reference of a checkpoint.

        ``bundled:NAME``, ``random:ARCHITECTURE:FORM``, ``untrained:REFERENCE`` (however often it
        is said), ``scores:PATH``, or a path.
        """
        if text.startswith(_SCORES):
            return cls("file", text.removeprefix(_SCORES), scores=True)
        plain = text
        while plain.startswith(_UNTRAINED):
            plain = plain.removeprefix(_UNTRAINED)
        untrained = plain != text
        kind, found, name = plain.partition(":")
        if found and kind == "bundled":
            return cls("bundled", name, untrained)
        if found and kind == "random":
            return cls("random", name, untrained)
        return cls("file", plain, untrained)

    def __str__(self) -> str:
        plain = self.name if self.kind == "file" else f"{self.kind}:{self.name}"
        if self.scores:
            return _SCORES + plain
        return _UNTRAINED + plain if self.untrained else plain

    @property
    def is_file(self) -> bool:
        """Whether it names a file of a person's own."""
        return self.kind == "file" and bool(self.name)

    @property
    def has_random_weights(self) -> bool:
        """Whether the network is not trained, be it drawn anew or instead of its weights."""
        return self.kind == "random" or self.untrained

    @property
    def architecture(self) -> str:
        """Of ``random:ARCHITECTURE:FORM``."""
        return self.name.partition(":")[0]

    @property
    def form(self) -> str:
        """Of ``random:ARCHITECTURE:FORM``; empty for the first one."""
        return self.name.partition(":")[2]

    @property
    def file_name(self) -> str:
        """The last part of the name, as a title or a new file's name takes it."""
        return Path(self.name).name

    def trained(self) -> Reference:
        """The checkpoint with its own weights."""
        return replace(self, untrained=False)

    def without_training(self) -> Reference:
        """The checkpoint's network with random weights."""
        return replace(self, untrained=True)
