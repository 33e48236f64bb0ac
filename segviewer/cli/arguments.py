"""What stands on the command line, checked while it is read, and refused in words."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segviewer.errors import SettingsError
from segviewer.imaging.reading.file_names import name_fault, shown_path

if TYPE_CHECKING:  # the window starts without it
    from segviewer.imaging.reading.tone_settings import ToneSettings

SMALLEST_WINDOW, LARGEST_WINDOW = 200, 16384  # pixels a side
_LIKE = 0.7  # of a mistyped word and what was meant


def whole(least: int, most: int = 1_000_000_000) -> Callable[[str], int]:
    """Reader of a whole number within a range."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if not least <= value <= most:
            room = f"{least} to {most}" if most < 1_000_000_000 else f"{least} or more"
            raise argparse.ArgumentTypeError(f"{value} is outside {room}")
        return value

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """Reader of a number within a range."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not least <= value <= most:  # not a number fails this, too
            raise argparse.ArgumentTypeError(f"{text} is outside {least:g} to {most:g}")
        return value

    return read


def band_numbers(text: str) -> tuple[int, ...]:
    """Read ``4,3,2``, or ``5``."""
    found = re.fullmatch(r"[1-9][0-9]{0,4}(?:,[1-9][0-9]{0,4},[1-9][0-9]{0,4})?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} are no bands; write three as 4,3,2 or one as 5")
    return tuple(map(int, text.split(",")))


def tones_of(texts: Sequence[str]) -> ToneSettings:
    """Read ``gamma=1.4``, ``window=300,3200``, ``network=as stored``.

    Raises
    ------
    SettingsError
    """
    from pydantic import ValidationError

    from segviewer.imaging.reading.tone_settings import ToneSettings

    values: dict[str, object] = {}
    for text in texts:
        name, _, value = text.partition("=")
        values[name] = tuple(value.split(",")) if name == "window" else value
    try:
        return ToneSettings.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        name = str(wrong["loc"][0]) if wrong["loc"] else ""
        raise SettingsError(
            f"--tone {name}={str(values.get(name, ''))[:40]} cannot be used.",
            f"{wrong['msg']}.",
            f"Settings are {', '.join(ToneSettings.model_fields)}.",
        ) from error


def window_size(text: str) -> tuple[int, int]:
    """Read ``1440x900``."""
    found = re.fullmatch(r"([0-9]{1,5})[xX×]([0-9]{1,5})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 1440x900")
    size = int(found[1]), int(found[2])
    if not all(SMALLEST_WINDOW <= side <= LARGEST_WINDOW for side in size):
        raise argparse.ArgumentTypeError(
            f"{text} is no size for a window; a side has {SMALLEST_WINDOW} to {LARGEST_WINDOW} px"
        )
    return size


def text_path(text: str) -> Path:
    """Read the path of a folder or file that is going to be written down."""
    fault = name_fault(text)
    if fault is not None:
        raise argparse.ArgumentTypeError(f"{shown_path(text)}: {' '.join(fault)}")
    return Path(text)


def meant(word: str, commands: Sequence[str]) -> str:
    """The command that was probably meant by `word`, "" where it may well be a file."""
    if word.startswith("-") or set(word) & set(":/\\") or Path(word).suffix:
        return ""
    try:
        if Path(word).exists():
            return ""
    except (OSError, ValueError):
        return ""
    near = difflib.get_close_matches(word.lower(), commands, n=1, cutoff=_LIKE)
    return near[0] if near else ""
