"""The folders that the program writes by itself, and what is done there at a start."""

from __future__ import annotations

from pathlib import Path

from segviewer.checkpoints.published.catalogue import checkpoint_folder
from segviewer.crf.settings.own_presets import preset_folder
from segviewer.files.partial_files import sweep_partial_files
from segviewer.imaging.painted_mask import mask_folder
from segviewer.lessons.reading import own_folder
from segviewer.resource_files import own_path


def own_folders() -> tuple[Path, ...]:
    """Every folder that is the program's own; they need not exist."""
    return own_path(), preset_folder(), own_folder(), checkpoint_folder(), mask_folder()


def sweep_own_folders() -> None:
    """Delete what writers left that were killed more than a day ago."""
    sweep_partial_files(own_folders())
