"""What is copied runs, and makes the label map that was on screen."""

from __future__ import annotations

import runpy
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from segviewer import __version__
from segviewer.cli.command_line import main
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.export.copy_session import command, latex_caption, python_script
from segviewer.session import InferenceSettings, LabState, OverlaySettings, Session

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
SAMPLE = Session(
    image="sample:leuven_street",
    checkpoint=BUNDLED,
    network=(("atrous_rates", (3, 6, 9)), ("output_stride", 8)),
    inference=InferenceSettings(long_side=96, flip=True, device="cpu"),
    crf=CRFSettings(enabled=True, appearance_xy_std=9.5, num_iterations=2, temperature=1.5),
    overlay=OverlaySettings(opacity=0.2, hidden=(3,)),
    lab=LabState(name="time_machine"),
)
OTHERS = {
    "plain": Session(image="sample:palace", checkpoint=BUNDLED, inference=SAMPLE.inference),
    "untrained": SAMPLE.changed(checkpoint=f"untrained:{BUNDLED}", crf=CRFSettings(), network=()),
    "costs": SAMPLE.changed(
        crf=CRFSettings(enabled=True, compatibility=((0, 3, 2.5),), self_message=False),
        network=(("image_pooling", False),),
    ),
}
SESSIONS = [SAMPLE, *OTHERS.values()]
NAMES = ["sample", *OTHERS]


@pytest.fixture(scope="module")
def label_maps():
    """What the window would show."""
    found = []
    for session in SESSIONS:
        collected = Collected()
        StageExecutor(collected.listener()).run(session.changed(lab=LabState()))
        found.append(collected.results["label_map"].label_map)
    return found


def read(path):
    with Image.open(path) as picture:
        return np.array(picture)


@pytest.mark.parametrize("place", range(len(SESSIONS)), ids=NAMES)
def test_the_script_makes_the_label_map(place, label_maps, tmp_path, monkeypatch, capsys):
    script, out = tmp_path / "label.py", tmp_path / "out.png"
    script.write_text(python_script(SESSIONS[place]), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["label.py", str(out)])
    runpy.run_path(str(script), run_name="__main__")
    assert np.array_equal(read(out), label_maps[place])
    assert "labels 0 to 10 are sky, building" in capsys.readouterr().out


@pytest.mark.parametrize("place", range(len(SESSIONS)), ids=NAMES)
def test_the_command_makes_the_label_map(place, label_maps, tmp_path, capsys):
    words = shlex.split(command(SESSIONS[place], out=str(tmp_path)))
    assert words[0] == "segviewer" and main(words[1:]) == 0
    written = next(tmp_path.glob("*-labels.png"))
    assert np.array_equal(read(written), label_maps[place])


@pytest.mark.slow
def test_the_script_runs_by_itself(label_maps, tmp_path):
    (tmp_path / "label.py").write_text(python_script(SAMPLE), encoding="utf-8")
    subprocess.run([sys.executable, "label.py"], cwd=tmp_path, check=True, timeout=120)
    assert np.array_equal(read(tmp_path / "leuven_street-labels.png"), label_maps[0])


def test_only_what_decides_the_labels_is_in_the_script():
    text = python_script(SAMPLE)
    assert "overlay" not in text and "time_machine" not in text
    assert "crf" not in python_script(OTHERS["plain"])
    compile(python_script(SAMPLE.changed(image='/tmp/it\'s "a" \\n.png')), "label.py", "exec")


def test_the_command_says_what_is_not_as_trained():
    words = shlex.split(command(SAMPLE))
    assert words[:5] == ["segviewer", "label", "sample:leuven_street", "--out", "labels"]
    assert words[words.index("--set") + 1] == "atrous_rates=3,6,9"
    assert "--flip" in words and "--multi-scale" not in words and "--allow-large" not in words
    assert "sigma_alpha=9.5" in words[-1] and words[-2] == "--crf"
    more = SAMPLE.changed(
        architecture="fcn",
        allow_large=True,
        image="/tmp/my picture.png",
        network=(("atrous_rates", (4,)), ("pooling", "max")),
    )
    words = shlex.split(command(more))
    assert words[2] == "/tmp/my picture.png" and "--allow-large" in words
    assert words[words.index("--architecture") + 1] == "fcn"
    assert "atrous_rates=[4]" in words and 'pooling="max"' in words


def test_the_settings_of_a_command_are_read_back():
    from segviewer.batch.batch import session_of

    network = (("atrous_rates", (4,)), ("bins", (1, 2)), ("on", True), ("pooling", "max"))
    words = shlex.split(command(SAMPLE.changed(network=network)))
    said = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    read_back = session_of(BUNDLED, words[-1], 96, False, True, "cpu", said)
    assert read_back.network == network
    assert read_back.crf == SAMPLE.crf


def test_the_caption_says_picture_network_settings_and_version():
    collected = Collected()
    session = SAMPLE.changed(lab=LabState(), crf=CRFSettings(), target="/tmp/my_mask.png")
    StageExecutor(collected.listener()).run(session.changed(target=""))
    network = collected.results["network"]
    text = latex_caption(session.changed(crf=SAMPLE.crf), network, 0.6123)
    for words in (
        r"\texttt{leuven\_street} (a sample of segviewer)",
        "DeepLab v3",
        "trained on CamVid",
        "atrous rates 3, 6, 9 (trained with 6, 12, 18)",
        "output stride 8 (trained with 16)",
        r"a long side of 96\,px",
        "mirrored",
        r"$\theta_1 = 2$",
        r"$\sigma_\alpha = 9.5$\,px",
        "2 iterations, temperature 1.5",
        r"mIoU 61.2\,\% against \texttt{my\_mask.png}",
        f"Made with segviewer~{__version__}.",
    ):
        assert words in text, words
    assert text.startswith(r"\caption{") and text.count("{") == text.count("}")
    plain = latex_caption(OTHERS["plain"].changed(inference=InferenceSettings()), network)
    assert "CRF" not in plain and "mIoU" not in plain and "set to" not in plain


def test_page_and_bands_are_in_the_command():
    text = command(SAMPLE.changed(picture={"page": 2, "bands": (4, 3, 2)}))
    assert "--page 3 --bands 4,3,2" in text
    assert "--page" not in command(SAMPLE)


def test_tones_are_in_the_command_as_it_reads_them():
    from segviewer.cli.arguments import tones_of

    session = SAMPLE.changed(
        tones={"window": (0.1, 3200.0), "gamma": 1.4, "network": "as stored", "cut": 2.5}
    )
    words = shlex.split(command(session))
    said = [words[i + 1] for i, word in enumerate(words) if word == "--tone"]
    assert tones_of(said) == session.tones
