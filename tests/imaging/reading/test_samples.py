"""The samples are there, open, and carry their notice."""

import subprocess
import sys

import pytest

from segviewer.errors import PictureError
from segviewer.imaging.reading import samples
from segviewer.imaging.reading.read import looks_like, read_image
from segviewer.imaging.reading.samples import SAMPLES, sample_path
from segviewer.resource_files import resource_path


def test_first_sample_is_the_street():
    assert SAMPLES[0].name == "leuven_street"
    assert {"campus_walkers", "building", "palace", "astronaut", "chelsea", "coffee"} <= {
        sample.name for sample in SAMPLES
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_opens(sample):
    path = sample_path(sample.name)
    assert looks_like(path) == "image"
    assert min(read_image(path).shape[:2]) >= 300
    assert sample.title and sample.notice


def test_notice_names_every_file():
    notice = resource_path("samples", "NOTICE.md").read_text(encoding="utf-8")
    for path in resource_path("samples").iterdir():
        assert path.name == "NOTICE.md" or f"`{path.name}`" in notice


@pytest.mark.parametrize("name", ["nothing", "", "../NOTICE"])
def test_unknown_sample_is_refused(name):
    with pytest.raises(PictureError, match="no sample"):
        sample_path(name)


def test_without_scikit_image_its_samples_are_not_listed(monkeypatch):
    monkeypatch.setattr(samples.importlib.util, "find_spec", lambda name: None)
    assert [sample.name for sample in samples._samples()] == [
        "leuven_street",
        "campus_walkers",
        "building",
        "palace",
    ]
    with pytest.raises(PictureError):
        sample_path("coffee")


def test_imaging_and_crf_load_neither_torch_nor_qt_nor_scikit_image():
    """The window's process imports these rooms before its first paint."""
    crf = (
        "engines.mean_field_exact",
        "engines.pydensecrf_reference",
        "engines.unary",
        "settings.crf_settings",
        "settings.kernels",
        "settings.presets",
    )
    lines = [f"import segviewer.crf.{name}" for name in crf]
    lines += [
        "import importlib, pkgutil, segviewer.imaging",
        "for module in pkgutil.walk_packages(segviewer.imaging.__path__, 'segviewer.imaging.'):",
        "    importlib.import_module(module.name)",
        "import sys",
        "heavy = {'torch', 'PySide6', 'skimage', 'scipy', 'pydensecrf'} & set(sys.modules)",
        "assert not heavy, heavy",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=60)
