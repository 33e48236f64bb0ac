"""The sample photographs that come with the program."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from segviewer.errors import PictureError
from segviewer.references import Reference
from segviewer.resource_files import resource_path


@dataclass(frozen=True)
class Sample:
    """One sample photograph.

    Attributes
    ----------
    name : str
        What a command line takes.
    title : str
        What a person reads.
    notice : str
        Where it comes from and under which terms.
    """

    name: str
    title: str
    notice: str

    @property
    def reference(self) -> str:
        """What a session takes."""
        return str(Reference("sample", self.name))


_OPENCV = "OpenCV sample data (Debian's opencv-doc 4.6.0), Apache-2.0 and BSD"
_SCIKIT = "scikit-image sample data, public domain or CC0"

_FILES = {
    "leuven_street": "leuven_street.jpg",
    "campus_walkers": "campus_walkers.png",
    "building": "building.jpg",
    "palace": "palace.jpg",
}
_SCIKIT_FILES = {name: f"{name}.png" for name in ("astronaut", "chelsea", "coffee")}


def _scikit_folder() -> Path | None:
    # Found without importing scikit-image, which would cost start-up time.
    found = importlib.util.find_spec("skimage")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "data"


def sample_path(name: str) -> Path:
    """Path of a sample photograph.

    Raises
    ------
    PictureError
        If there is no sample of this name, or scikit-image, which carries it, is missing.
    """
    if name in _FILES:
        return resource_path("samples", _FILES[name])
    folder = _scikit_folder()
    if name in _SCIKIT_FILES and folder is not None:
        path = folder / _SCIKIT_FILES[name]
        if path.is_file():
            return path
    raise PictureError(
        f"There is no sample called “{name}”.",
        f"Samples are {', '.join(sample.name for sample in SAMPLES)}.",
        "Choose one of them.",
    )


def picture_path(reference: str) -> Path:
    """Path of the photograph that `reference` names, ``sample:NAME`` or a path.

    Raises
    ------
    PictureError
        As :func:`sample_path`; of a camera, which has none.
    """
    named = Reference.picture(reference)
    if named.kind == "camera":
        raise PictureError(
            "A camera has no file.",
            "Its pictures go by, and none of them is kept.",
            "Esc keeps the picture that is seen, as a file.",
        )
    return sample_path(named.name) if named.kind == "sample" else Path(named.name)


def _samples() -> tuple[Sample, ...]:
    ours = (
        Sample("leuven_street", "Street in Leuven", _OPENCV),
        Sample("campus_walkers", "Walkers on a campus", _OPENCV),
        Sample("building", "Building", _OPENCV),
        Sample("palace", "Palace", _OPENCV),
    )
    theirs = (
        Sample("astronaut", "Astronaut", _SCIKIT),
        Sample("chelsea", "Chelsea the cat", _SCIKIT),
        Sample("coffee", "Cup of coffee", _SCIKIT),
    )
    folder = _scikit_folder()
    if folder is None:
        return ours
    return ours + tuple(s for s in theirs if (folder / _SCIKIT_FILES[s.name]).is_file())


SAMPLES = _samples()
"""Samples that are there, the first being the one a first start shows."""
