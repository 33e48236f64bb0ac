"""A person's own presets: one small JSON file each, in their configuration folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS, Preset
from segviewer.errors import SettingsError, place_and_fault
from segviewer.files.plain_values import first_fault
from segviewer.files.regular_files import read_regular, reason
from segviewer.files.writing_faults import make_folder, writing_faults
from segviewer.imaging.export.writing import write_json
from segviewer.resource_files import own_path

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
# Files are this small; a larger one was not written here.
_MOST_BYTES = 1 << 20


def preset_folder() -> Path:
    """Where own presets lie, see :func:`segviewer.resource_files.own_path`."""
    return own_path("crf-presets")


def save_preset(
    title: str, settings: CRFSettings, source: str = "", folder: Path | None = None
) -> Preset:
    """Write a preset; one of the same name is replaced, whole or not at all.

    Parameters
    ----------
    title : str
        What a person reads. Its letters and digits in small, with hyphens between, are the name
        that a command line takes.
    settings : CRFSettings
    source : str
        Where the numbers come from.
    folder : Path, optional
        :func:`preset_folder` if left out; made where it is missing.

    Returns
    -------
    Preset
        As :func:`load_presets` will find it.

    Raises
    ------
    SettingsError
        For a title without letters, or the name of a preset that ships.
    ExportError
        If it cannot be written.
    """
    name = _named(title)
    preset = Preset(name, title.strip(), source, settings.changed(enabled=True))
    folder = preset_folder() if folder is None else folder
    make_folder(folder, "Make it by hand, or let your account write there.")
    write_json(folder / f"{name}.json", as_json(preset), overwrite=True)
    return preset


def delete_preset(name: str, folder: Path | None = None) -> None:
    """Remove an own preset; one that is gone already is no mistake.

    Parameters
    ----------
    name : str
        As :func:`load_presets` gives it.
    folder : Path, optional

    Raises
    ------
    ExportError
        If its file cannot be removed.
    """
    path = (preset_folder() if folder is None else folder) / f"{name}.json"
    with writing_faults(
        f"The preset {path.name} cannot be deleted.", "Let your account write in its folder."
    ):
        path.unlink(missing_ok=True)


def rename_preset(preset: Preset, title: str, folder: Path | None = None) -> Preset:
    """Give an own preset another title, and the name that comes of it.

    Parameters
    ----------
    preset : Preset
    title : str
        See :func:`save_preset`.
    folder : Path, optional

    Raises
    ------
    SettingsError
        For a title that :func:`save_preset` refuses, or that of another own preset.
    ExportError
        If it cannot be written or removed.
    """
    renamed = _named(title)
    if renamed != preset.name and any(one.name == renamed for one in load_presets(folder)[0]):
        raise SettingsError(
            f"There is a preset called “{renamed}” already.",
            "Renaming would replace it.",
            "Choose another name, or delete that one first.",
        )
    found = save_preset(title, preset.settings, preset.source, folder)
    if found.name != preset.name:
        delete_preset(preset.name, folder)
    return found


def export_preset(preset: Preset, path: Path) -> None:
    """Write a preset into a file of its own, for another person or machine.

    Parameters
    ----------
    preset : Preset
    path : Path
        Replaced where it is there: the person was asked.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    write_json(path, as_json(preset), overwrite=True)


def import_preset(path: Path, folder: Path | None = None) -> Preset:
    """Take over a preset that :func:`export_preset` wrote; one of the same name is replaced.

    Parameters
    ----------
    path : Path
    folder : Path, optional

    Raises
    ------
    SettingsError
        If it is no preset, and says why.
    ExportError
        If it cannot be kept.
    """
    try:
        found = _preset_of(path.stem, read_regular(path, _MOST_BYTES))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SettingsError(
            f"{path.name} cannot be used as a preset.",
            f"{_reason(error)[:1].upper()}{_reason(error)[1:]}.",
            "Choose a file that was exported from the presets.",
        ) from error
    return save_preset(found.title, found.settings, found.source, folder)


def as_json(preset: Preset) -> dict[str, Any]:
    """What the file of a preset holds."""
    kept = preset.settings.model_dump(mode="json", exclude={"enabled"})
    return {"title": preset.title, "source": preset.source, "crf": kept}


def load_presets(folder: Path | None = None) -> tuple[tuple[Preset, ...], tuple[str, ...]]:
    """Read all own presets.

    Returns
    -------
    presets : tuple of Preset
        By name.
    problems : tuple of str
        A sentence for each file that cannot be used; the others are read all the same.
    """
    folder = preset_folder() if folder is None else folder
    presets, problems = [], []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            presets.append(_read(path))
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            problems.append(f"The preset {path.name} cannot be used: {_reason(error)}.")
    return tuple(presets), tuple(problems)


def _named(title: str) -> str:
    """The name that a command line takes for `title`; refuses what is none."""
    # Without hyphens a person could not separate two words; a path can never arise.
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:64].strip("-")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            "The preset needs a name.",
            f"“{title}” has no letter a to z and no digit.",
            "Give it a name such as “night streets”.",
        )
    if name in {preset.name for preset in PRESETS}:
        raise SettingsError(
            f"There is a preset called “{name}” already.",
            "It ships with the program.",
            "Choose another name.",
        )
    return name


def _read(path: Path) -> Preset:
    if not _NAME.fullmatch(path.stem):
        raise ValueError("its name is none that a command line can take")
    return _preset_of(path.stem, read_regular(path, _MOST_BYTES))


def _preset_of(name: str, content: bytes) -> Preset:
    held = json.loads(content)
    fault = first_fault(held)
    if fault is not None:
        raise ValueError(fault[1])
    if not isinstance(held, dict) or not isinstance(held.get("crf"), dict):
        raise ValueError("it is no preset")
    title, source = held["title"], held.get("source", "")
    if not (isinstance(title, str) and isinstance(source, str)):
        raise ValueError("title and source must be text")
    settings = CRFSettings.model_validate({**held["crf"], "enabled": True})
    return Preset(name, title, source, settings)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return ": ".join(place_and_fault(error))
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    text = reason(error) if isinstance(error, OSError) else str(error)
    return f"{text[:1].lower()}{text[1:]}".rstrip(".")
