"""A run of a few iterations: refused, finished, stopped, killed and gone on with."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from segviewer.errors import CheckpointError, EngineError, SettingsError
from segviewer.training import run as running
from segviewer.training.begun import check_output, check_same, identity_of, state_file
from segviewer.training.data_set import Wanted, read_data_set
from segviewer.training.run import Run
from segviewer.training.run_options import RunOptions
from segviewer.training.trainer import read_state
from segviewer.training.training_log import log_beside, read_log

BUNDLED = "bundled:fcn_efficientnet_lite0_camvid"
SMALL = {"network": "u_net", "settings": ("width=4",)}


class Silent:
    """Keeps what a run says."""

    def __init__(self):
        self.said, self.lines, self.steps = [], [], []

    def say(self, sentence):
        self.said.append(sentence)

    def stepped(self, *step):
        self.steps.append(step)

    def noted(self, line):
        self.lines.append(line)


def options(out, **values):
    few = {"iterations": 4, "batch": 2, "crop": (64, 64), "bfloat16": False, "keep_seconds": 0.0}
    return RunOptions(**{**SMALL, "out": out, **few, **values})


def assert_same(first, second):
    one, other = (open_network(str(path)).network.state_dict() for path in (first, second))
    for key, tensor in one.items():
        torch.testing.assert_close(other[key], tensor, msg=key)


def test_four_iterations_on_eight_frames_give_a_checkpoint_that_opens(eight_frames, tmp_path):
    (eight_frames / "classes.txt").write_text("wall\nfloor\nlamp\n")
    out = tmp_path / "films.safetensors"
    data = read_data_set(eight_frames, Wanted())
    # b is a film of two: it is held out as a whole.
    assert [p.stem for p, _ in data.val.pairs] == ["b_000", "b_001"] and len(data.train) == 6
    reporter = Silent()
    outcome = Run(data, options(out, every=2, network=BUNDLED, settings=()), reporter).train()
    assert outcome.card is not None and outcome.iteration == outcome.total == 4
    assert not state_file(out).exists()
    opened = open_network(str(out))
    card = opened.card
    assert card.classes == ("wall", "floor", "lamp") and len(set(card.colours)) == 3
    assert opened.config.num_classes == 3 and card.weights == "trained" and card.iterations == 4
    assert card.trained_on == "films (6 pictures)" and "CamVid" in card.data_notice
    val = card.results["val"]
    assert set(val["iou"]) == set(card.classes) and 0 <= val["miou"] <= 1
    assert card.temperature > 0
    assert val["calibration_error_at_temperature"] >= 0 and val["pictures"] == 2
    log = read_log(log_beside(out))
    assert [n for n, _ in log.loss] == [1, 2, 3, 4] and [n for n, _ in log.miou] == [2, 4]
    assert [step[:2] for step in reporter.steps] == [(n, 4) for n in (1, 2, 3, 4)]
    assert any("begin at random" in said for said in reporter.said)
    with pytest.raises(SettingsError, match="there already"):
        check_output(out, fresh=False)


def test_a_stopped_run_ends_where_an_unbroken_one_does(eight_frames, tmp_path):
    data = read_data_set(eight_frames, Wanted())
    whole, broken = tmp_path / "whole.safetensors", tmp_path / "broken.safetensors"
    Run(data, options(whole), Silent()).train()
    asked = iter([False, False, True])
    outcome = Run(data, options(broken), Silent(), lambda: next(asked)).train()
    assert outcome.card is None and outcome.iteration == 2 and not broken.exists()
    with pytest.raises(SettingsError, match="rate: 0.001 then, 0.5 now"):
        Run(data, options(broken, rate=0.5), Silent())
    with pytest.raises(SettingsError, match="iterations: 4 then, 9 now"):
        Run(data, options(broken, iterations=9), Silent())
    reporter = Silent()
    assert Run(data, options(broken), reporter).train().card is not None
    assert "Goes on at iteration 2 of 4." in reporter.said
    assert_same(whole, broken)
    lines = [json.loads(line) for line in log_beside(broken).read_text().splitlines()]
    assert [line["iteration"] for line in lines if "loss" in line] == [1, 2, 3, 4]


@pytest.mark.slow
def test_a_killed_run_goes_on(eight_frames, tmp_path):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    given = ["train", str(eight_frames), "--network", "u_net", "--set", "width=4", "--batch", "2"]
    given += [
        "--iterations",
        "60",
        "--crop",
        "64x64",
        "--no-bfloat16",
        "--keep-every",
        "0",
        "--json",
    ]
    assert main([*given, "--out", str(whole)]) == 0
    code = "import sys; from segviewer.cli.command_line import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, *given, "--out", str(killed)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not state_file(killed).exists() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    assert not killed.exists()
    assert main([*given, "--out", str(killed)]) == 0
    assert_same(whole, killed)


def test_the_clock_decides_the_length(eight_frames, tmp_path, monkeypatch):
    data = read_data_set(eight_frames, Wanted())
    monkeypatch.setattr(running, "_TIMED_SECONDS", 0.0)
    reporter = Silent()
    timed = options(tmp_path / "a.safetensors", iterations=0, minutes=600, batch=0)
    run = Run(data, timed, reporter)
    assert run.total > 1000 and run.trainer.iteration == 0  # the timed ones are thrown away
    assert run.trainer.recipe.batch == 8
    assert any(f"--iterations {run.total} --batch 8" in said for said in reporter.said)


def test_a_run_by_the_clock_ends_when_the_clock_says_so(eight_frames, tmp_path, monkeypatch):
    data = read_data_set(eight_frames, Wanted())
    monkeypatch.setattr(running, "_TIMED_SECONDS", 0.0)
    given = []

    class Watch:
        """Six iterations fit, whatever the machine does; before the fourth it hopes for more."""

        def __init__(self, seconds):
            given.append(seconds)

        def total(self, iteration, elapsed, planned):
            given.append((iteration, planned))
            return 40 if iteration < 4 else 6

    monkeypatch.setattr(running, "Clock", Watch)
    out = tmp_path / "a.safetensors"
    limited = options(out, iterations=0, by_clock=True, minutes=0.5, paste=0.5, average_last=0.5)
    reporter = Silent()
    run = Run(data, limited, reporter)
    assert any("More or less" in said for said in reporter.said)
    assert any("pasted" in said for said in reporter.said)
    outcome = run.train()
    assert given[0] == 30 and [n for n, _ in given[1:]] == [1, 2, 3, 4, 5, 6]
    assert [planned for _, planned in given[2:]] == [40, 40, 40, 6, 6]
    assert outcome.card is not None
    assert outcome.card.iterations == outcome.iteration == outcome.total == 6


def test_a_state_of_before_an_option_was_there_goes_on(eight_frames, tmp_path):
    data = read_data_set(eight_frames, Wanted())
    out = tmp_path / "a.safetensors"
    asked = iter([False, True])
    Run(data, options(out), Silent(), lambda: next(asked)).train()
    state = read_state(state_file(out))
    for name in ("paste", "lovasz_weight"):
        del state["more"]["identity"][name]
    check_same(state, identity_of(data, options(out)), options(out))
    with pytest.raises(SettingsError, match=r"paste: 0.0 then, 0.5 now"):
        check_same(state, identity_of(data, options(out, paste=0.5)), options(out))


def test_a_run_that_diverges_or_has_no_room_says_so(eight_frames, tmp_path, monkeypatch):
    data = read_data_set(eight_frames, Wanted())
    run = Run(data, options(tmp_path / "a.safetensors"), Silent())
    monkeypatch.setattr(run.trainer, "step", lambda: float("nan"))
    with pytest.raises(EngineError, match="diverged"):
        run.train()

    def full():
        raise MemoryError

    monkeypatch.setattr(run.trainer, "step", full)
    with pytest.raises(EngineError, match="smaller --batch"):
        run.train()


def test_what_cannot_begin_is_refused(eight_frames, tmp_path):
    data = read_data_set(eight_frames, Wanted())
    with pytest.raises(SettingsError, match="no folder"):
        check_output(tmp_path / "nowhere" / "a.safetensors", fresh=False)
    with pytest.raises(SettingsError, match="safetensors"):
        check_output(tmp_path / "a.pth", fresh=False)
    out = tmp_path / "a.safetensors"
    with pytest.raises(SettingsError, match="Scores cannot be trained"):
        Run(data, options(out, network="scores:a.npy", settings=()), Silent())
    with pytest.raises(SettingsError, match="has no form"):
        Run(data, options(out, network="fcn:nothing", settings=()), Silent())
    with pytest.raises(SettingsError, match="--set"):
        Run(data, options(out, settings=("atrous_rates=six",)), Silent())
    state_file(out).write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="not the state of a training run"):
        Run(data, options(out), Silent())


def test_the_command_says_why_there_is_nothing_to_learn(eight_frames, tmp_path, capsys):
    out = ["--out", str(tmp_path / "a.safetensors")]
    for path in (eight_frames / "labels").iterdir():
        Image.fromarray(np.full((48, 64), 3, np.uint8)).save(path)
    assert main(["train", str(eight_frames), *out]) == 1
    assert "one class" in capsys.readouterr().err
    shutil.rmtree(eight_frames / "labels")
    assert main(["train", str(eight_frames), *out]) == 1
    assert "no pictures with target masks" in capsys.readouterr().err


def test_a_mask_of_another_shape_is_named(eight_frames):
    Image.fromarray(np.zeros((10, 64), np.uint8)).save(eight_frames / "labels" / "a_000.png")
    data = read_data_set(eight_frames, Wanted())
    with pytest.raises(Exception, match=r"a_000.png has another size than a_000.png"):
        list(data.train)


def test_a_full_disk_ends_the_run_with_the_last_state(eight_frames, tmp_path, monkeypatch):
    from segviewer.errors import ExportError
    from segviewer.training import trainer

    data = read_data_set(eight_frames, Wanted())
    out = tmp_path / "a.safetensors"
    run = Run(data, options(out), Silent())
    real, calls = trainer.write_atomically, []

    def write(path, content):
        calls.append(path)
        if len(calls) > 1:
            raise ExportError(f"{path.name} was not written.", "The disk is full.", "Make room.")
        real(path, content)

    monkeypatch.setattr(trainer, "write_atomically", write)
    with pytest.raises(ExportError, match="disk is full"):
        run.train()
    monkeypatch.undo()
    reporter = Silent()
    assert Run(data, options(out), reporter).train().card is not None
    assert "Goes on at iteration 1 of 4." in reporter.said
