"""What is copied does what the window does."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.settings.copy_as import LATEX_HEAD, command, latex_row, script
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
from segviewer.crf.settings.setting_text import parse_crf
from segviewer.errors import SettingsError

BY_NAME = {preset.name: preset for preset in PRESETS}
SETTINGS = {
    "default": CRFSettings(),
    "preset": BY_NAME["deeplab-v2"].settings,
    "matrix": CRFSettings(compatibility=((0, 2, 2.5), (1, 3, 0.25))),
    "more": CRFSettings(temperature=1.5, clip=1e-3, normalisation="after"),
    "one kernel": CRFSettings(smoothness_weight=0, num_iterations=2),
    "no kernel": CRFSettings(smoothness_weight=0, appearance_weight=0),
}


@pytest.fixture
def scene(tmp_path):
    """A photograph and probabilities of four classes; the pixels are a multiple of four."""
    random = np.random.default_rng(11)
    image = np.repeat(np.repeat(random.integers(0, 255, (4, 6, 3)), 6, 0), 6, 1).astype(np.uint8)
    scores = random.normal(0, 1.5, (4, 24, 36))
    probs = np.exp(scores) / np.exp(scores).sum(0)
    Image.fromarray(image).save(tmp_path / "photograph.png")
    np.save(tmp_path / "probs.npy", probs.astype(np.float32))
    return tmp_path, image, probs.astype(np.float32)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_script_runs_alone_and_gives_the_engines_probabilities(scene, settings):
    pytest.importorskip("pydensecrf")
    folder, image, probs = scene
    (folder / "crf.py").write_text(script(settings), encoding="utf-8")
    arguments = ["photograph.png", "probs.npy", "labels.png", "refined.npy"]
    # From its own folder, with nothing of this program on the path.
    done = subprocess.run(
        [sys.executable, "-I", "crf.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    unary = unary_from_probs(probs, settings.clip) / np.float32(settings.temperature)
    *_, ours = refine(image, unary, settings.changed(drop_classes=False))
    np.testing.assert_allclose(np.load(folder / "refined.npy"), ours, atol=1e-4)
    with Image.open(folder / "labels.png") as labels:
        assert (np.array(labels) == ours.argmax(0)).mean() > 0.999


def test_the_script_asks_for_its_arguments(tmp_path):
    pytest.importorskip("pydensecrf")
    (tmp_path / "crf.py").write_text(script(CRFSettings()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "crf.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "PROBS.npy" in done.stderr


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_script_is_tidy(settings):
    text = script(settings)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "\n\n\n\n" not in text and "{" not in text


def test_what_pydensecrf_cannot_do_is_said():
    with pytest.raises(SettingsError, match="sends itself a message"):
        script(CRFSettings(self_message=False))
    with pytest.raises(SettingsError, match="meeting itself"):
        script(CRFSettings(compatibility=((2, 2, 3.0),)))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_command_gives_the_same_settings_back(settings):
    words = shlex.split(command(settings, "/a b/c'd.jpg", "bundled:x", "out dir"))
    assert words[:6] == ["segviewer", "label", "/a b/c'd.jpg", "--out", "out dir", "--checkpoint"]
    assert parse_crf(words[words.index("--crf") + 1]) == settings.changed(enabled=True)


def test_a_row_of_a_table():
    row = latex_row(BY_NAME["deeplab-v1"].settings, "DeepLab_v1 & 100 %")
    assert row == r"DeepLab\_v1 \& 100 \% & 7.5 & 75 & 6.5 & 3 & 3 & 10 \\"
    assert latex_row(CRFSettings(appearance_weight=0)) == (
        r"this work & -- & -- & -- & 1 & 1 & 5 \\"
    )
    head = LATEX_HEAD.splitlines()[1]
    separators = re.compile(r"(?<!\\)&")
    assert len(separators.findall(head)) == len(separators.findall(row)) == 6
